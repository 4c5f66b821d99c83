import { type Identity } from './identity';
import { Profile, type UserAlias } from './profile';

/** The profiles of the workspace and the ways to find one. Profiles are never deleted. */
export class ProfileStore {
  private readonly profiles: Profile[] = [];
  private readonly byExternalId = new Map<string, Profile>();
  private readonly byAlias = new Map<string, Profile>();
  private readonly byContact = { email: new Map<string, Profile[]>(), phone: new Map<string, Profile[]>() };
  private readonly brazeIdPrefix: string;
  private updates = 0;

  readonly seed: number;
  private readonly clock: () => number;

  constructor(seed: number, clock: () => number) {
    this.seed = seed;
    this.clock = clock;

    this.brazeIdPrefix = (Math.imul(seed + 1, 2_654_435_761) >>> 0).toString(16).padStart(16, '5');
  }

  /** How many profiles there are. */
  get size(): number {
    return this.profiles.length;
  }

  /** How many updates there were: grows with every change, so a snapshot knows whether it is needed. */
  get version(): number {
    return this.updates;
  }

  /** Every profile, in the order in which they were made; ones made meanwhile are included. */
  all(): Iterable<Profile> {
    return this.profiles;
  }

  /** The profile's braze_id: 24 hex digits. */
  brazeIdOf(profile: Profile): string {
    return this.brazeIdPrefix + profile.seq.toString(16).padStart(8, '0');
  }

  /** The profile that an identity means now. */
  find(identity: Identity): Profile | undefined {
    switch (identity.kind) {
      case 'external_id':
        return this.byExternalId.get(identity.id);
      case 'alias':
        return this.byAlias.get(aliasKey(identity.label, identity.name));
      case 'braze_id':
        return this.findByBrazeId(identity.id);
      case 'email':
        return mostRecent(this.findByContact('email', identity.address));
      case 'phone':
        return mostRecent(this.findByContact('phone', identity.number));
    }
  }

  /** Every profile with that e-mail address or phone number. */
  findByContact(kind: 'email' | 'phone', value: string): readonly Profile[] {
    return this.byContact[kind].get(contactKey(value)) ?? [];
  }

  /** Makes the profile that an unknown identity means; a braze_id can't be chosen, so there is none then. */
  create(identity: Identity): Profile | undefined {
    if (identity.kind === 'braze_id') return undefined;
    const profile = this.append(Math.floor(this.clock() / 1000));
    if (identity.kind === 'external_id') this.setExternalId(profile, identity.id);
    if (identity.kind === 'alias')
      this.addAlias(profile, { alias_name: identity.name, alias_label: identity.label });
    if (identity.kind === 'email') this.setContact(profile, 'email', identity.address);
    if (identity.kind === 'phone') this.setContact(profile, 'phone', identity.number);
    return profile;
  }

  /** Makes a profile without any identity; who loads whole profiles gives it one next. */
  append(createdAtS: number): Profile {
    const profile = new Profile(this.profiles.length, createdAtS);
    this.profiles.push(profile);
    this.touch(profile);
    return profile;
  }

  /** Notes that a profile was updated just now. */
  touch(profile: Profile): void {
    profile.updated = ++this.updates;
  }

  /** Puts a profile back to its place in the order of updates, when a snapshot is loaded. */
  restoreUpdated(profile: Profile, updated: number): void {
    profile.updated = updated;
    this.updates = Math.max(this.updates, updated);
  }

  /** Gives a profile its external id. */
  setExternalId(profile: Profile, externalId: string): void {
    profile.externalId = externalId;
    this.byExternalId.set(externalId, profile);
  }

  /** Gives a profile an alias; a profile has one name per label, so an older one under that label goes. */
  addAlias(profile: Profile, alias: UserAlias): void {
    const older = profile.aliases?.find(({ alias_label }) => alias_label === alias.alias_label);
    if (older !== undefined) this.byAlias.delete(aliasKey(older.alias_label, older.alias_name));
    profile.aliases = [...(profile.aliases?.filter((kept) => kept !== older) ?? []), alias];
    this.byAlias.set(aliasKey(alias.alias_label, alias.alias_name), profile);
  }

  /** Sets a profile's e-mail address or phone number and keeps the look-up true; null takes it off. */
  setContact(profile: Profile, kind: 'email' | 'phone', value: string | null): void {
    const before = profile.fieldText(kind);
    if (before === value) return;
    const index = this.byContact[kind];
    if (before !== undefined) {
      const others = (index.get(contactKey(before)) ?? []).filter((other) => other !== profile);
      if (others.length > 0) index.set(contactKey(before), others);
      else index.delete(contactKey(before));
    }
    if (value !== null) index.set(contactKey(value), [...this.findByContact(kind, value), profile]);
    profile.setField(kind, value);
  }

  private findByBrazeId(brazeId: string): Profile | undefined {
    if (!brazeId.startsWith(this.brazeIdPrefix)) return undefined;
    const profile = this.profiles[Number.parseInt(brazeId.slice(this.brazeIdPrefix.length), 16)];
    return profile !== undefined && this.brazeIdOf(profile) === brazeId ? profile : undefined;
  }
}

/** Of several profiles with one address: the most recently updated that has an external id, else the most recently updated. */
function mostRecent(profiles: readonly Profile[]): Profile | undefined {
  const identified = profiles.filter(({ externalId }) => externalId !== null);
  const candidates = identified.length > 0 ? identified : profiles;
  return candidates.reduce<Profile | undefined>(
    (latest, profile) => (latest === undefined || profile.updated > latest.updated ? profile : latest),
    undefined,
  );
}

function aliasKey(label: string, name: string): string {
  return `${label}\0${name}`;
}

function contactKey(value: string): string {
  return value.toLowerCase();
}
