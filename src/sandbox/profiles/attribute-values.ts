import { type RegisteredAttribute } from '../attribute-registry';
import { isJsonObject, isScalar, type JsonObject } from '../json-values';
import { addItems, arrayItems, changeObjects, removeItems } from './array-values';
import { coerce } from './coerce';

/** Custom attribute names and string values hold at most 255 characters; longer ones are "completed but not updated". */
export const MAX_TEXT_LENGTH = 255;

const MAX_OBJECT_BYTES = 100 * 1024;

/** How a write is carried out besides the value itself. */
export interface WriteMode {
  mergeObjects: boolean;
  overflowOnSet: 'keepLast' | 'keepFirst';
}

/**
 * The value of a custom attribute after a write: null takes the attribute off, undefined means that Braze would accept
 * the write and quietly leave everything as it was.
 */
export function nextValue(
  current: unknown,
  written: unknown,
  attribute: RegisteredAttribute,
  mode: WriteMode,
): unknown {
  if (written === null) return null;
  if (Array.isArray(written)) return setArray(written, attribute, mode);
  if (isJsonObject(written)) return changeByObject(current, written, attribute, mode);
  const value = attribute.forced ? coerce(written, attribute.dataType) : written;
  return typeof value === 'string' && value.length > MAX_TEXT_LENGTH ? undefined : value;
}

function setArray(written: readonly unknown[], attribute: RegisteredAttribute, mode: WriteMode): unknown {
  if (attribute.forced && attribute.dataType !== 'array' && attribute.dataType !== 'object_array')
    return undefined;
  if (written.some(isJsonObject)) return fitting(written.filter(isJsonObject));
  const items = arrayItems(written);
  if (items.length <= attribute.arrayLength) return items;
  return mode.overflowOnSet === 'keepLast'
    ? items.slice(-attribute.arrayLength)
    : items.slice(0, attribute.arrayLength);
}

function changeByObject(
  current: unknown,
  written: JsonObject,
  attribute: RegisteredAttribute,
  mode: WriteMode,
): unknown {
  const keys = Object.keys(written);
  if (keys.length > 0 && keys.every((key) => key === 'add' || key === 'remove')) {
    return changeArray(current, written, attribute);
  }
  if (keys.length === 1 && keys[0] === 'inc') return increment(current, written['inc']);
  if (keys.length === 1 && keys[0] === '$time')
    return isScalar(written['$time']) ? written['$time'] : undefined;
  if (keys.some((key) => key === '$add' || key === '$update' || key === '$remove')) {
    return changeObjectArray(current, written);
  }
  if (attribute.forced && attribute.dataType !== 'object') return undefined;
  if (!hasPlainKeys(written)) return undefined;
  return fitting(mode.mergeObjects && isJsonObject(current) ? deepMerge(current, written) : written);
}

/** Add comes before remove, so a value in both is gone (https://github.com/braze-inc/braze-docs/issues/11289, read 2026-11-21). */
function changeArray(current: unknown, written: JsonObject, attribute: RegisteredAttribute): unknown {
  const { add, remove } = written;
  const badAdd = add !== undefined && !Array.isArray(add);
  const badRemove = remove !== undefined && !Array.isArray(remove);
  if (badAdd || badRemove || (current !== undefined && !Array.isArray(current))) return undefined;
  if (attribute.forced && attribute.dataType !== 'array') return undefined;
  const before: readonly unknown[] = current ?? [];
  const added = Array.isArray(add) ? addItems(before, add, attribute.arrayLength) : before;
  const left = Array.isArray(remove) ? removeItems(added, remove) : added;
  return current === undefined && left.length === 0 ? undefined : left;
}

function changeObjectArray(current: unknown, written: JsonObject): unknown {
  if (current !== undefined && !Array.isArray(current)) return undefined;
  const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const changed = changeObjects(listOf(current), {
    add: listOf(written['$add']),
    remove: listOf(written['$remove']),
    update: listOf(written['$update']),
  });
  return fitting(changed);
}

function increment(current: unknown, by: unknown): number | undefined {
  if (typeof by !== 'number' || !Number.isInteger(by)) return undefined;
  if (current === undefined) return by;
  return typeof current === 'number' && Number.isInteger(current) ? current + by : undefined;
}

/** A write that would take the value past 100 KB is dropped while the call succeeds. */
function fitting(value: unknown): unknown {
  return Buffer.byteLength(JSON.stringify(value)) <= MAX_OBJECT_BYTES ? value : undefined;
}

function hasPlainKeys(object: JsonObject): boolean {
  return Object.entries(object).every(
    ([key, value]) =>
      (key === '$time' || !/[.$]/.test(key)) &&
      key !== '__proto__' &&
      (typeof value !== 'string' || value.length <= MAX_TEXT_LENGTH) &&
      (!isJsonObject(value) || hasPlainKeys(value)),
  );
}

function deepMerge(current: JsonObject, written: JsonObject): JsonObject {
  const merged = { ...current };
  for (const [key, value] of Object.entries(written)) {
    const before = merged[key];
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = isJsonObject(before) && isJsonObject(value) ? deepMerge(before, value) : value;
  }
  return merged;
}
