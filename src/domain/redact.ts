/** Stands where a secret was. */
const REDACTED = '[redacted]';

/** How often a text may have been quoted inside of another: each time its backslashes double. */
const DEEPEST = 3;
/** A longer secret is looked for in parts: patterns have their limits. */
const MOST_PIECES = 400;
const CONTROLS = new Map([
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\f', 'f'],
  ['\r', 'r'],
]);
const ENTITIES = new Map([
  ['&', 'amp'],
  ['<', 'lt'],
  ['>', 'gt'],
  ['"', 'quot'],
  ["'", '(?:#39|apos)'],
]);

/**
 * Takes secrets out of a foreign text, however they are spelled there. Braze echoes a rejected key in the body of its 401
 * (https://github.com/leemour/brazecli, docs/ARCHITECTURE.md, read 2026-11-21).
 */
export function redact(text: string, secrets: readonly string[]): string {
  // The longest first: of one that holds another nothing is left over.
  const longestFirst = [...new Set(secrets)].sort((a, b) => b.length - a.length);
  return longestFirst
    .flatMap((secret) => spellingsOf(secret))
    .reduce((redacted, spellings) => redacted.replaceAll(spellings, REDACTED), text);
}

/** As it is, inside JSON and inside JSON inside of that, inside a URL, inside HTML; each character by itself, for every writer escapes others. */
function spellingsOf(secret: string): RegExp[] {
  const pieces = secret.match(/\\+|[^\\]/gsu) ?? [];
  // In parts of one length: each is long enough to be met nowhere else, and short enough for a pattern.
  const length = Math.ceil(pieces.length / Math.ceil(pieces.length / MOST_PIECES));
  const parts: string[][] = [];
  for (let at = 0; at < pieces.length; at += length) parts.push(pieces.slice(at, at + length));
  return parts.map((part) => new RegExp(part.map((piece) => spellingOf(piece)).join(''), 'g'));
}

function spellingOf(piece: string): string {
  if (/^[A-Za-z0-9_-]$/.test(piece)) return piece;
  const units = Array.from({ length: piece.length }, (_, at) => piece.charCodeAt(at));
  const escapes = units.map((unit) => `\\\\{1,${2 ** DEEPEST}}u${anyCase(hexOf(unit))}`).join('');
  const spellings = [plainOf(piece), escapes, percentOf(piece)];
  const control = CONTROLS.get(piece);
  if (control !== undefined) spellings.push(`\\\\{1,${2 ** DEEPEST}}${control}`);
  const entity = ENTITIES.get(piece);
  if (entity !== undefined) spellings.push(`&${entity};`);
  if (piece === ' ') spellings.push('\\+');
  return `(?:${spellings.join('|')})`;
}

function plainOf(piece: string): string {
  const { length } = piece;
  if (piece.startsWith('\\')) return `\\\\{${length},${length * 2 ** DEEPEST}}`;
  return `\\\\{0,${2 ** DEEPEST - 1}}${escapeOf(piece)}`;
}

/** Half a character has no such spelling. */
function percentOf(piece: string): string {
  if (/^\p{Cs}$/u.test(piece)) return escapeOf(piece);
  return Array.from(piece, (character) => {
    const code = character.charCodeAt(0);
    return code < 128 ? `%${code.toString(16).padStart(2, '0')}` : encodeURIComponent(character);
  })
    .map((encoded) => anyCase(encoded))
    .join('');
}

function escapeOf(text: string): string {
  return Array.from({ length: text.length }, (_, at) => `\\u${hexOf(text.charCodeAt(at))}`).join('');
}

function hexOf(unit: number): string {
  return unit.toString(16).padStart(4, '0');
}

/** A pattern for digits that may be written either way. */
function anyCase(digits: string): string {
  return digits.replaceAll(/[A-Fa-f]/g, (found) => `[${found.toLowerCase()}${found.toUpperCase()}]`);
}
