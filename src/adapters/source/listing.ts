import { type AudienceSource } from '../../contract/activation';
import { fault, success, type Outcome } from '../../contract/errors';
import { type Bucket, type ListedObject } from '../bucket/bucket';

/** Longest pause before a prefix is looked at again: `_SUCCESS` may come at any time and ends the waiting. */
const LONGEST_PAUSE_MS = 60_000;

/** What there is to read, and where: the newest folder has become a prefix like any other. */
export interface CompleteListing {
  source: AudienceSource;
  objects: ListedObject[];
}

/** How a source is listed. */
export interface ListingOptions {
  signal?: AbortSignal | undefined;
  /** Location of the newest folder that was read before: no older one beside it is taken for the newest. */
  notBefore?: string | undefined;
}

/** Lists a source, or says why it cannot be read yet. */
export type ListSource = (
  bucket: Bucket,
  source: AudienceSource,
  options?: ListingOptions,
) => Promise<Outcome<CompleteListing>>;

/** The source's objects if they are complete by evidence: one whole object, or a prefix that says so or is quiet. */
export const completeListing: ListSource = async (bucket, source, options = {}) => {
  if (source.newestUnder !== undefined) return newestFolder(bucket, source, source.newestUnder, options);
  const listed = await listPlace(bucket, source, options.signal);
  return listed.ok ? success({ source, objects: listed.value }) : listed;
};

async function listPlace(
  bucket: Bucket,
  source: AudienceSource,
  signal?: AbortSignal,
): Promise<Outcome<ListedObject[]>> {
  const found = await find(bucket, source, signal);
  if (!found.ok) return found;
  const pinned = await manifestOf(bucket, source, signal);
  if (!pinned.ok) return pinned;
  const { objects, serverTimeMs } = found.value;
  const manifest = pinned.value;
  const marker = manifest ?? found.value.marker;
  if (objects.length === 0) return nothingThere(bucket, source);
  if (source.prefix === undefined) return success(objects);
  const newestMs = Math.max(...objects.map((object) => object.lastModifiedMs));
  // A manifest was asked for by itself, and such an answer tells whole seconds, where a listing may tell fractions.
  const newestComparedMs = manifest === undefined ? newestMs : Math.floor(newestMs / 1_000) * 1_000;
  if (marker !== undefined && marker.lastModifiedMs >= newestComparedMs) return success(objects);
  // The clock that answers counts whole seconds, so it may seem to lag behind what has just been written.
  const ageMs = Math.max(0, serverTimeMs - newestMs);
  const remainingMs = source.quietSeconds * 1_000 - ageMs;
  return remainingMs <= 0 ? success(objects) : notQuiet(location(bucket, source), remainingMs);
}

/** The manifest as it now lies there; whether it agrees with the files is for the reader to say. */
async function manifestOf(
  bucket: Bucket,
  { manifestKey }: AudienceSource,
  signal?: AbortSignal,
): Promise<Outcome<ListedObject | undefined>> {
  return manifestKey === undefined ? success(undefined) : bucket.head(manifestKey, signal);
}

/**
 * The last folder by name that is complete. One that is still being written is passed over, since the one before it is
 * whole; one that is marked complete and holds nothing is not: whoever marked it meant something. Nothing older than what
 * was read before is taken: a folder that is written again would otherwise bring an older list back.
 */
async function newestFolder(
  bucket: Bucket,
  { newestUnder: _, ...source }: AudienceSource,
  parent: string,
  { signal, notBefore }: ListingOptions,
): Promise<Outcome<CompleteListing>> {
  const under = parent.endsWith('/') ? parent : `${parent}/`;
  const folders = await bucket.folders(under, signal);
  if (!folders.ok) return folders;
  const readBefore = notBefore?.startsWith(location(bucket, { ...source, prefix: under })) ? notBefore : '';
  let newest: Outcome<never> | undefined;
  for (const prefix of folders.value
    .filter((folder) => isData(folder.slice(under.length, -1)))
    .sort()
    .reverse()) {
    const place = { ...source, prefix };
    if (location(bucket, place) < readBefore) return newest ?? olderOnly(location(bucket, place), readBefore);
    const listed = await listPlace(bucket, place, signal);
    if (listed.ok) return success({ source: place, objects: listed.value });
    const { code } = listed.fault;
    if (code === 'SOURCE_NOT_QUIET') newest ??= listed;
    else if (code !== 'SOURCE_NOT_FOUND') return listed;
    else if (await isMarked(bucket, prefix, signal)) return listed;
  }
  return newest ?? fault('SOURCE_NOT_FOUND', `No folder with data lies under s3://${bucket.name}/${under}.`);
}

