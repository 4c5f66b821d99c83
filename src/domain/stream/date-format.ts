/** What a pattern is made of: pieces of a date, and signs between them. */
const PATTERN = /^(?:yyyy|MM|dd|HH|mm|ss|SSS|[-_./: T,])+$/;
const PIECE = /yyyy|MM|dd|HH|mm|ss|SSS/g;
/** Zones whose formatters are kept; making one takes far longer than using it. */
const MOST_ZONES = 64;

/** Whether a pattern such as `yyyy-MM-dd` can be written. */
export function isDatePattern(pattern: string): boolean {
  return PATTERN.test(pattern) && /yyyy|MM|dd|HH|mm|ss|SSS/.test(pattern);
}

/** Writes moments by the wall clock and calendar of a zone; undefined for a pattern or a zone that there is not. */
export function createDateFormatter(): (
  atMs: number,
  pattern: string,
  timeZone: string,
) => string | undefined {
  const zones = new Map<string, Intl.DateTimeFormat>();
  return (atMs, pattern, timeZone) => {
    const zone = zones.get(timeZone) ?? openZone(timeZone);
    if (zone === undefined || !isDatePattern(pattern)) return undefined;
    if (zones.size >= MOST_ZONES) zones.clear();
    zones.set(timeZone, zone);
    const parts = new Map(zone.formatToParts(atMs).map(({ type, value }) => [type, value]));
    const of = (type: Intl.DateTimeFormatPartTypes, digits: number) =>
      (parts.get(type) ?? '').padStart(digits, '0');
    const values: Readonly<Record<string, string>> = {
      yyyy: of('year', 4),
      MM: of('month', 2),
      dd: of('day', 2),
      HH: of('hour', 2),
      mm: of('minute', 2),
      ss: of('second', 2),
      SSS: of('fractionalSecond', 3),
    };
    return pattern.replaceAll(PIECE, (piece) => values[piece] ?? piece);
  };
}

function openZone(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric', fractionalSecondDigits: 3 },
    });
  } catch {
    return undefined;
  }
}
