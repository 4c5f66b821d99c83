import { isJsonObject } from '../json-values';

/** Turns a written value into the stored one; undefined means that the value does not fit and is quietly ignored. */
type FieldReader = (value: unknown) => unknown;

const text: FieldReader = (value) => (typeof value === 'string' && value.length <= 255 ? value : undefined);
const flag: FieldReader = (value) => (typeof value === 'boolean' ? value : undefined);
const list: FieldReader = (value) => (Array.isArray(value) ? value : undefined);
const object: FieldReader = (value) => (isJsonObject(value) ? value : undefined);
const date: FieldReader = (value) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
const day: FieldReader = (value) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
/** An unknown country becomes null. */
const country: FieldReader = (value) =>
  typeof value === 'string' && /^[A-Za-z]{2}$/.test(value) ? value.toUpperCase() : null;
const gender: FieldReader = (value) =>
  typeof value === 'string' && /^[MFONP]$/i.test(value) ? value.toUpperCase() : undefined;

/**
 * Braze's own profile fields, each with what it takes; everything else is a custom attribute. Names are case-sensitive
 * (https://www.braze.com/docs/api/objects_filters/user_attributes_object/, read 2026-11-21).
 */
export const STANDARD_FIELDS: ReadonlyMap<string, FieldReader> = new Map([
  ['first_name', text],
  ['last_name', text],
  ['email', text],
  ['phone', text],
  ['country', country],
  ['language', text],
  ['gender', gender],
  ['dob', day],
  ['home_city', text],
  ['time_zone', text],
  ['current_location', object],
  ['date_of_first_session', date],
  ['date_of_last_session', date],
  ['email_subscribe', text],
  ['push_subscribe', text],
  ['email_open_tracking_disabled', flag],
  ['email_click_tracking_disabled', flag],
  ['subscription_groups', list],
  ['push_tokens', list],
  ['image_url', text],
  ['facebook', object],
  ['twitter', object],
  ['marked_email_as_spam_at', date],
]);

/** Keys of an attributes object that say whom and how, not what. */
export const DIRECTIVE_KEYS: ReadonlySet<string> = new Set([
  'external_id',
  'user_alias',
  'braze_id',
  '_update_existing_only',
  '_merge_objects',
  'push_token_import',
]);
