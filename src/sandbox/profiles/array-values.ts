import { isJsonObject, isScalar } from '../json-values';

/**
 * What may stand in an array attribute, each value once. Strings over 255 characters are dropped: the documents only say
 * that over-long values are "completed but not updated".
 */
export function arrayItems(values: readonly unknown[]): unknown[] {
  const fitting = values.filter(
    (value) => isScalar(value) && (typeof value !== 'string' || value.length <= 255),
  );
  return fitting.length > 1 ? [...new Set(fitting)] : fitting;
}

/**
 * An array attribute after `{"add": […]}`: a present value moves to the end, and past the cap the oldest are dropped,
 * silently (https://www.braze.com/docs/user_guide/data/activation/attributes/data_types, read 2026-11-21).
 */
export function addItems(current: readonly unknown[], added: readonly unknown[], cap: number): unknown[] {
  const items = arrayItems(added);
  const moved = [...removeItems(current, items), ...items];
  return moved.length > cap ? moved.slice(-cap) : moved;
}

/** An array attribute after `{"remove": […]}`. */
export function removeItems(current: readonly unknown[], removed: readonly unknown[]): readonly unknown[] {
  if (current.length === 0 || removed.length === 0) return current;
  if (removed.length === 1) return current.filter((value) => value !== removed[0]);
  const gone = new Set(removed);
  return current.filter((value) => !gone.has(value));
}

/** `$add`, `$update` and `$remove` of an array of objects. */
export interface ObjectArrayCommand {
  add: readonly unknown[];
  remove: readonly unknown[];
  update: readonly unknown[];
}

/**
 * An array of objects after one request: added first, then removed, then updated, so remove and add of one item in one
 * request leaves none (https://www.braze.com/docs/user_guide/data/activation/attributes/array_of_objects, read 2026-11-21).
 */
export function changeObjects(current: readonly unknown[], command: ObjectArrayCommand): unknown[] {
  const added = [...current, ...command.add.filter(isJsonObject)];
  const kept = added.filter((item) => !command.remove.some((selector) => selects(selector, item)));
  return kept.map((item) => {
    const update = command.update.find((selector) => selects(selector, item));
    const changes = isJsonObject(update) ? update['$new_object'] : undefined;
    return isJsonObject(item) && isJsonObject(changes) ? { ...item, ...changes } : item;
  });
}

function selects(selector: unknown, item: unknown): boolean {
  if (!isJsonObject(selector) || !isJsonObject(item)) return false;
  const key = selector['$identifier_key'];
  return typeof key === 'string' && Object.hasOwn(item, key) && item[key] === selector['$identifier_value'];
}
