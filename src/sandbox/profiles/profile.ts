import { type JsonObject } from '../json-values';

/** How often a profile did one event or bought one product. */
export interface Tally {
  first: string;
  last: string;
  count: number;
}

/** Another name of a profile; one name per label. */
export interface UserAlias {
  alias_name: string;
  alias_label: string;
}

/** What a profile did. Most profiles of a bulk load did nothing, so they carry no such record. */
export interface Activity {
  events: Map<string, Tally>;
  purchases: Map<string, Tally>;
  revenue: number;
}

/**
 * One user. Kept small, because a workspace holds a million of them: everything that is rare is null until it is needed,
 * and the braze_id is computed from `seq`.
 */
export class Profile {
  externalId: string | null = null;
  /** The place of its last update in the order of all updates: look-ups by e-mail take the most recent. */
  updated = 0;
  aliases: UserAlias[] | null = null;
  fields: Map<string, unknown> | null = null;
  attributes: Map<string, unknown> | null = null;
  activity: Activity | null = null;

  readonly seq: number;
  readonly createdAtS: number;

  constructor(seq: number, createdAtS: number) {
    this.seq = seq;
    this.createdAtS = createdAtS;
  }

  /** Sets a custom attribute; null takes it off. */
  setAttribute(name: string, value: unknown): void {
    if (value === null) this.attributes?.delete(name);
    else (this.attributes ??= new Map<string, unknown>()).set(name, value);
  }

  /** Sets a standard field; null takes it off. */
  setField(name: string, value: unknown): void {
    if (value === null) this.fields?.delete(name);
    else (this.fields ??= new Map<string, unknown>()).set(name, value);
  }

  /** The text of a standard field, if it has one. */
  fieldText(name: string): string | undefined {
    const value = this.fields?.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** The record of what this profile did, made on first use. */
  doings(): Activity {
    return (this.activity ??= { events: new Map(), purchases: new Map(), revenue: 0 });
  }
}

/**
 * A profile in the shape of a user export: what is null or empty is left out
 * (https://www.braze.com/docs/api/endpoints/export/user_data/post_users_identifier/, read 2026-11-21).
 */
export function exportProfile(profile: Profile, brazeId: string): JsonObject {
  const exported: JsonObject = { braze_id: brazeId };
  if (profile.externalId !== null) exported['external_id'] = profile.externalId;
  if (profile.aliases !== null) exported['user_aliases'] = profile.aliases;
  exported['created_at'] = new Date(profile.createdAtS * 1000).toISOString();
  exported['random_bucket'] = (Math.imul(profile.seq + 1, 2_654_435_761) >>> 0) % 10_000;
  if (profile.fields !== null) for (const [name, value] of profile.fields) exported[name] = value;
  if (profile.attributes !== null && profile.attributes.size > 0) {
    exported['custom_attributes'] = Object.fromEntries(profile.attributes);
  }
  if (profile.activity !== null) {
    const { events, purchases, revenue } = profile.activity;
    if (events.size > 0) exported['custom_events'] = tallies(events);
    if (purchases.size > 0) exported['purchases'] = tallies(purchases);
    if (revenue !== 0) exported['total_revenue'] = revenue;
  }
  return exported;
}

function tallies(counts: ReadonlyMap<string, Tally>): JsonObject[] {
  return [...counts].map(([name, tally]) => ({ name, ...tally }));
}