async function isMarked(bucket: Bucket, prefix: string, signal?: AbortSignal): Promise<boolean> {
  const marker = await bucket.head(`${prefix}_SUCCESS`, signal);
  return !marker.ok || marker.value !== undefined;
}

/** Not waited for here: there is one place for such work in a worker, and others can use it meanwhile. */
function notQuiet(where: string, remainingMs: number): Outcome<never> {
  const seconds = Math.ceil(remainingMs / 1_000);
  const message = `${where} changed a moment ago and is quiet in ${seconds} s at the earliest.`;
  const retryAfterMs = Math.min(Math.ceil(remainingMs), LONGEST_PAUSE_MS);
  return { ok: false, fault: { code: 'SOURCE_NOT_QUIET', message, retryAfterMs } };
}

function olderOnly(where: string, readBefore: string): Outcome<never> {
  const message = `${readBefore} was read before and is not complete now; ${where} is older and is not taken instead.`;
  return { ok: false, fault: { code: 'SOURCE_NOT_QUIET', message, retryAfterMs: LONGEST_PAUSE_MS } };
}

/** SOURCE_CHANGED unless the source still consists of exactly these objects. */
export async function requireUnchanged(
  bucket: Bucket,
  source: AudienceSource,
  pinned: readonly ListedObject[],
  signal?: AbortSignal,
): Promise<Outcome<void>> {
  const found = await find(bucket, source, signal);
  if (!found.ok) return found;
  const difference = firstDifference(pinned, found.value.objects);
  return difference === undefined
    ? success(undefined)
    : fault('SOURCE_CHANGED', `${location(bucket, source)} changed while it was read: ${difference}.`);
}

function firstDifference(
  before: readonly ListedObject[],
  after: readonly ListedObject[],
): string | undefined {
  const now = new Map(after.map((object) => [object.key, object]));
  for (const { key, etag, bytes } of before) {
    const same = now.get(key);
    if (same === undefined) return `${key} is gone`;
    if (same.etag !== etag || same.bytes !== bytes) return `${key} was replaced`;
    now.delete(key);
  }
  const [added] = now.keys();
  return added === undefined ? undefined : `${added} was added`;
}

interface Found {
  objects: ListedObject[];
  /** `_SUCCESS`, which Spark and Hadoop write last. */
  marker: ListedObject | undefined;
  serverTimeMs: number;
}

async function find(bucket: Bucket, source: AudienceSource, signal?: AbortSignal): Promise<Outcome<Found>> {
  if (source.prefix === undefined) {
    const object = await bucket.head(source.key ?? '', signal);
    if (!object.ok) return object;
    const objects = object.value === undefined ? [] : [object.value];
    return success({ objects, marker: undefined, serverTimeMs: 0 });
  }
  const found: Found = { objects: [], marker: undefined, serverTimeMs: 0 };
  for await (const page of bucket.pages(source.prefix, signal)) {
    if (!page.ok) return page;
    found.serverTimeMs = page.value.serverTimeMs;
    for (const object of page.value.objects) {
      const inner = object.key.slice(source.prefix.length).replace(/^\//, '');
      if (inner === '_SUCCESS') found.marker = object;
      else if (isData(inner) && object.key !== source.manifestKey) found.objects.push(object);
    }
  }
  return success(found);
}

/** Folder marks and everything hidden, as data tools understand hidden, are not data. */
function isData(inner: string): boolean {
  return (
    !inner.endsWith('/') && !inner.split('/').some((part) => part.startsWith('_') || part.startsWith('.'))
  );
}

function nothingThere(bucket: Bucket, source: AudienceSource): Outcome<never> {
  return fault('SOURCE_NOT_FOUND', `Nothing lies at ${location(bucket, source)}.`);
}

/** Where a source lies, for people. */
export function location(bucket: Pick<Bucket, 'name'>, source: AudienceSource): string {
  return `s3://${bucket.name}/${source.prefix ?? source.key ?? ''}`;
}
