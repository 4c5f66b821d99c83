import { type AttributeRegistry, detectType } from '../attribute-registry';
import { type JsonObject } from '../json-values';
import { MAX_TEXT_LENGTH, nextValue } from '../profiles/attribute-values';
import { type Identity, readIdentity } from '../profiles/identity';
import { type Profile, type Tally } from '../profiles/profile';
import { type ProfileStore } from '../profiles/profile-store';
import { DIRECTIVE_KEYS, STANDARD_FIELDS } from '../profiles/standard-fields';
import { type SandboxSettings } from '../settings';
import { type TrackWrites } from './track-writes';

/** What writes are applied to. */
export interface ApplyTarget {
  profiles: ProfileStore;
  registry: AttributeRegistry;
  settings: SandboxSettings;
  clock: () => number;
}

/** What applying did, for the statistics. */
export interface ApplyTally {
  dataPoints: number;
  skippedUnknown: number;
}

/** Carries out the accepted objects of one request, in order. Whom each one means is looked up now, not when it was sent. */
export function applyWrites(writes: TrackWrites, target: ApplyTarget): ApplyTally {
  const tally: ApplyTally = { dataPoints: 0, skippedUnknown: 0 };
  for (const record of writes.attributes) {
    forProfile(record, target, tally, (profile) => {
      tally.dataPoints += applyAttributes(profile, record, target);
    });
  }
  for (const record of writes.events) {
    forProfile(record, target, tally, (profile) => {
      countOnce(profile.doings().events, String(record['name']), pastTime(record['time'], target.clock()));
      tally.dataPoints += 1;
    });
  }
  for (const record of writes.purchases) {
    forProfile(record, target, tally, (profile) => {
      applyPurchase(profile, record, target.clock());
      tally.dataPoints += 1;
    });
  }
  return tally;
}

function forProfile(
  record: JsonObject,
  { profiles }: ApplyTarget,
  tally: ApplyTally,
  change: (profile: Profile) => void,
): void {
  const identity = readIdentity(record);
  if (identity === undefined) return;
  const known = profiles.find(identity);
  const profile = known ?? (mayCreate(record, identity) ? profiles.create(identity) : undefined);
  if (profile === undefined) {
    tally.skippedUnknown += 1;
    return;
  }
  change(profile);
  profiles.touch(profile);
}

/** An alias-only profile is only made when the key says false outright; for the others saying nothing is enough. */
function mayCreate(record: JsonObject, identity: Identity): boolean {
  const updateOnly = record['_update_existing_only'];
  return identity.kind === 'alias' ? updateOnly === false : updateOnly !== true;
}

function applyAttributes(profile: Profile, record: JsonObject, target: ApplyTarget): number {
  let dataPoints = 0;
  for (const name in record) {
    if (DIRECTIVE_KEYS.has(name)) continue;
    const value = record[name];
    const applied = STANDARD_FIELDS.has(name)
      ? applyStandardField(profile, name, value, target.profiles)
      : applyCustomAttribute(profile, name, value, record, target);
    if (applied) dataPoints += 1;
  }
  return dataPoints;
}

function applyStandardField(profile: Profile, name: string, value: unknown, profiles: ProfileStore): boolean {
  const stored = value === null ? null : STANDARD_FIELDS.get(name)?.(value);
  if (stored === undefined) return false;
  if (name !== 'email' && name !== 'phone') profile.setField(name, stored);
  else profiles.setContact(profile, name, typeof stored === 'string' ? stored : null);
  return true;
}

function applyCustomAttribute(
  profile: Profile,
  name: string,
  written: unknown,
  record: JsonObject,
  { registry, settings }: ApplyTarget,
): boolean {
  if (name.length > MAX_TEXT_LENGTH) return false;
  const known = registry.get(name);
  if (known === undefined && written === null) return false;
  const attribute = known ?? registry.touch(name, () => detectType(written));
  if (attribute.status === 'Blocklisted') return false;
  const next = nextValue(profile.attributes?.get(name), written, attribute, {
    mergeObjects: record['_merge_objects'] === true,
    overflowOnSet: settings.overflowOnSet,
  });
  if (next === undefined) return false;
  profile.setAttribute(name, next);
  return true;
}

function applyPurchase(profile: Profile, record: JsonObject, nowMs: number): void {
  const { product_id: productId, price, quantity } = record;
  const doings = profile.doings();
  countOnce(doings.purchases, String(productId), pastTime(record['time'], nowMs));
  doings.revenue += Number(price) * Number(quantity ?? 1);
}

/** Nothing is de-duplicated: the same event sent twice counts twice. */
function countOnce(counts: Map<string, Tally>, name: string, time: string): void {
  const before = counts.get(name);
  if (before === undefined) counts.set(name, { first: time, last: time, count: 1 });
  else {
    before.count += 1;
    if (time < before.first) before.first = time;
    if (time > before.last) before.last = time;
  }
}

/** Times in the future become now. */
function pastTime(time: unknown, nowMs: number): string {
  return new Date(Math.min(Date.parse(String(time)), nowMs)).toISOString();
}
