/** A hole of a source's key: `{{date:yyyy-MM-dd}}`, or with whole days added or taken off, `{{date-1d:yyyyMMdd}}`. */
const HOLE = /^date(?:([+-]\d{1,4})d)?:(.+)$/;
/** What a hole's format is made of: pieces of the date, and signs that may stand in a key. */
const FORMAT = /^(?:yyyy|MM|dd|HH|mm|[-_./T])+$/;
const PIECE = /yyyy|MM|dd|HH|mm/g;

/** The moment that a template is filled for, and the zone whose calendar counts. */
export interface TemplateMoment {
  atMs: number;
  /** IANA name, e.g. `Europe/Berlin`. */
  timeZone: string;
}

/** Whether a key has holes at all. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('}}');
}

/** What is wrong with a key's holes, if anything is: only dates can be filled in. */
export function templateProblem(text: string): string | undefined {
  const rest = text.replaceAll(/\{\{([^{}]*)\}\}/g, (_hole, inside: string) =>
    parseHole(inside) ? '' : '{{',
  );
  return isTemplate(rest) || /\{\{\{|\}\}\}/.test(text)
    ? 'holds a hole that is no date: {{date:yyyy-MM-dd}} with yyyy, MM, dd, HH, mm and - _ . / T is known, {{date-1d:…}} for the day before'
    : undefined;
}

/** Fills every hole by the wall clock and calendar of the zone; an offset moves the calendar day, not 24 hours. */
export function fillTemplate(text: string, moment: TemplateMoment): string {
  return text.replaceAll(/\{\{([^{}]*)\}\}/g, (hole, inside: string) => {
    const parsed = parseHole(inside);
    return parsed ? formatted(parsed, moment) : hole;
  });
}

/** Whether a text names a time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

interface Hole {
  days: number;
  format: string;
}

function parseHole(inside: string): Hole | undefined {
  const [, days = '0', format = ''] = HOLE.exec(inside) ?? [];
  return FORMAT.test(format) && /yyyy|MM|dd|HH|mm/.test(format) ? { days: Number(days), format } : undefined;
}

function formatted({ days, format }: Hole, { atMs, timeZone }: TemplateMoment): string {
  const local = wallClock(atMs, timeZone);
  const day = new Date(Date.UTC(local.year, local.month - 1, local.day + days));
  const values: Record<string, string> = {
    yyyy: String(day.getUTCFullYear()).padStart(4, '0'),
    MM: twoDigits(day.getUTCMonth() + 1),
    dd: twoDigits(day.getUTCDate()),
    HH: twoDigits(local.hour),
    mm: twoDigits(local.minute),
  };
  return format.replaceAll(PIECE, (piece) => values[piece] ?? piece);
}

function wallClock(atMs: number, timeZone: string) {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  });
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return { year: of('year'), month: of('month'), day: of('day'), hour: of('hour'), minute: of('minute') };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
