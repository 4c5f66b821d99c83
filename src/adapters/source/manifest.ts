import { z } from 'zod';
import { fault, success, type Outcome } from '../../contract/errors';
import { type Bucket, type ListedObject } from '../bucket/bucket';

/** What a manifest says about one file. */
export interface ManifestEntry {
  /** Key in the source's bucket. */
  key: string;
  bytes?: number | undefined;
  rows?: number | undefined;
}

/** A manifest as it was read: the object, and the files that make the source whole. */
export interface Manifest {
  object: ListedObject;
  entries: ManifestEntry[];
}

/** A list of files; many times what a prefix of a sensible layout holds. */
const MOST_BYTES = 16 * 1024 * 1024;

const count = z.int().min(0);

/**
 * What Redshift's UNLOAD … MANIFEST writes, with VERBOSE or without, and what its COPY takes.
 * https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html and
 * https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html (2026-11-22)
 */
const manifestSchema = z.strictObject({
  entries: z
    .array(
      z.strictObject({
        url: z.string().regex(/^s3:\/\/[^/]+\/.+/, 'is no s3:// address of an object'),
        mandatory: z.boolean().optional(),
        meta: z.looseObject({ content_length: count.optional(), record_count: count.optional() }).optional(),
      }),
    )
    .min(1),
  schema: z.unknown().optional(),
  meta: z.unknown().optional(),
  author: z.unknown().optional(),
});

/** Reads the manifest of a source and pins it. */
export async function readManifest(
  bucket: Bucket,
  key: string,
  signal?: AbortSignal,
): Promise<Outcome<Manifest>> {
  const where = `s3://${bucket.name}/${key}`;
  const object = await bucket.head(key, signal);
  if (!object.ok) return object;
  if (object.value === undefined) return fault('SOURCE_NOT_FOUND', `No manifest lies at ${where}.`);
  if (object.value.bytes > MOST_BYTES) {
    return fault('SOURCE_UNREADABLE', `${where}: is longer than the 16 MiB that a manifest may have.`);
  }
  const body = await bucket.read(key, signal);
  if (!body.ok) return body;
  if (body.value.length !== object.value.bytes) return changed(where);
  const parsed = manifestSchema.safeParse(jsonOf(body.value));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
    return fault('SOURCE_UNREADABLE', `${where}: is no manifest as UNLOAD writes it; look at ${place}.`);
  }
  const prefix = `s3://${bucket.name}/`;
  const elsewhere = parsed.data.entries.find(({ url }) => !url.startsWith(prefix));
  if (elsewhere !== undefined) {
    return fault('SOURCE_INCOMPLETE', `${where}: names ${elsewhere.url}, which lies in another bucket.`);
  }
  const entries = parsed.data.entries.map(({ url, meta }) => ({
    key: url.slice(prefix.length),
    bytes: meta?.content_length,
    rows: meta?.record_count,
  }));
  return success({ object: object.value, entries });
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** SOURCE_INCOMPLETE, naming the first difference, unless what lies there is just what the manifest lists. */
export function requireListed(manifest: Manifest, there: readonly ListedObject[]): Outcome<void> {
  const unlisted = new Map(there.map((object) => [object.key, object]));
  for (const { key, bytes } of manifest.entries) {
    const object = unlisted.get(key);
    if (object === undefined) return incomplete(`${key}: is in the manifest, but not in the source.`);
    if (bytes !== undefined && bytes !== object.bytes) {
      return incomplete(`${key}: has ${object.bytes} bytes; the manifest says ${bytes}.`);
    }
    unlisted.delete(key);
  }
  const [extra] = unlisted.keys();
  return extra === undefined
    ? success(undefined)
    : incomplete(`${extra}: lies in the source, but not in the manifest.`);
}

function incomplete(message: string): Outcome<never> {
  return fault('SOURCE_INCOMPLETE', message);
}

/** SOURCE_CHANGED unless the manifest is still the one that was read. */
export async function requireSameManifest(
  bucket: Bucket,
  { object }: Manifest,
  signal?: AbortSignal,
): Promise<Outcome<void>> {
  const now = await bucket.head(object.key, signal);
  if (!now.ok) return now;
  const same = now.value?.etag === object.etag && now.value.bytes === object.bytes;
  return same ? success(undefined) : changed(`s3://${bucket.name}/${object.key}`);
}

function changed(where: string): Outcome<never> {
  return fault('SOURCE_CHANGED', `${where}: was replaced while the source was read.`);
}
