import { ownValue } from './plain-map';
import { type EventHistory, type JsonValue, type ProfileState } from './vocabulary';

const TOP_FIELDS = ['externalId', 'email', 'phone', 'anonymousId', 'firstSeenAt'] as const;
const EVENT_FIGURES = ['count', 'firstAt', 'lastAt'] as const;

/** A field of a profile, taken apart. */
export type ProfileField =
  | { of: 'profile'; name: (typeof TOP_FIELDS)[number] }
  | { of: 'traits'; path: string }
  | { of: 'last'; event: string; path: string }
  | { of: 'history'; event: string; figure: (typeof EVENT_FIGURES)[number] };

/**
 * Reads the name of a field: `email`, `traits.plan`, `events.Purchase.count`, `events.Purchase.last.price`. An event's name may have dots in it;
 * it ends at the first `.last.`, or before the figure at the end. Absent if no profile can have such a field.
 */
export function parseProfileField(field: string): ProfileField | undefined {
  const top = TOP_FIELDS.find((name) => name === field);
  if (top !== undefined) return { of: 'profile', name: top };
  if (field.startsWith('traits.') && field.length > 7) return { of: 'traits', path: field.slice(7) };
  return field.startsWith('events.') ? parseEventField(field.slice(7)) : undefined;
}

function parseEventField(rest: string): ProfileField | undefined {
  const last = rest.indexOf('.last.');
  if (last > 0 && rest.length > last + 6) {
    return { of: 'last', event: rest.slice(0, last), path: rest.slice(last + 6) };
  }
  const figure = EVENT_FIGURES.find((name) => rest.endsWith(`.${name}`));
  if (figure === undefined || rest.length === figure.length + 1) return undefined;
  return { of: 'history', event: rest.slice(0, -figure.length - 1), figure };
}

/** What a profile has in a field; absent if it has nothing there, or null. Of several e-mail addresses it is the one seen last. */
export function profileFieldValue(state: ProfileState, field: string): JsonValue | undefined {
  const parsed = parseProfileField(field);
  if (parsed === undefined) return undefined;
  switch (parsed.of) {
    case 'profile':
      return topValue(state, parsed.name);
    case 'traits':
      return reachInto(state.traits, parsed.path);
    case 'last':
      return reachInto(historyOf(state, parsed.event)?.last, parsed.path);
    case 'history':
      return historyOf(state, parsed.event)?.[parsed.figure];
  }
}

/** What a person has done under that name; absent if never. */
export function historyOf(state: ProfileState, event: string): EventHistory | undefined {
  return ownValue(state.events, event);
}

function topValue(state: ProfileState, name: (typeof TOP_FIELDS)[number]): JsonValue | undefined {
  const { externalId, emails, phones, anonymousIds } = state.identifiers;
  switch (name) {
    case 'externalId':
      return externalId;
    case 'email':
      return emails.at(-1);
    case 'phone':
      return phones.at(-1);
    case 'anonymousId':
      return anonymousIds.at(-1);
    case 'firstSeenAt':
      return state.firstSeenAt;
  }
}

/**
 * What an object holds under a path whose dots reach into objects within it; a name that has dots itself is found first.
 * Lists are not reached into. Null counts as nothing.
 */
function reachInto(value: JsonValue | undefined, path: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const whole = ownValue(value, path);
  if (whole !== undefined) return whole ?? undefined;
  const dot = path.indexOf('.');
  if (dot < 0) return undefined;
  return reachInto(ownValue(value, path.slice(0, dot)), path.slice(dot + 1));
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** The last moment that a date of JavaScript can be. https://tc39.es/ecma262/#sec-time-values-and-time-range (read 2026-11-22) */
const LATEST_MS = 8.64e15;

/**
 * Unix milliseconds of a time: a number of them, or ISO 8601 (UTC where it names no zone); absent if it is no time. Whole
 * ones: sums of fractions are rounded, and a window would end at another moment than the one that was worked out for it.
 */
export function timeOfValue(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return Math.abs(value) <= LATEST_MS ? Math.trunc(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const found = ISO_TIME.exec(value);
  if (found === null) return undefined;
  const isZoneless = value.length > 10 && found[1] === undefined;
  const at = Date.parse(isZoneless ? `${value}Z` : value);
  return Number.isNaN(at) ? undefined : at;
}
