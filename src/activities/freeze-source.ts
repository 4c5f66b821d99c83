import { type Activation, type AudienceSource } from '../contract/activation';
import { fault, type Outcome } from '../contract/errors';
import { type BucketSettings } from '../contract/integration';
import { type SnapshotCounts, type SnapshotReference, type SourceSeen } from '../contract/objects';
import { snapshotKey, unusableRowsKey } from '../domain/state-layout';
import { folderOf, randomName, type AudienceDataAdapters } from './audience-data-adapters';
import { withScratch, type Scratch } from './audience-data-scratch';
import { valueOf } from './failure';
import { sourceBucket } from './source-bucket';
import { sourceDigest } from './source-digest';

/** Which source to freeze, and the bucket that it is in unless it names another. */
export interface FreezeSourceInput {
  activation: Activation;
  exchange: BucketSettings;
  generation: number;
  /** Location of the newest folder that a run of the audience has sent from. */
  notBefore?: string | undefined;
}

/**
 * Reads the source completely and keeps its distinct usable identifiers as an immutable snapshot.
 * A retry is safe: it lists and reads the source afresh and writes under a new random name; nobody sees the names of an
 * attempt that failed. A prefix that may still be written ends the attempt with the time until the next one. Bounded by the
 * heartbeat and by the activity's own time-out, which a prefix that never comes to rest would reach. Reads fresh: the source
 * and its listing, before and after.
 */
export async function freezeSource(
  adapters: AudienceDataAdapters,
  input: FreezeSourceInput,
): Promise<SnapshotReference> {
  return withScratch(adapters.workDir, async (scratch) => {
    const read = await readWholeSource(adapters, input, scratch);
    const { source } = input.activation;
    const [snapshot, rejected] = [scratch.file('snapshot.parquet'), scratch.file('rejected.ndjson')];
    const { idColumn, aliasLabelColumn, aliasLabel, identifier, format, csv } = source;
    const job = {
      kind: 'freeze',
      scratch: scratch.directory,
      files: read.files,
      snapshot,
      rejected,
    } as const;
    const columns = { idColumn, aliasLabelColumn, aliasLabel, identifier, format, csv };
    const frozen = valueOf(await adapters.duckdb.run({ ...job, ...columns }, scratch.signal));
    const { rejectedLines, ...rows } = frozen;
    valueOf(requireExpectedRows(source, read.location, rows.rows));
    const counts = { objects: read.objects, bytes: read.bytes, ...rows };
    const seen = { location: read.location, digest: sourceDigest(input, read.listed) };
    const kept = { snapshot, counts, seen, ...(rejectedLines > 0 ? { rejected } : {}) };
    return upload(adapters, input, scratch, kept);
  });
}

async function readWholeSource(adapters: AudienceDataAdapters, input: FreezeSourceInput, scratch: Scratch) {
  const { source } = input.activation;
  const bucket = valueOf(await adapters.openBucket(sourceBucket(source, input.exchange)));
  try {
    const { directory, signal } = scratch;
    return valueOf(
      await adapters.readSource(bucket, source, directory, { signal, notBefore: input.notBefore }),
    );
  } finally {
    bucket.close();
  }
}

function requireExpectedRows(
  { expectedRows }: AudienceSource,
  location: string,
  rows: number,
): Outcome<void> {
  if (expectedRows === undefined || expectedRows === rows) return { ok: true, value: undefined };
  const message = `${location}: has ${rows} rows; source.expectedRows says ${expectedRows}.`;
  return fault('SOURCE_INCOMPLETE', message);
}

interface FrozenFiles {
  snapshot: string;
  rejected?: string;
  counts: SnapshotCounts;
  seen: SourceSeen;
}

async function upload(
  adapters: AudienceDataAdapters,
  { activation, generation }: FreezeSourceInput,
  { signal }: Scratch,
  files: FrozenFiles,
): Promise<SnapshotReference> {
  const { stateBucket } = adapters;
  const [folder, random] = [folderOf(adapters, activation), randomName()];
  const key = snapshotKey(folder, generation, random);
  const file = valueOf(await stateBucket.putFile(key, files.snapshot, signal));
  const { counts, seen: source } = files;
  if (files.rejected === undefined) return { file, counts, source };
  const rejectedKey = unusableRowsKey(folder, generation, random);
  const rejected = valueOf(await stateBucket.putFile(rejectedKey, files.rejected, signal));
  return { file, rejected, counts, source };
}
