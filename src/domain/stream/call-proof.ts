import { identifyingFields, isJsonObject, objectsIn } from './call-identifier';
import { ownValue } from './plain-map';
import { type SecretHole } from './render-call';
import { type CallEndpoint, type JsonObject, type JsonValue } from './vocabulary';
import { afterWrite, isSame } from './written-values';

/** One value that a call should leave on a profile. */
export interface ProvenValue {
  kind: 'attribute' | 'event' | 'purchase';
  /** Name of the attribute, the event or the product. */
  key: string;
  /** What is written, in order; for events and purchases one entry for each of them. */
  writes: { value: JsonValue; mergesObjects: boolean }[];
}

/** What of a call can be read back, and what cannot. */
export interface CallProof {
  values: ProvenValue[];
  /** One sentence each. */
  notCompared: string[];
}

/** One value as it was looked for. */
export interface JudgedValue {
  name: string;
  expected: JsonValue;
  before: JsonValue;
  after: JsonValue;
  arrived: boolean;
}

/** Keys of an attributes object that say whom and how, not what. */
const DIRECTIVES: ReadonlySet<string> = new Set([
  ...['external_id', 'user_alias', 'braze_id'],
  ...['_update_existing_only', '_merge_objects', 'push_token_import'],
]);
/**
 * Braze's own fields that an export shows beside the custom attributes, and those that it does not.
 * https://www.braze.com/docs/api/endpoints/export/user_data/post_users_identifier/ (read 2026-11-22)
 */
const EXPORTED_FIELDS: ReadonlySet<string> = new Set([
  ...['first_name', 'last_name', 'email', 'phone', 'country', 'language', 'gender', 'dob', 'home_city'],
  ...['time_zone', 'email_subscribe', 'push_subscribe', 'current_location'],
]);
const HIDDEN_FIELDS: ReadonlySet<string> = new Set([
  ...['date_of_first_session', 'date_of_last_session', 'email_click_tracking_disabled'],
  ...['email_open_tracking_disabled', 'facebook', 'image_url', 'marked_email_as_spam_at'],
  ...['push_tokens', 'subscription_groups', 'twitter'],
]);
/** Braze writes these in its own case. */
const CASELESS: ReadonlySet<string> = new Set(['email', 'country', 'language', 'gender', 'phone']);

/** What a rendered call should leave on the profile. A trigger leaves nothing that could be read. */
export function proofOf(
  endpoint: CallEndpoint,
  body: JsonObject,
  secrets: readonly Pick<SecretHole, 'pointer'>[],
): CallProof {
  if (endpoint !== 'users.track')
    return { values: [], notCompared: ['what the trigger sends cannot be read back'] };
  const proof: CallProof = { values: [], notCompared: [] };
  objectsIn(body, 'attributes').forEach((object, at) => {
    const hidden = secrets.flatMap(({ pointer }) => secretField(pointer, at));
    addAttributes(proof, object, new Set(hidden));
  });
  for (const object of objectsIn(body, 'events')) addOccurrence(proof, 'event', object, 'name');
  for (const object of objectsIn(body, 'purchases')) addOccurrence(proof, 'purchase', object, 'product_id');
  return { ...proof, notCompared: [...new Set(proof.notCompared)] };
}

function secretField(pointer: string, at: number): string[] {
  const [, array, index, name] = pointer.split('/');
  return array === 'attributes' && index === String(at) && name !== undefined
    ? [name.replaceAll('~1', '/').replaceAll('~0', '~')]
    : [];
}

function addAttributes(proof: CallProof, object: JsonObject, secrets: ReadonlySet<string>): void {
  const identifying = identifyingFields('users.track', object);
  const mergesObjects = object['_merge_objects'] === true;
  for (const [key, value] of Object.entries(object)) {
    if (DIRECTIVES.has(key) || identifying.includes(key)) continue;
    if (HIDDEN_FIELDS.has(key)) proof.notCompared.push(`attributes.${key} is not among what Braze exports`);
    else if (secrets.has(key)) proof.notCompared.push(`attributes.${key} holds a secret`);
    else addWrite(proof, 'attribute', key, { value, mergesObjects });
  }
}

function addOccurrence(
  proof: CallProof,
  kind: 'event' | 'purchase',
  object: JsonObject,
  field: 'name' | 'product_id',
): void {
  const key = object[field];
  if (typeof key !== 'string') {
    proof.notCompared.push(`an object of ${LABELS[kind]} without a name`);
    return;
  }
  addWrite(proof, kind, key, { value: 1, mergesObjects: false });
  if (isJsonObject(object['properties']))
    proof.notCompared.push(`properties of ${LABELS[kind]}.${key}: Braze exports how often, not with what`);
}

function addWrite(
  { values }: CallProof,
  kind: ProvenValue['kind'],
  key: string,
  write: ProvenValue['writes'][number],
): void {
  const known = values.find((value) => value.kind === kind && value.key === key);
  if (known === undefined) values.push({ kind, key, writes: [write] });
  else known.writes.push(write);
}

const LABELS = { attribute: 'attributes', event: 'events', purchase: 'purchases' } as const;

/** Whether what the profile should hold is said by the write alone, whatever it held before. */
export function isProvenByItself({ kind, writes }: ProvenValue): boolean {
  const [write] = writes;
  if (kind !== 'attribute' || write === undefined || writes.length > 1) return false;
  return typeof write.value !== 'object' || write.value === null;
}

/** How a value is named to people, e.g. `attributes.plan`. */
export function nameOf({ kind, key }: Pick<ProvenValue, 'kind' | 'key'>): string {
  return `${LABELS[kind]}.${key}`;
}

