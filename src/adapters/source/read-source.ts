import { join } from 'node:path';
import { type AudienceSource } from '../../contract/activation';
import { success, type Outcome } from '../../contract/errors';
import { type Bucket, type ListedObject } from '../bucket/bucket';
import { completeListing, location, requireUnchanged, type ListingOptions } from './listing';
import { readManifest, requireListed, requireSameManifest, type Manifest } from './manifest';
import { saveObject } from './save-object';

/** One source object as it now lies on disk. */
export interface LocalSourceFile {
  path: string;
  /** Key in its bucket. */
  name: string;
  compression: 'none' | 'zstd';
  /** Rows that it has to have, where a manifest says so. */
  expectedRows?: number | undefined;
}

/** A source that was read completely: what was listed is what was read is what is still there. */
export interface LocalSource {
  files: LocalSourceFile[];
  objects: number;
  /** As stored, hence compressed. */
  bytes: number;
  /** Exactly what was read. */
  listed: ListedObject[];
  /** Where it lies, for people. */
  location: string;
}

/** Reads a source into a directory completely, or says why that cannot be claimed. */
export type ReadSource = (
  bucket: Bucket,
  source: AudienceSource,
  directory: string,
  options: ListingOptions,
) => Promise<Outcome<LocalSource>>;

/** Objects in flight at once: enough to hide latency, few enough to be polite. */
const PARALLEL_READS = 4;

/** The one implementation of {@link ReadSource}. */
export const readSource: ReadSource = async (bucket, asked, directory, options) => {
  const { signal } = options;
  if (asked.manifestKey === undefined) return readListed(bucket, asked, directory, options);
  const manifest = await readManifest(bucket, asked.manifestKey, signal);
  if (!manifest.ok) return manifest;
  const read = await readListed(bucket, asked, directory, { ...options, manifest: manifest.value });
  if (!read.ok) return read;
  const same = await requireSameManifest(bucket, manifest.value, signal);
  return same.ok ? read : same;
};

async function readListed(
  bucket: Bucket,
  asked: AudienceSource,
  directory: string,
  { signal, notBefore, manifest }: ListingOptions & { manifest?: Manifest },
): Promise<Outcome<LocalSource>> {
  const listing = await completeListing(bucket, asked, { signal, notBefore });
  if (!listing.ok) return listing;
  const { source, objects: listed } = listing.value;
  const complete = manifest === undefined ? success(undefined) : requireListed(manifest, listed);
  if (!complete.ok) return complete;
  const rowsOf = new Map(manifest?.entries.map(({ key, rows }) => [key, rows]));
  const jobs = listed.map((object, index) => ({
    object,
    file: { ...localFile(source, object, index, directory), expectedRows: rowsOf.get(object.key) },
  }));
  for (let at = 0; at < jobs.length; at += PARALLEL_READS) {
    const batch = jobs.slice(at, at + PARALLEL_READS);
    const saved = await Promise.all(
      batch.map(({ object, file }) => saveObject(bucket, object, source, file.path, signal)),
    );
    for (const outcome of saved) if (!outcome.ok) return outcome;
  }
  const unchanged = await requireUnchanged(bucket, source, listed, signal);
  if (!unchanged.ok) return unchanged;
  const bytes = listed.reduce((sum, object) => sum + object.bytes, 0);
  const files = jobs.map(({ file }) => file);
  return success({ files, objects: jobs.length, bytes, listed, location: location(bucket, source) });
}

function localFile(
  source: AudienceSource,
  object: ListedObject,
  index: number,
  directory: string,
): LocalSourceFile {
  const path = join(directory, `source-${String(index).padStart(6, '0')}.${source.format}`);
  return { path, name: object.key, compression: source.compression === 'zstd' ? 'zstd' : 'none' };
}
