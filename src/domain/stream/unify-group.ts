import { decideIdentity, type IdentityOwner } from './identity-rules';
import { bucketOf } from './sharding';
import { type Identifiers, type Identity } from './vocabulary';

/** A profile as it is stored. */
export interface StoredProfile extends IdentityOwner {
  bucket: number;
}

/** An identifier that is stored already, and the profile that it leads to. */
export interface StoredIdentity extends Identity {
  profile: StoredProfile;
}

/** What is appended to the log for a group, in this order. */
export type UnifiedStep =
  | { kind: 'event'; index: number; profile: StoredProfile; identifiers: Identifiers }
  | { kind: 'merge'; from: StoredProfile; into: StoredProfile };

/** What a group of events makes of people. */
export interface UnifiedGroup {
  steps: UnifiedStep[];
  /** Profiles that are new, as they are after the group. */
  created: StoredProfile[];
  /** Profiles of before that have got an external id. */
  named: StoredProfile[];
  /** Profiles that are no more, each with the one that it ends in after the group. */
  merged: { from: string; into: string }[];
  /** Identifiers that nobody had, each with the profile that it leads to after the group. */
  added: (Identity & { profileId: string })[];
  /** Identifiers of events that belong to somebody else. */
  conflicts: number;
}

/**
 * How many new profiles a group can need at most: one for each external id that is new, since all that comes with it may be other
 * known people's, and one for each event without an external id of which nothing is known.
 */
export function mostNewProfiles(
  group: readonly (readonly Identity[])[],
  stored: readonly Identity[],
): number {
  const known = new Set(stored.map(keyOf));
  const isKnown = (identity: Identity) => known.has(keyOf(identity));
  return group.filter((identities) => {
    const external = identities.find(({ kind }) => kind === 'externalId');
    return external === undefined ? !identities.some(isKnown) : !isKnown(external);
  }).length;
}

/**
 * Decides for each event of a group, in order, whose it is, as if each came alone: what one does to people is known to the
 * next. `newIds` are ids that no profile has, ascending.
 */
export function unifyGroup(
  group: readonly (readonly Identity[])[],
  stored: readonly StoredIdentity[],
  newIds: readonly string[],
): UnifiedGroup {
  const people = new People(stored, newIds);
  group.forEach((identities, index) => people.meet(identities, index));
  return people.result();
}

class People {
  private readonly owners = new Map<string, string>();
  private readonly profiles = new Map<string, StoredProfile>();
  private readonly mergedInto = new Map<string, string>();
  private readonly created = new Set<string>();
  private readonly named = new Set<string>();
  private readonly added: (Identity & { profileId: string })[] = [];
  private readonly steps: UnifiedStep[] = [];
  private readonly newIds: readonly string[];
  private conflicts = 0;

  constructor(stored: readonly StoredIdentity[], newIds: readonly string[]) {
    this.newIds = newIds;
    for (const { kind, value, profile } of stored) {
      this.owners.set(keyOf({ kind, value }), profile.profileId);
      if (!this.profiles.has(profile.profileId)) this.profiles.set(profile.profileId, { ...profile });
    }
  }

  meet(identities: readonly Identity[], index: number): void {
    const decision = decideIdentity(
      identities.map((identity) => ({ ...identity, owner: this.ownerOf(identity) })),
    );
    const profile = this.profileOf(decision.profileId);
    for (const id of decision.merge) this.merge(this.profileOf(id), profile);
    for (const identity of decision.add) this.add(identity, profile);
    this.conflicts += decision.conflicts.length;
    this.steps.push({ kind: 'event', index, profile, identifiers: decision.identifiers });
  }

  result(): UnifiedGroup {
    const { steps, conflicts } = this;
    return {
      steps,
      conflicts,
      created: [...this.created].map((id) => this.profileOf(id)),
      named: [...this.named].map((id) => this.profileOf(id)),
      merged: [...this.mergedInto.keys()].map((from) => ({ from, into: this.survivorOf(from) })),
      added: this.added.map((identity) => ({ ...identity, profileId: this.survivorOf(identity.profileId) })),
    };
  }

  private ownerOf(identity: Identity): StoredProfile | undefined {
    const id = this.owners.get(keyOf(identity));
    return id === undefined ? undefined : this.profileOf(this.survivorOf(id));
  }

  private survivorOf(id: string): string {
    const into = this.mergedInto.get(id);
    return into === undefined ? id : this.survivorOf(into);
  }

  /** The profile of an id; a new one where there is none. */
  private profileOf(id: string | undefined): StoredProfile {
    const known = id === undefined ? undefined : this.profiles.get(id);
    if (known !== undefined) return known;
    const profileId = this.newIds[this.created.size];
    if (profileId === undefined) throw new Error('A group needs more new profiles than it has events.');
    const profile = { profileId, bucket: bucketOf(profileId) };
    this.profiles.set(profileId, profile);
    this.created.add(profileId);
    return profile;
  }

  private merge(from: StoredProfile, into: StoredProfile): void {
    this.mergedInto.set(from.profileId, into.profileId);
    this.steps.push({ kind: 'merge', from, into });
  }

  private add(identity: Identity, profile: StoredProfile): void {
    const { profileId } = profile;
    this.owners.set(keyOf(identity), profileId);
    this.added.push({ ...identity, profileId });
    if (identity.kind !== 'externalId') return;
    profile.externalId = identity.value;
    if (!this.created.has(profileId)) this.named.add(profileId);
  }
}

function keyOf({ kind, value }: Identity): string {
  return `${kind} ${value}`;
}
