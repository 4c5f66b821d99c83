import { readIsoTime } from './parameters';
import { ownValue } from './plain-map';
import { profileFieldValue } from './profile-fields';
import { type EntryEvent, type JsonObject, type JsonValue, type ProfileState } from './vocabulary';

/** How a value is written; only what is given is done, in this order. */
export interface ValueFormat {
  trim?: boolean | undefined;
  case?: 'lower' | 'upper' | undefined;
  /** Of a time: how it is written, `unixSeconds`, `iso8601`, or a pattern such as `yyyy-MM-dd`, in `timeZone` (default UTC). */
  date?: string | undefined;
  timeZone?: string | undefined;
  /** Of a number: digits after the point, rounded half away from zero. */
  decimals?: number | undefined;
  /** Of a text, in hex. */
  hash?: 'sha256' | 'md5' | undefined;
}

/** Where a parameter's value comes from. */
export type ParameterSource =
  /** As in a field condition, e.g. `traits.plan`, `email`. */
  | { userField: string; format?: ValueFormat | undefined; default?: JsonValue | undefined }
  /** `name`, `time` or `properties.<name>` of the event that made the person enter. */
  | { eventField: string; format?: ValueFormat | undefined; default?: JsonValue | undefined }
  | { constant: JsonValue }
  /** The moment of entry. */
  | { entryTime: true; format?: ValueFormat | undefined };

/** Whom values are for, and what writes them: hashing is not for rules that know no machine. */
export interface MappingContext {
  state: ProfileState;
  /** Absent where time alone made the person enter or leave. */
  event?: EntryEvent | undefined;
  enteredAtMs: number;
  hash: (algorithm: 'sha256' | 'md5', text: string) => string;
  /** Undefined for a pattern or a time zone that there is not. */
  formatDate: (atMs: number, pattern: string, timeZone: string) => string | undefined;
}

/** The values of a call's parameters, or why one of them can't be written as it shall be; no message repeats a value. */
export type MappedValues =
  { ok: true; values: JsonObject } | { ok: false; code: 'PARAMETER_INVALID'; message: string };

/** Values by parameter for one person. What is missing is left out: whether it may be is the External API's to say. */
export function mapParameters(
  sources: Readonly<Record<string, ParameterSource>>,
  context: MappingContext,
): MappedValues {
  const values: [string, JsonValue][] = [];
  for (const [name, source] of Object.entries(sources)) {
    const found = readSource(source, context) ?? undefined;
    if (found === undefined) {
      const byDefault = 'default' in source ? (source.default ?? undefined) : undefined;
      if (byDefault !== undefined) values.push([name, byDefault]);
      continue;
    }
    const format = 'format' in source ? source.format : undefined;
    const formatted = format === undefined ? { value: found } : formatValue(found, format, context);
    if ('problem' in formatted) {
      const message = `the value for ${name} ${formatted.problem}`;
      return { ok: false, code: 'PARAMETER_INVALID', message };
    }
    values.push([name, formatted.value]);
  }
  return { ok: true, values: Object.fromEntries(values) };
}

/** Fields of a profile that are moments: outside they are told as ISO 8601, as all times are. */
const MOMENT = /^firstSeenAt$|^events\..+\.(?:firstAt|lastAt)$/;

function readSource(source: ParameterSource, context: MappingContext): JsonValue | undefined {
  if ('constant' in source) return source.constant;
  if ('entryTime' in source) return isoTime(context.enteredAtMs);
  if ('eventField' in source) return eventValue(context.event, source.eventField);
  const value = profileFieldValue(context.state, source.userField);
  const isMoment = typeof value === 'number' && MOMENT.test(source.userField);
  return isMoment && !source.userField.includes('.last.') ? isoTime(value) : value;
}

function eventValue(event: EntryEvent | undefined, field: string): JsonValue | undefined {
  if (event === undefined) return undefined;
  if (field === 'name') return event.name;
  if (field === 'time') return isoTime(event.at);
  if (!field.startsWith('properties.')) return undefined;
  return reachInto(event.properties, field.slice('properties.'.length));
}

/** A whole name first, since names may have dots; else part by part into objects. */
function reachInto(object: JsonObject, path: string): JsonValue | undefined {
  const whole = ownValue(object, path);
  if (whole !== undefined) return whole;
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const held = ownValue(object, path.slice(0, dot));
    if (typeof held !== 'object' || held === null || Array.isArray(held)) continue;
    const found = reachInto(held, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

type Formatted = { value: JsonValue } | { problem: string };

function formatValue(value: JsonValue, format: ValueFormat, context: MappingContext): Formatted {
  let formatted: Formatted = { value };
  for (const step of [trimmed, cased, dated, rounded, hashed]) {
    if ('problem' in formatted) return formatted;
    formatted = step(formatted.value, format, context);
  }
  return formatted;
}

type Step = (value: JsonValue, format: ValueFormat, context: MappingContext) => Formatted;

const trimmed: Step = (value, { trim }) => {
  if (trim !== true) return { value };
  return typeof value === 'string'
    ? { value: value.trim() }
    : { problem: 'is not a text that can be trimmed' };
};

const cased: Step = (value, format) => {
  if (format.case === undefined) return { value };
  if (typeof value !== 'string') return { problem: `is not a text that can be in ${format.case} case` };
  return { value: format.case === 'lower' ? value.toLowerCase() : value.toUpperCase() };
};

const dated: Step = (value, { date, timeZone = 'UTC' }, { formatDate }) => {
  if (date === undefined) return { value };
  const at = typeof value === 'string' ? readIsoTime(value) : value;
  if (typeof at !== 'number' || Math.abs(at) > LATEST_MS) return { problem: 'is not a time' };
  if (date === 'unixSeconds') return { value: Math.floor(at / 1_000) };
  if (date === 'iso8601') return { value: isoTime(at) };
  const text = formatDate(at, date, timeZone);
  return text === undefined
    ? { problem: 'has a date format or a time zone that there is not' }
    : { value: text };
};

/** The last moment that a JavaScript date can be. https://tc39.es/ecma262/#sec-time-values-and-time-range (read 2026-11-22) */
const LATEST_MS = 8.64e15;

const rounded: Step = (value, { decimals }) => {
  if (decimals === undefined) return { value };
  if (typeof value !== 'number') return { problem: 'is not a number that can be rounded' };
  // By the digits of the shortest notation, in which 1.005 is what it looks like.
  const [digits = '', exponent = '0'] = String(Math.abs(value)).split('e');
  const shifted = Math.round(Number(`${digits}e${Number(exponent) + decimals}`));
  const result = Math.sign(value) * Number(`${shifted}e-${decimals}`);
  return { value: Number.isFinite(result) ? result : value };
};

const hashed: Step = (value, { hash: algorithm }, { hash }) => {
  if (algorithm === undefined) return { value };
  if (typeof value !== 'string') return { problem: 'is not a text that can be hashed' };
  return { value: hash(algorithm, value) };
};

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
