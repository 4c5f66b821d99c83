import { isInherited } from '../../domain/stream/event-data';
import { IDENTIFIER_RANKS, type JsonObject } from '../../domain/stream/vocabulary';
import { type EventInput } from '../capture';

/**
 * An event in which nothing is unusual, recognised without the schema, which takes ten times as long: five thousand come in a
 * second. What is not recognised is not wrong: the schema says what it is. What is recognised the schema takes unchanged.
 */
export function ordinaryEvent(input: unknown): EventInput | undefined {
  if (!isObject(input) || !hasOnly(input, EVENT_FIELDS)) return undefined;
  const { id, name, time, identifiers, properties, traits } = input;
  if (!isText(id, 255) || !isIdentifiers(identifiers)) return undefined;
  if (!isNameOrAbsent(name) || !isTimeOrAbsent(time)) return undefined;
  if (!isDataOrAbsent(properties) || !isDataOrAbsent(traits)) return undefined;
  if (name === undefined && traits === undefined) return undefined;
  return { id, name, time, identifiers, properties, traits };
}

const EVENT_FIELDS: ReadonlySet<string> = new Set([
  ...['id', 'name', 'time', 'identifiers', 'properties', 'traits'],
]);
const IDENTIFIER_FIELDS: ReadonlySet<string> = new Set(IDENTIFIER_RANKS);
const IDENTIFIER_CHARACTERS = 512;

/** Printable ASCII without a space at either end: nothing to trim, nothing that could not be kept. */
const ORDINARY_TEXT = /^[!-~](?:[ -~]*[!-~])?$/;
/** Days that every month has, in UTC. */
const ORDINARY_TIME =
  /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$/;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: object, fields: ReadonlySet<string>): boolean {
  for (const field of Object.keys(value)) if (!fields.has(field)) return false;
  return true;
}

function isText(value: unknown, characters: number): value is string {
  return typeof value === 'string' && value.length <= characters && ORDINARY_TEXT.test(value);
}

function isNameOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (isText(value, 255) && !isInherited(value));
}

function isTimeOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && ORDINARY_TIME.test(value));
}

function isIdentifiers(value: unknown): value is EventInput['identifiers'] {
  if (!isObject(value) || !hasOnly(value, IDENTIFIER_FIELDS)) return false;
  const given = Object.values(value);
  return given.length > 0 && given.every((identifier) => isText(identifier, IDENTIFIER_CHARACTERS));
}

/** What it holds is looked at afterwards, whichever way the event is read. */
function isDataOrAbsent(value: unknown): value is JsonObject | undefined {
  return value === undefined || isObject(value);
}
