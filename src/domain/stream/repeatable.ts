import { type CallTemplate } from './parameters';
import { holesOf } from './template';
import { type CallEndpoint, type JsonObject, type JsonValue } from './vocabulary';

/**
 * Whether sending a body twice leaves Braze as sending it once does. Setting attributes does; appending to a list of objects and
 * counting up come to something else the second time, and events, purchases and messages are had twice.
 */
export function isRepeatable(endpoint: CallEndpoint, body: JsonObject): boolean {
  if (endpoint !== 'users.track') return false;
  if (sizeOf(body['events']) > 0 || sizeOf(body['purchases']) > 0) return false;
  return !changesEachTime(body['attributes'] ?? []);
}

/** Whether that holds for every body that can come of a template. A hole that may be filled by an object may be filled by anything. */
export function isAlwaysRepeatable({ endpoint, payload, parameters }: CallTemplate): boolean {
  const isAttributesOnly = Object.keys(payload).every((field) => field === 'attributes');
  if (!isAttributesOnly || !isRepeatable(endpoint, payload)) return false;
  const holes = leavesOf(payload).flatMap((leaf) => holesOf(leaf));
  return !holes.some(({ parameter }) => parameters[parameter]?.type === 'json');
}

/** https://www.braze.com/docs/api/objects_filters/user_attributes_object and nested custom attributes (read 2026-11-22) */
const COUNTING = ['inc', '$add'];

/** Objects lie within objects, at any depth. */
function changesEachTime(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(changesEachTime);
  if (typeof value !== 'object' || value === null) return false;
  return COUNTING.some((name) => Object.hasOwn(value, name)) || Object.values(value).some(changesEachTime);
}

function sizeOf(value: JsonValue | undefined): number {
  return Array.isArray(value) ? value.length : value === undefined ? 0 : 1;
}

function leavesOf(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((held) => leavesOf(held));
}
