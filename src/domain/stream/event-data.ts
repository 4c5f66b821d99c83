import { type JsonValue } from './vocabulary';

/** Objects and lists in one another that properties or traits may have. */
export const MOST_EVENT_LEVELS = 16;

/** A character that PostgreSQL's jsonb does not keep: NUL, or half of a surrogate pair. https://www.postgresql.org/docs/18/datatype-json.html (read 2026-11-22) */
const UNKEPT = /\p{Cs}|\0/u;

/** Whether a text holds something that a database would refuse. */
export function isKeepable(text: string): boolean {
  return !UNKEPT.test(text);
}

/** Why some JSON can't be kept as it is; nothing if it can. Looks no deeper than is allowed, so nothing exhausts the stack. */
export function problemInData(value: JsonValue, levels = MOST_EVENT_LEVELS): string | undefined {
  if (typeof value === 'string')
    return isKeepable(value) ? undefined : 'holds a NUL character or half of a surrogate pair';
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : 'holds a number that is too large';
  return typeof value === 'object' && value !== null ? problemInside(value, levels) : undefined;
}

function problemInside(
  holder: JsonValue[] | Readonly<Record<string, JsonValue>>,
  levels: number,
): string | undefined {
  if (levels === 0) return `is nested more than ${MOST_EVENT_LEVELS} levels deep`;
  for (const [name, held] of Object.entries(holder)) {
    const problem = problemInName(name) ?? problemInData(held, levels - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The one name that an assignment would not make a field of. */
function problemInName(name: string): string | undefined {
  if (name === '__proto__') return 'holds a field named __proto__';
  return isKeepable(name) ? undefined : 'holds a NUL character or half of a surrogate pair in a name';
}

/** Whether a name is one that every object has, as `constructor`: such a name is no event. */
export function isInherited(name: string): boolean {
  return name in Object.prototype;
}
