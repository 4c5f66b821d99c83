import { isJsonObject, type JsonObject } from '../json-values';
import { type RefuseRule } from '../settings';
import { checkIdentity } from './check-identity';
import { type InputArray, REFUSALS, type Refusal } from './refusals';

const SUBSCRIPTION_STATES: readonly unknown[] = ['opted_in', 'subscribed', 'unsubscribed', null];
const MAX_PROPERTIES_BYTES = { events: 100 * 1024, purchases: 50 * 1024 };

/** Why one object of a `/users/track` request is refused, if it is. Runs for every object of every request: kept plain. */
export function checkObject(
  inputArray: InputArray,
  item: unknown,
  refuse: readonly RefuseRule[],
): Refusal | undefined {
  if (!isJsonObject(item)) return REFUSALS.notAnObject;
  const refusal = checkIdentity(item, refuse);
  if (refusal !== undefined) return refusal;
  switch (inputArray) {
    case 'attributes':
      return checkAttributes(item);
    case 'events':
      return checkEvent(item);
    case 'purchases':
      return checkPurchase(item);
  }
}

function checkAttributes(record: JsonObject): Refusal | undefined {
  for (const key in record) {
    const refusal = checkStandardField(key, record[key]);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function checkStandardField(key: string, value: unknown): Refusal | undefined {
  switch (key) {
    case 'email':
      return value == null || isEmail(value) ? undefined : REFUSALS.emailFormat;
    case 'email_subscribe':
      return SUBSCRIPTION_STATES.includes(value) ? undefined : REFUSALS.emailSubscribe;
    case 'push_subscribe':
      return SUBSCRIPTION_STATES.includes(value) ? undefined : REFUSALS.pushSubscribe;
    case 'current_location':
      return value === null || isLocation(value) ? undefined : REFUSALS.location;
    case 'subscription_groups':
      return checkGroups(value);
    default:
      return undefined;
  }
}

function checkGroups(groups: unknown): Refusal | undefined {
  if (!Array.isArray(groups)) return REFUSALS.groupsNotArray;
  const items: readonly unknown[] = groups;
  for (const group of items) {
    if (!isJsonObject(group)) return REFUSALS.groupNotHash;
    if (typeof group['subscription_group_id'] !== 'string') return REFUSALS.groupId;
    const state = group['subscription_state'];
    if (state !== 'subscribed' && state !== 'unsubscribed') return REFUSALS.groupState;
  }
  return undefined;
}

function checkEvent(record: JsonObject): Refusal | undefined {
  if (!isShortText(record['name'])) return REFUSALS.eventName;
  if (!isTime(record['time'])) return REFUSALS.time;
  return checkProperties(record['properties'], MAX_PROPERTIES_BYTES.events);
}

function checkPurchase(record: JsonObject): Refusal | undefined {
  const { product_id: productId, currency, price, quantity } = record;
  if (!isShortText(productId)) return REFUSALS.productId;
  if (typeof currency !== 'string' || !/^[A-Za-z]{3}$/.test(currency)) return REFUSALS.currency;
  if (typeof price !== 'number') return REFUSALS.price;
  if (!isTime(record['time'])) return REFUSALS.time;
  if (quantity !== undefined && !isQuantity(quantity)) return REFUSALS.quantity;
  return checkProperties(record['properties'], MAX_PROPERTIES_BYTES.purchases);
}

function checkProperties(properties: unknown, maxBytes: number): Refusal | undefined {
  if (properties == null) return undefined;
  if (!isJsonObject(properties)) return REFUSALS.properties;
  const named = Object.keys(properties).every((name) => isShortText(name) && !name.startsWith('$'));
  return named && Buffer.byteLength(JSON.stringify(properties)) <= maxBytes ? undefined : REFUSALS.properties;
}

function isEmail(value: unknown): boolean {
  return typeof value === 'string' && /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(value);
}

function isLocation(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { longitude, latitude } = value;
  return (
    typeof longitude === 'number' &&
    typeof latitude === 'number' &&
    Math.abs(longitude) <= 180 &&
    Math.abs(latitude) <= 90
  );
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 255;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value));
}

function isQuantity(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100;
}
