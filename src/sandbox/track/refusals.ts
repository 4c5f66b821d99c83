import { type SandboxSettings } from '../settings';

/** The three arrays of a `/users/track` request, in the order in which Braze works through them. */
export const INPUT_ARRAYS = ['attributes', 'events', 'purchases'] as const;

/** One of the three arrays of a `/users/track` request. */
export type InputArray = (typeof INPUT_ARRAYS)[number];

/** Why an object was refused: the sentence seen on the wire, and the name in newer documents where there is one. */
export interface Refusal {
  sentence: string;
  name?: string;
}

const STATES = "must be 'subscribed', 'unsubscribed', or 'opted_in'";

/**
 * Braze's refusals. Names: https://www.braze.com/docs/api/endpoints/user_data/post_user_track/ (read 2026-11-21).
 * Sentences: seen by others on real workspaces (https://github.com/leemour/braze-cli, 2026-09-15) or in connectors'
 * code (https://github.com/rudderlabs/rudder-transformer, read 2026-11-21); the rest are made in their manner.
 */
export const REFUSALS = {
  notAnObject: { sentence: 'each item must be an object' },
  idMissing: { sentence: "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required" },
  idAmbiguous: { sentence: "You must specify only one of 'external_id', 'user_alias' or 'braze_id'" },
  idNotText: { sentence: "'external_id' must be a string" },
  idTooLong: { sentence: "'external_id' must be fewer than 988 bytes", name: 'EXTERNAL_USER_ID_TOO_LARGE' },
  idBlocked: {
    sentence: 'provided external_id is blacklisted and disallowed',
    name: 'BLACKLISTED_EXTERNAL_USER_ID',
  },
  aliasIncomplete: { sentence: "'user_alias' must have an 'alias_name' and an 'alias_label'" },
  emailFormat: { sentence: "'email' is not a valid email address", name: 'EMAIL_BAD_FORMAT' },
  emailSubscribe: { sentence: `'email_subscribe' ${STATES}`, name: 'BAD_EMAIL_SUBSCRIPTION_STATE' },
  pushSubscribe: { sentence: `'push_subscribe' ${STATES}`, name: 'BAD_PUSH_SUBSCRIPTION_STATE' },
  location: {
    sentence: "'current_location' must have a numeric 'longitude' and 'latitude'",
    name: 'BAD_LOCATION_UPDATE',
  },
  groupsNotArray: {
    sentence: "'subscription_groups' must be an array",
    name: 'BAD_SUBSCRIPTION_GROUP_ARRAY',
  },
  groupNotHash: { sentence: "'subscription_groups' must hold objects", name: 'BAD_SUBSCRIPTION_GROUP_HASH' },
  groupId: { sentence: "'subscription_group_id' must be a string", name: 'BAD_SUBSCRIPTION_GROUP_ID' },
  groupState: {
    sentence: "'subscription_state' must be 'subscribed' or 'unsubscribed'",
    name: 'BAD_SUBSCRIPTION_GROUP_STATE',
  },
  pushTokenImport: {
    sentence: "'push_token_import' forbids 'external_id' and 'braze_id'",
    name: 'BAD_PUSH_TOKEN_IMPORT',
  },
  eventName: { sentence: "'name' is required and must be at most 255 characters" },
  time: { sentence: "'time' must be an ISO 8601 date" },
  properties: {
    sentence:
      "'properties' must be an object of at most 100 KB with names of 1 to 255 characters without a leading '$'",
  },
  productId: { sentence: "'product_id' is required and must be at most 255 characters" },
  currency: { sentence: "'currency' must be an ISO 4217 code" },
  price: { sentence: "'price' must be a number" },
  quantity: { sentence: "'quantity' must be a whole number from 1 to 100" },
} as const satisfies Record<string, Refusal>;

/** One entry of `errors[]`: `index` counts within the named array, from 0. */
export interface TrackError {
  type: string;
  input_array: InputArray;
  index?: number;
}

/** A refusal as the workspace words it. */
export function wordRefusal(
  refusal: Refusal,
  place: { input_array: InputArray; index: number },
  wording: Pick<SandboxSettings, 'errorWording' | 'errorsWithoutIndex'>,
): TrackError {
  const type = wording.errorWording === 'enum' ? (refusal.name ?? refusal.sentence) : refusal.sentence;
  const error = { type, input_array: place.input_array };
  return wording.errorsWithoutIndex ? error : { ...error, index: place.index };
}
