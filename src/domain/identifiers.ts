import { type IdentifierKind } from './vocabulary';

/** Why a row can't become a member; `blank` rows are counted apart. */
export type UnusableReason =
  | 'blank'
  | 'controlCharacter'
  | 'tooLong'
  | 'aliasLabelMissing'
  | 'notAnEmailAddress'
  | 'notAPhoneNumber'
  | 'notText';

/**
 * White space that is trimmed off both ends: Unicode's White_Space and the byte order mark, which spreadsheets leave behind.
 * Given as code points so that the database's rule is built from the same list.
 */
export const OUTER_SPACE_CODE_POINTS: readonly number[] = [
  ...[0x9, 0xa, 0xb, 0xc, 0xd, 0x20, 0x85, 0xa0, 0x1680],
  ...[0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff],
];

const OUTER_SPACE = String.fromCodePoint(...OUTER_SPACE_CODE_POINTS);

/**
 * Longest external_id, in bytes of UTF-8.
 * https://www.braze.com/docs/api/endpoints/user_data/post_user_track/ (2026-09-02)
 */
export const MAX_EXTERNAL_ID_BYTES = 987;

/** Separates name and label of an alias in the one text column that holds members. */
export const ALIAS_SEPARATOR = '\u001f';

/** Written so that RE2 and JavaScript's `u` mode read them alike. Plausible, not correct: Braze decides that. */
export const IDENTIFIER_PATTERNS = {
  controlCharacter: '\\p{Cc}',
  email: `^[^@${OUTER_SPACE}]+@[^@${OUTER_SPACE}.]+(\\.[^@${OUTER_SPACE}.]+)+$`,
  phone: '^\\+?[0-9]{5,15}$',
} as const;

const CONTROL_CHARACTER = new RegExp(IDENTIFIER_PATTERNS.controlCharacter, 'u');
const EMAIL = new RegExp(IDENTIFIER_PATTERNS.email, 'u');
const PHONE = new RegExp(IDENTIFIER_PATTERNS.phone, 'u');

/** The identifier without outer white space; nothing else about it changes, its case least of all. */
export function trimmedIdentifier(text: string): string {
  let first = 0;
  let end = text.length;
  while (first < end && OUTER_SPACE.includes(text.charAt(first))) first += 1;
  while (end > first && OUTER_SPACE.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(first, end);
}

/** A row of the source as one member, or why it can't be one. Aliases need their label. */
export function memberOf(
  kind: IdentifierKind,
  raw: string,
  aliasLabel?: string,
): { id: string } | { unusable: UnusableReason } {
  const name = trimmedIdentifier(raw);
  const label = trimmedIdentifier(aliasLabel ?? '');
  const unusable = unusableReason(kind, name, label);
  if (unusable !== undefined) return { unusable };
  return { id: kind === 'user_alias' ? `${name}${ALIAS_SEPARATOR}${label}` : name };
}

/** Name and label of an alias member. */
export function aliasOf(id: string): { name: string; label: string } {
  const at = id.indexOf(ALIAS_SEPARATOR);
  return { name: id.slice(0, at), label: id.slice(at + 1) };
}

function unusableReason(kind: IdentifierKind, name: string, label: string): UnusableReason | undefined {
  if (name === '') return 'blank';
  if (CONTROL_CHARACTER.test(name)) return 'controlCharacter';
  switch (kind) {
    case 'external_id':
      return utf8Length(name) > MAX_EXTERNAL_ID_BYTES ? 'tooLong' : undefined;
    case 'braze_id':
      return undefined;
    case 'user_alias':
      if (label === '') return 'aliasLabelMissing';
      return CONTROL_CHARACTER.test(label) ? 'controlCharacter' : undefined;
    case 'email':
      return EMAIL.test(name) ? undefined : 'notAnEmailAddress';
    case 'phone':
      return PHONE.test(name) ? undefined : 'notAPhoneNumber';
  }
}

/** Bytes that a text takes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
