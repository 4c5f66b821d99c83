/** JSON as it comes out of a parser. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Fields that say where a history was recorded; replaying does not look at them. */
const OF_THE_MACHINE = new Set(['identity', 'stackTrace']);

/** How a worker names itself, also in the name of its own queue. */
const PROCESS_AND_HOST = /\b\d+@[\w.]+/g;

/** A history without the names of the machine and the folders that it was recorded on. */
export function anonymous(value: unknown): Json {
  if (Array.isArray(value)) return value.map(anonymous);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, inner]) => [key, OF_THE_MACHINE.has(key) ? '' : anonymous(inner)]),
    );
  }
  if (typeof value === 'string') return value.replaceAll(PROCESS_AND_HOST, 'recorded');
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}

/** A path from the root of a file system, as stack traces and temporary folders have it. */
const ABSOLUTE_PATH = /(?:^|[\s"'(=])\/(?:home|root|tmp|var|usr|opt|work|Users|private)\/[^\s"')]*/;

/** What of a history must not be kept: given texts and paths of a machine, in its payloads too. */
export function leaks(history: unknown, forbidden: readonly string[]): string[] {
  const found: string[] = [];
  for (const text of textsOf(history)) {
    found.push(...forbidden.filter((word) => text.includes(word)));
    const path = ABSOLUTE_PATH.exec(text);
    if (path) found.push(path[0]);
  }
  return found;
}

/** Every text of a history; those of payloads are base64 and come decoded as well. */
export function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    yield value;
    yield Buffer.from(value, 'base64').toString('utf8');
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) yield* textsOf(inner);
  }
}
