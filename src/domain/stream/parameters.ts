import { type CallEndpoint, type JsonObject, type JsonValue } from './vocabulary';

/** What a parameter's value has to be; `time` is ISO 8601, `json` anything. */
export type ParameterType = 'string' | 'number' | 'integer' | 'boolean' | 'time' | 'json';

/** One `{{hole}}` of a payload. */
export interface ParameterDefinition {
  type: ParameterType;
  /** A call without a value for it is refused; one that is not required is left out of the payload. */
  required: boolean;
  default?: JsonValue | undefined;
  /** Filled once for an engagement, by a constant, and not for each person. */
  perEngagement: boolean;
  /** Filled by the secret of this reference at the moment of sending, and by nothing else. */
  secret?: `env:${string}` | `file:${string}` | undefined;
  description?: string | undefined;
}

/** What calls are made from: an External API without its name and the words about it. */
export interface CallTemplate {
  endpoint: CallEndpoint;
  /** The body of one call for one person, with `{{parameter}}` in its texts. */
  payload: JsonObject;
  parameters: Readonly<Record<string, ParameterDefinition>>;
}

/** Levels of objects and lists in one another that one value may have. */
export const MOST_VALUE_LEVELS = 32;

/** A date and a time of day, with a zone or without: then UTC is meant. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Unix milliseconds of an ISO 8601 text, read as UTC where it names no zone; undefined for anything else. */
export function readIsoTime(text: string): number | undefined {
  if (!ISO_TIME.test(text)) return undefined;
  const isWhole = text.length === 10 || /(?:Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10));
  const at = Date.parse(isWhole ? text : `${text}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** What keeps a value from being a parameter's, without the value; undefined if nothing does. */
export function valueProblem(type: ParameterType, value: JsonValue): string | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? textProblem(value) : 'is not a text';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'is not a number';
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'is not a whole number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'is neither true nor false';
    case 'time':
      return typeof value === 'string' && readIsoTime(value) !== undefined
        ? undefined
        : 'is not a time as ISO 8601 has it';
    case 'json':
      return jsonProblem(value, MOST_VALUE_LEVELS);
  }
}

/** A NUL, or half of a character: JSON can write both, databases can't keep them. */
function textProblem(text: string): string | undefined {
  return text.includes('\u0000') || /\p{Cs}/u.test(text)
    ? 'holds a character that cannot be kept (U+0000, or half of a surrogate pair)'
    : undefined;
}

/** What keeps a JSON value from being data, however it was made; looks no deeper than the levels allow. */
export function jsonProblem(value: unknown, levels: number): string | undefined {
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'string') return textProblem(value);
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : 'holds a number that JSON has not';
  if (typeof value !== 'object') return 'is not JSON';
  if (levels === 0) return 'is nested too deep';
  if (Array.isArray(value)) return firstProblem(value, levels - 1);
  for (const name of Object.keys(value)) {
    // Whoever copied it by assignment would change an object's prototype instead of its fields.
    if (name === '__proto__') return 'has a field named __proto__';
    const problem = textProblem(name);
    if (problem !== undefined) return problem;
  }
  return firstProblem(Object.values(value), levels - 1);
}

function firstProblem(values: readonly unknown[], levels: number): string | undefined {
  for (const value of values) {
    const problem = jsonProblem(value, levels);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
