import { addToHistory } from './event-history';
import { identitiesOf } from './identity-rules';
import { ownValue, withEntry } from './plain-map';
import {
  type CapturedEvent,
  type Identifiers,
  type IdentityKind,
  type JsonObject,
  type JsonValue,
  type ProfileState,
} from './vocabulary';

/** So many different events are kept for one person; another one is refused. */
export const MOST_EVENT_NAMES = 500;
/** So many traits are kept for one person; another one is refused. */
export const MOST_TRAITS = 500;
/** So large a trait may be, as JSON in UTF-8. */
export const MOST_TRAIT_BYTES = 8192;
/** So many identifiers of a kind are listed in a profile: the ones seen last. */
export const MOST_IDENTIFIERS_LISTED = 100;

/** Why an event could not be taken into a profile. */
export type EventRefusalReason = 'tooManyEventNames' | 'tooManyTraits' | 'traitTooLarge';

/** A profile with an event in it; a refused event leaves nothing in it but its identifiers. */
export type AppliedEvent =
  | { ok: true; state: ProfileState }
  | { ok: false; state: ProfileState; reason: EventRefusalReason; detail: string };

/** The profile of somebody of whom nothing is known yet. */
export function emptyState(profileId: string, firstSeenAt: number): ProfileState {
  return {
    profileId,
    identifiers: { emails: [], phones: [], anonymousIds: [] },
    firstSeenAt,
    traits: {},
    events: {},
    memberships: {},
  };
}

/**
 * The profile after an event. Events count at their own time, traits in the order in which they were captured. Its
 * identifiers are those that belong to the profile: the intake has taken out those of other people.
 */
export function applyEvent(state: ProfileState, event: CapturedEvent, capturedAtMs: number): AppliedEvent {
  const at = Math.min(event.at, capturedAtMs);
  const known: ProfileState = {
    ...state,
    identifiers: withIdentifiers(state.identifiers, event.identifiers),
    firstSeenAt: Math.min(state.firstSeenAt, at),
  };
  const traits = withTraits(state.traits, event.traits);
  const refusal = traitsRefusal(event.traits, traits, state.traits) ?? nameRefusal(state, event.name);
  if (refusal !== undefined) return { ok: false, state: known, ...refusal };
  const { name } = event;
  if (name === undefined) return { ok: true, state: { ...known, traits } };
  const history = addToHistory(ownValue(state.events, name), at, event.properties);
  return { ok: true, state: { ...known, traits, events: withEntry(state.events, name, history) } };
}

interface Refusal {
  reason: EventRefusalReason;
  detail: string;
}

function nameRefusal(state: ProfileState, name: string | undefined): Refusal | undefined {
  if (name === undefined || Object.hasOwn(state.events, name)) return undefined;
  if (Object.keys(state.events).length < MOST_EVENT_NAMES) return undefined;
  return {
    reason: 'tooManyEventNames',
    detail: `The person has events of ${MOST_EVENT_NAMES} names already; no other name is taken.`,
  };
}

function traitsRefusal(given: JsonObject, after: JsonObject, before: JsonObject): Refusal | undefined {
  const large = Object.values(given).some((value) => isTooLarge(value));
  if (large)
    return { reason: 'traitTooLarge', detail: `A trait has more than ${MOST_TRAIT_BYTES} bytes as JSON.` };
  const count = Object.keys(after).length;
  if (count <= MOST_TRAITS || count <= Object.keys(before).length) return undefined;
  return { reason: 'tooManyTraits', detail: `The person would have more than ${MOST_TRAITS} traits.` };
}

function isTooLarge(value: JsonValue): boolean {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return false;
  const text = JSON.stringify(value);
  if (text.length * 3 <= MOST_TRAIT_BYTES) return false;
  return text.length > MOST_TRAIT_BYTES || new TextEncoder().encode(text).length > MOST_TRAIT_BYTES;
}

function withTraits(traits: JsonObject, given: JsonObject): JsonObject {
  if (Object.keys(given).length === 0) return traits;
  const merged = { ...traits, ...given };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

type Listed = ProfileState['identifiers'];
const LISTS = { email: 'emails', phone: 'phones', anonymousId: 'anonymousIds' } as const satisfies Record<
  Exclude<IdentityKind, 'externalId'>,
  keyof Listed
>;

function withIdentifiers(listed: Listed, given: Identifiers): Listed {
  return identitiesOf(given).reduce<Listed>((before, { kind, value }) => {
    if (kind === 'externalId')
      return before.externalId === undefined ? { ...before, externalId: value } : before;
    const list = LISTS[kind];
    return before[list].at(-1) === value ? before : { ...before, [list]: lastSeen(before[list], [value]) };
  }, listed);
}

/** Of how many kinds the person's identifiers are. */
export function kindsKnown({ identifiers }: ProfileState): number {
  const { externalId, emails, phones, anonymousIds } = identifiers;
  const lists = [emails, phones, anonymousIds].filter(({ length }) => length > 0).length;
  return externalId === undefined ? lists : lists + 1;
}

/** Values without repetition, in the order in which they were last seen. */
export function lastSeen(earlier: readonly string[], later: readonly string[]): string[] {
  const values = new Set(later);
  return [...earlier.filter((value) => !values.has(value)), ...values].slice(-MOST_IDENTIFIERS_LISTED);
}
