import { IDENTIFIER_RANKS, type Identifiers, type Identity } from './vocabulary';

/** The profile that an identifier leads to. */
export interface IdentityOwner {
  /** Decimal text of a 64-bit number. */
  profileId: string;
  /** The external id of that profile: a person is known by it. */
  externalId?: string | undefined;
}

/** One identifier of an event, and whose it is. */
export interface OwnedIdentity extends Identity {
  owner?: IdentityOwner | undefined;
}

/** Whom an event is about, and what it makes of the profiles that its identifiers lead to. */
export interface IdentityDecision {
  /** The profile that the event belongs to; absent: a new one. */
  profileId?: string | undefined;
  /** Identifiers that the profile gets; nobody had them. */
  add: Identity[];
  /** Profiles that merge into it, the oldest first; at most three, since an event has four identifiers. */
  merge: string[];
  /** Identifiers of other people: they stay where they are, and are counted `identityConflict`. */
  conflicts: Identity[];
  /** The event's identifiers without the conflicts: what is kept with the event. */
  identifiers: Identifiers;
}

/** Identifiers as they are compared, the strongest first: trimmed, e-mail addresses in lower case, blank ones left out. */
export function identitiesOf(identifiers: Identifiers): Identity[] {
  return IDENTIFIER_RANKS.flatMap((kind) => {
    const trimmed = identifiers[kind]?.trim() ?? '';
    if (trimmed === '') return [];
    return [{ kind, value: kind === 'email' ? trimmed.toLowerCase() : trimmed }];
  });
}

/** Whether the first id is the smaller number. Both are decimal text without leading zeros. */
export function isOlderProfile(id: string, other: string): boolean {
  return id.length === other.length ? id < other : id.length < other.length;
}

/**
 * The rules of unification. The strongest identifier that leads to a known person (one with an external id) decides; an
 * external id that nobody has yet makes one. Profiles without an external id merge into that person, or, where there is
 * none, into the oldest of them. An identifier of another known person stays with that person, and its profile is left alone.
 */
export function decideIdentity(identities: readonly OwnedIdentity[]): IdentityDecision {
  const external = identities.find(({ kind }) => kind === 'externalId');
  const known = external ?? identities.find(({ owner }) => owner?.externalId !== undefined);
  const person = known?.owner;
  const isAnothers = ({ owner }: OwnedIdentity): boolean =>
    known !== undefined && owner?.externalId !== undefined && owner.profileId !== person?.profileId;
  const kept = identities.filter((identity) => !isAnothers(identity));
  const nameless = [...new Set(kept.flatMap(({ owner }) => (owner === undefined ? [] : [owner.profileId])))]
    .filter((id) => id !== person?.profileId)
    .sort((a, b) => (isOlderProfile(a, b) ? -1 : 1));
  const survivor = person?.profileId ?? nameless[0];
  return {
    profileId: survivor,
    add: kept.filter(({ owner }) => owner === undefined).map(plain),
    merge: nameless.filter((id) => id !== survivor),
    conflicts: identities.filter(isAnothers).map(plain),
    identifiers: Object.fromEntries(kept.map(({ kind, value }) => [kind, value])),
  };
}

function plain({ kind, value }: OwnedIdentity): Identity {
  return { kind, value };
}
