import { TRACK_ARRAYS } from '../track-answer';
import { type CallEndpoint, type JsonObject, type JsonValue } from './vocabulary';

/** Whom a call is about, as Braze's objects say it: exactly one of these. */
export type CallIdentifier =
  | { external_id: string }
  | { user_alias: { alias_name: string; alias_label: string } }
  | { braze_id: string }
  | { email: string }
  | { phone: string };

/**
 * At most one primary identifier an object; e-mail address and phone number count only where there is none, the former first.
 * https://www.braze.com/docs/api/endpoints/user_data/post_user_track/ (read 2026-11-22)
 */
const PRIMARY = ['external_id', 'user_alias', 'braze_id'] as const;
const SECONDARY = ['email', 'phone'] as const;
/** How a recipient of a trigger is named. https://www.braze.com/docs/api/objects_filters/recipient_object/ (read 2026-11-22) */
const OF_RECIPIENT = ['external_user_id', 'user_alias', 'email'] as const;

/** Whether a value is an object of JSON. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of one array of a payload; empty where it is none. */
export function objectsIn(payload: JsonObject, array: string): JsonObject[] {
  const found = ownField(payload, array);
  return Array.isArray(found) ? found.filter(isJsonObject) : [];
}

/** A field of an object itself, never one that all objects have. */
export function ownField(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The fields by which an object of the endpoint says whom it is about: one, unless somebody has written too many. */
export function identifyingFields(endpoint: CallEndpoint, object: JsonObject): string[] {
  const present = (names: readonly string[]) => names.filter((name) => Object.hasOwn(object, name));
  if (endpoint !== 'users.track') return present(OF_RECIPIENT);
  const primary = present(PRIMARY);
  return primary.length > 0 ? primary : present(SECONDARY).slice(0, 1);
}

/** The objects of a payload that have to name a person. */
export function personObjects(endpoint: CallEndpoint, payload: JsonObject): JsonObject[] {
  return endpoint === 'users.track'
    ? TRACK_ARRAYS.flatMap((array) => objectsIn(payload, array))
    : objectsIn(payload, 'recipients');
}

/** Whom a rendered object is about; undefined if it does not say so by a text that is not blank. */
export function readIdentifier(endpoint: CallEndpoint, object: JsonObject): CallIdentifier | undefined {
  const [name = ''] = identifyingFields(endpoint, object);
  const value = ownField(object, name);
  if (name === 'user_alias') return readAlias(value);
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  switch (name) {
    case 'external_id':
    case 'external_user_id':
      return { external_id: value };
    case 'braze_id':
      return { braze_id: value };
    case 'email':
      return { email: value };
    default:
      return { phone: value };
  }
}

function readAlias(value: JsonValue | undefined): CallIdentifier | undefined {
  if (!isJsonObject(value)) return undefined;
  const [name, label] = [ownField(value, 'alias_name'), ownField(value, 'alias_label')];
  if (typeof name !== 'string' || name.trim() === '') return undefined;
  if (typeof label !== 'string' || label.trim() === '') return undefined;
  return { user_alias: { alias_name: name, alias_label: label } };
}
