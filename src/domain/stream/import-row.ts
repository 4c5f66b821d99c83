import { problemInData } from './event-data';
import { MOST_TRAIT_BYTES } from './profile-state';
import { IDENTIFIER_RANKS, type Identifiers, type JsonObject, type JsonValue } from './vocabulary';

/** Which fields of a row are what. */
export interface RowMapping {
  /** Fields that hold identifiers. */
  identifiers: Identifiers;
  /** Every other field under its own name, or traits by name with the field of each. */
  traits: 'allOther' | Record<string, string>;
}

/** What a row says, or why it says nothing. */
export type MappedRow =
  { ok: true; identifiers: Identifiers; traits: JsonObject } | { ok: false; reason: string };

/** All fields that a mapping names. */
export function mappedFields({ identifiers, traits }: RowMapping): string[] {
  const named = IDENTIFIER_RANKS.flatMap((kind) => identifiers[kind] ?? []);
  return [...new Set([...named, ...(traits === 'allOther' ? [] : Object.values(traits))])];
}

/** One row of a file as identifiers and traits. No reason repeats a value. */
export function mapRow(row: JsonValue, mapping: RowMapping): MappedRow {
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    return { ok: false, reason: 'is not a JSON object' };
  // First of all: what comes after may trust that nothing is nested without end.
  const problem = problemInData(row);
  if (problem !== undefined) return { ok: false, reason: problem };
  const fields = new Map(Object.entries(row));
  const identifiers: Identifiers = {};
  for (const kind of IDENTIFIER_RANKS) {
    const field = mapping.identifiers[kind];
    const value = field === undefined ? undefined : fields.get(field);
    if (value === undefined || value === null) continue;
    const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text !== 'string') return { ok: false, reason: `${kind} is no text` };
    if (text.trim() !== '') identifiers[kind] = text;
  }
  if (Object.keys(identifiers).length === 0) return { ok: false, reason: 'has no identifier' };
  const traits = traitsOf(fields, mapping);
  const isLarge = Object.values(traits).some((value) => isTooLarge(value));
  return isLarge
    ? { ok: false, reason: `a trait has more than ${MOST_TRAIT_BYTES} bytes as JSON` }
    : { ok: true, identifiers, traits };
}

function traitsOf(fields: ReadonlyMap<string, JsonValue>, { identifiers, traits }: RowMapping): JsonObject {
  if (traits === 'allOther') {
    const taken = new Set(IDENTIFIER_RANKS.map((kind) => identifiers[kind]));
    return Object.fromEntries([...fields].filter(([name]) => !taken.has(name)));
  }
  return Object.fromEntries(
    Object.entries(traits).flatMap(([trait, field]) => {
      const value = fields.get(field);
      return value === undefined ? [] : [[trait, value]];
    }),
  );
}

function isTooLarge(value: JsonValue): boolean {
  return new TextEncoder().encode(JSON.stringify(value)).length > MOST_TRAIT_BYTES;
}
