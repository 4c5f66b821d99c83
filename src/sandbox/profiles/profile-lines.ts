import { type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { type AttributeRegistry, detectType } from '../attribute-registry';
import { isJsonObject, type JsonObject, parseJson } from '../json-values';
import { exportProfile, type Profile, type Tally } from './profile';
import { type ProfileStore } from './profile-store';
import { STANDARD_FIELDS } from './standard-fields';

/** Where loaded profiles go. */
export interface LoadTarget {
  profiles: ProfileStore;
  registry: AttributeRegistry;
}

/** The lines of a stream, without the empty ones. */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + (Buffer.isBuffer(chunk) ? decoder.write(chunk) : String(chunk))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  const last = rest + decoder.end();
  if (last.trim() !== '') yield last;
}

/** Writes lines in large pieces, ends the stream, and lets other work in between. */
export async function writeLines(lines: Iterable<string>, to: Writable): Promise<void> {
  await pipeline(inPieces(lines), to);
}

async function* inPieces(lines: Iterable<string>): AsyncGenerator<string> {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
    await new Promise(setImmediate);
  }
  yield piece;
}

/** One profile as a line: a user export, so a dump can be loaded again. */
export function profileLine(profile: Profile, profiles: ProfileStore): string {
  return JSON.stringify(exportProfile(profile, profiles.brazeIdOf(profile)));
}

/** One profile as a line of the state file: the same, with its place in the order of updates. */
export function stateLine(profile: Profile, profiles: ProfileStore): string {
  const exported = exportProfile(profile, profiles.brazeIdOf(profile));
  return JSON.stringify({ ...exported, sandbox_updated: profile.updated });
}

/**
 * Loads one line. A profile whose external id is known is changed, any other is made; null if the line is no profile.
 * Values are taken as they are, without the rules of `/users/track`: this is how a test says what a workspace holds.
 */
export function loadProfileLine(line: string, target: LoadTarget): Profile | null {
  const parsed = parseJson(line);
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const record = parsed.value;
  const profile = profileFor(record, target.profiles);
  for (const name of Object.keys(record)) {
    if (name === 'email' || name === 'phone') {
      const value = record[name];
      if (typeof value === 'string') target.profiles.setContact(profile, name, value);
    } else if (STANDARD_FIELDS.has(name)) profile.setField(name, record[name]);
  }
  loadAttributes(profile, record['custom_attributes'], target.registry);
  loadActivity(profile, record);
  const updated = record['sandbox_updated'];
  if (typeof updated === 'number') target.profiles.restoreUpdated(profile, updated);
  else target.profiles.touch(profile);
  return profile;
}

function profileFor(record: JsonObject, profiles: ProfileStore): Profile {
  const { external_id: externalId, created_at: createdAt, user_aliases: aliases } = record;
  const known =
    typeof externalId === 'string' ? profiles.find({ kind: 'external_id', id: externalId }) : undefined;
  const createdAtMs = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  const profile =
    known ?? profiles.append(Math.floor((Number.isNaN(createdAtMs) ? Date.now() : createdAtMs) / 1000));
  if (known === undefined && typeof externalId === 'string') profiles.setExternalId(profile, externalId);
  for (const alias of itemsOf(aliases)) {
    const { alias_name, alias_label } = alias;
    if (typeof alias_name === 'string' && typeof alias_label === 'string') {
      profiles.addAlias(profile, { alias_name, alias_label });
    }
  }
  return profile;
}

function loadAttributes(profile: Profile, attributes: unknown, registry: AttributeRegistry): void {
  if (!isJsonObject(attributes)) return;
  for (const [name, value] of Object.entries(attributes)) {
    registry.touch(name, () => detectType(value));
    profile.setAttribute(name, value);
  }
}

function loadActivity(profile: Profile, record: JsonObject): void {
  const { custom_events: events, purchases, total_revenue: revenue } = record;
  for (const item of itemsOf(events)) loadTally(profile.doings().events, item);
  for (const item of itemsOf(purchases)) loadTally(profile.doings().purchases, item);
  if (typeof revenue === 'number') profile.doings().revenue = revenue;
}

function loadTally(counts: Map<string, Tally>, { name, first, last, count }: JsonObject): void {
  if (typeof name !== 'string' || typeof first !== 'string') return;
  counts.set(name, { first, last: typeof last === 'string' ? last : first, count: Number(count ?? 1) });
}

function itemsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
