import { readIsoTime } from './parameters';
import { isJsonObject } from './call-identifier';
import { ownValue } from './plain-map';
import { type JsonObject, type JsonValue } from './vocabulary';

/**
 * What a custom attribute holds after a write, by Braze's rules: null takes it off, lists take and lose values, numbers are
 * counted up, objects are merged if that was asked for. https://www.braze.com/docs/api/objects_filters/user_attributes_object/ (read 2026-11-22)
 */
export function afterWrite(current: JsonValue, written: JsonValue, mergesObjects: boolean): JsonValue {
  if (!isJsonObject(written)) return Array.isArray(written) ? unique(written) : written;
  const names = Object.keys(written);
  const isOnly = (...known: string[]) => names.length > 0 && names.every((name) => known.includes(name));
  if (isOnly('inc')) return (typeof current === 'number' ? current : 0) + Number(written['inc']);
  if (isOnly('$time')) return written['$time'] ?? null;
  if (isOnly('add', 'remove')) return changedList(current, written);
  if (isOnly('$add', '$remove', '$update')) return changedObjects(current, written);
  const value = withoutTimes(written);
  return mergesObjects && isJsonObject(current) && isJsonObject(value) ? merged(current, value) : value;
}

/** Add comes before remove, so that a value in both is gone. */
function changedList(current: JsonValue, { add, remove }: JsonObject): JsonValue {
  const [added, removed] = [listOf(add), listOf(remove)];
  return unique([...listOf(current), ...added]).filter(
    (value) => !removed.some((gone) => isSame(gone, value)),
  );
}

/** In Braze's order: add, remove, update. */
function changedObjects(current: JsonValue, written: JsonObject): JsonValue {
  const isNamed = (rule: JsonValue, entry: JsonValue) =>
    isJsonObject(rule) &&
    isJsonObject(entry) &&
    isSame(
      ownValue(entry, textOf(rule['$identifier_key'])) ?? null,
      ownValue(rule, '$identifier_value') ?? null,
    );
  const removed = listOf(written['$remove']);
  const left = [...listOf(current), ...listOf(written['$add']).map(withoutTimes)].filter(
    (entry) => !removed.some((rule) => isNamed(rule, entry)),
  );
  return left.map((entry) => {
    const update = listOf(written['$update']).findLast((rule) => isNamed(rule, entry));
    const change =
      isJsonObject(update ?? null) && isJsonObject(update)
        ? withoutTimes(update['$new_object'] ?? null)
        : null;
    return isJsonObject(change) && isJsonObject(entry) ? { ...entry, ...change } : entry;
  });
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function withoutTimes(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value);
  if (names.length === 1 && names[0] === '$time') return value['$time'] ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, withoutTimes(held)]));
}

function merged(current: JsonObject, written: JsonObject): JsonObject {
  const names = [...new Set([...Object.keys(current), ...Object.keys(written)])];
  const entries = names.flatMap((name): [string, JsonValue][] => {
    const [before, change] = [ownValue(current, name), ownValue(written, name)];
    if (change === null) return [];
    if (change === undefined) return before === undefined ? [] : [[name, before]];
    return [[name, isJsonObject(before) && isJsonObject(change) ? merged(before, change) : change]];
  });
  return Object.fromEntries(entries);
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function unique(list: readonly JsonValue[]): JsonValue[] {
  return list.filter((value, at) => list.findIndex((other) => isSame(other, value)) === at);
}

/**
 * Whether a profile shows what was expected. Braze keeps no order of lists, writes times in its own way, and makes texts of
 * numbers where an attribute's type was set by hand. Null is what is not there, and so is an empty list.
 */
export function isSame(expected: JsonValue, seen: JsonValue): boolean {
  if (isNothing(expected) || isNothing(seen)) return isNothing(expected) && isNothing(seen);
  if (Array.isArray(expected)) return Array.isArray(seen) && isSameList(expected, seen);
  if (isJsonObject(expected)) return isJsonObject(seen) && isSameObject(expected, seen);
  if (typeof seen === 'object') return false;
  if (String(expected) === String(seen)) return true;
  const [at, other] = [momentOf(expected), momentOf(seen)];
  return at !== undefined && at === other;
}

function isNothing(value: JsonValue): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function isSameList(expected: readonly JsonValue[], seen: readonly JsonValue[]): boolean {
  const every = (some: readonly JsonValue[], others: readonly JsonValue[]) =>
    some.every((value) => others.some((other) => isSame(value, other)));
  return expected.length === seen.length && every(expected, seen) && every(seen, expected);
}

function isSameObject(expected: JsonObject, seen: JsonObject): boolean {
  const names = new Set([...Object.keys(expected), ...Object.keys(seen)]);
  return [...names].every((name) => isSame(ownValue(expected, name) ?? null, ownValue(seen, name) ?? null));
}

/** Of a text that begins as ISO 8601 dates do; Braze writes `UTC` where that has a Z. */
function momentOf(value: JsonValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  return readIsoTime(value.replace(/ UTC$/, 'Z').replace(/ (?=[+-]\d{4}$)/, ''));
}