/** What an exported profile holds for a value; null if nothing, and for nobody. */
export function heldValue(profile: JsonObject | undefined, { kind, key }: ProvenValue): JsonValue {
  if (profile === undefined) return kind === 'attribute' ? null : 0;
  if (kind === 'attribute') return attributeOf(profile, key);
  const list = ownValue(profile, kind === 'event' ? 'custom_events' : 'purchases');
  const tallies = Array.isArray(list) ? list.filter(isJsonObject) : [];
  const count = tallies.find(({ name }) => name === key)?.['count'];
  return typeof count === 'number' ? count : 0;
}

function attributeOf(profile: JsonObject, key: string): JsonValue {
  if (key === 'current_location') return locationOf(ownValue(profile, 'last_coordinates'));
  if (EXPORTED_FIELDS.has(key)) return ownValue(profile, key) ?? null;
  const custom = ownValue(profile, 'custom_attributes');
  return isJsonObject(custom) ? (ownValue(custom, key) ?? null) : null;
}

function locationOf(coordinates: JsonValue | undefined): JsonValue {
  const [longitude, latitude] = Array.isArray(coordinates) ? coordinates : [];
  return longitude === undefined || latitude === undefined ? null : { longitude, latitude };
}

/** What a profile should hold after the call, by what it held before. */
export function expectedValue(value: ProvenValue, before: JsonValue): JsonValue {
  return value.writes.reduce<JsonValue>(
    (current, write) =>
      value.kind === 'attribute'
        ? afterWrite(current, write.value, write.mergesObjects)
        : Number(current) + Number(write.value),
    before,
  );
}

/** Whether a profile shows each value; an event has to be counted exactly as often as it was sent. */
export function judge(
  values: readonly ProvenValue[],
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): JudgedValue[] {
  return values.map((value) => {
    const [held, seen] = [heldValue(before, value), heldValue(after, value)];
    const expected = expectedValue(value, held);
    const arrived = after !== undefined && isSameFor(value, expected, seen);
    return { name: nameOf(value), expected, before: held, after: seen, arrived };
  });
}

/** The same, with Braze's own spelling of its own fields. */
export function isSameFor({ kind, key }: ProvenValue, expected: JsonValue, seen: JsonValue): boolean {
  if (isSame(expected, seen)) return true;
  if (kind !== 'attribute' || !CASELESS.has(key)) return false;
  if (typeof expected !== 'string' || typeof seen !== 'string') return false;
  const plain = (text: string) => (key === 'phone' ? text.replaceAll(/\D/g, '') : text.trim().toLowerCase());
  return plain(expected) === plain(seen);
}

/** Attributes of a call that the profile holds already: to see them again would prove nothing. Empty if one of them changes. */
export function valuesHeldAlready({ values }: CallProof, before: JsonObject | undefined): ProvenValue[] {
  const attributes = values.filter(({ kind }) => kind === 'attribute');
  const isHeld = (value: ProvenValue) => {
    const held = heldValue(before, value);
    return isSameFor(value, expectedValue(value, held), held);
  };
  return attributes.every(isHeld) ? attributes : [];
}

/** The part of an exported profile that a test has to remember. */
export function rememberedPart(profile: JsonObject, { values }: CallProof): JsonObject {
  const of = (kind: ProvenValue['kind']) => values.filter((value) => value.kind === kind);
  const tallies = (kind: 'event' | 'purchase') =>
    of(kind).map((value) => ({ name: value.key, count: heldValue(profile, value) }));
  const custom = of('attribute').filter(({ key }) => !EXPORTED_FIELDS.has(key));
  const fields = of('attribute').filter(({ key }) => EXPORTED_FIELDS.has(key) && key !== 'current_location');
  return {
    ...Object.fromEntries(fields.map((value) => [value.key, heldValue(profile, value)])),
    last_coordinates: ownValue(profile, 'last_coordinates') ?? null,
    custom_attributes: Object.fromEntries(custom.map((value) => [value.key, heldValue(profile, value)])),
    custom_events: tallies('event'),
    purchases: tallies('purchase'),
  };
}

/** What can be put back after a test, and what cannot. */
export interface Restoration {
  /** Values to write, by attribute. */
  attributes: [ProvenValue, JsonValue][];
  cannotUndo: string[];
}

/** Only what the test itself wrote, and only while the profile still holds that. */
export function restorationOf(
  { values, notCompared }: CallProof,
  before: JsonObject | undefined,
  now: JsonObject | undefined,
): Restoration {
  const restoration: Restoration = { attributes: [], cannotUndo: [] };
  if (now === undefined) return restoration;
  if (before === undefined)
    restoration.cannotUndo.push('the profile that the test made stays: Brazier deletes nobody');
  for (const value of values) {
    const [held, present] = [heldValue(before, value), heldValue(now, value)];
    if (isSameFor(value, held, present)) continue;
    if (value.kind !== 'attribute') restoration.cannotUndo.push(`${nameOf(value)} stays counted`);
    else if (!isSameFor(value, expectedValue(value, held), present))
      restoration.cannotUndo.push(
        `${nameOf(value)} holds something else than the test wrote by now, and stays so`,
      );
    else if (value.key === 'current_location' && held === null)
      restoration.cannotUndo.push(`${nameOf(value)} cannot be taken off`);
    else restoration.attributes.push([value, held]);
  }
  const unseen = notCompared.filter((sentence) => sentence.startsWith('attributes.'));
  restoration.cannotUndo.push(
    ...unseen.map((sentence) => `${sentence}, so what was there before is not known`),
  );
  return restoration;
}
