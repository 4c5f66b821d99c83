import { createHash } from 'node:crypto';
import { type Activation } from '../contract/activation';
import {
  type ChangeOperation,
  type LedgerReference,
  type ObjectReference,
  type PlanCounts,
  type PlanReference,
  type SliceReference,
  type SnapshotReference,
} from '../contract/objects';
import { membersPerSlice, planCounts } from '../domain/plan-rules';
import { planFileKey, sliceKey, sliceListKey, type AudienceFolder } from '../domain/state-layout';
import { folderOf, randomName, type AudienceDataAdapters } from './audience-data-adapters';
import { withScratch, type Scratch } from './audience-data-scratch';
import { valueOf } from './failure';
import { blocksOfLines, type LineBlock } from './plan-run-slices';

/** What is compared with what. */
export interface PlanRunInput {
  activation: Activation;
  generation: number;
  snapshot: SnapshotReference;
  ledger?: LedgerReference | undefined;
  objectsPerRequest: number;
}

/** Slices in flight to the bucket at once; with the largest identifiers one takes about 50 MB. */
const PARALLEL_UPLOADS = 3;

/**
 * Decides who enters and who leaves, and lays the decision down as slices.
 * A retry is safe: it reads immutable objects and writes under a new random name; the hash comes out the same. Bounded by the
 * heartbeat and the activity's time-out. Reads nothing fresh: snapshot and ledger are verified against their checksums.
 */
export async function planRun(adapters: AudienceDataAdapters, input: PlanRunInput): Promise<PlanReference> {
  return withScratch(adapters.workDir, async (scratch) => {
    const { activation, ledger } = input;
    const job = planJob(input, scratch);
    const { stateBucket, duckdb } = adapters;
    valueOf(await stateBucket.download(input.snapshot.file, job.snapshot, scratch.signal));
    if (ledger !== undefined && job.ledger !== undefined) {
      valueOf(await stateBucket.download(ledger.file, job.ledger, scratch.signal));
    }
    const { totals, digests } = valueOf(await duckdb.run(job, scratch.signal));
    const counts = planCounts(activation.listAction, totals);
    const size = membersPerSlice(counts.add + counts.remove, input.objectsPerRequest);
    const place = {
      folder: folderOf(adapters, activation),
      generation: input.generation,
      random: randomName(),
    };
    const add = await uploadOperation(adapters, scratch, place, { operation: 'add', size, counts });
    const remove = await uploadOperation(adapters, scratch, place, { operation: 'remove', size, counts });
    const listKey = sliceListKey(place.folder, place.generation, place.random);
    const slices = valueOf(await stateBucket.putJson(listKey, [...add.slices, ...remove.slices]));
    return {
      hash: planHash(activation, counts, digests),
      counts,
      ...(add.file === undefined ? {} : { add: add.file }),
      ...(remove.file === undefined ? {} : { remove: remove.file }),
      membersPerSlice: size,
      slices,
      sliceCount: { add: add.slices.length, remove: remove.slices.length },
    };
  });
}

function planJob({ activation, ledger }: PlanRunInput, scratch: Scratch) {
  const files = (operation: ChangeOperation) => ({
    parquet: scratch.file(`${operation}.parquet`),
    lines: scratch.file(`${operation}.ndjson`),
  });
  return {
    kind: 'plan' as const,
    scratch: scratch.directory,
    snapshot: scratch.file('snapshot.parquet'),
    ledger: ledger === undefined ? undefined : scratch.file('ledger.parquet'),
    action: activation.listAction,
    identifier: activation.source.identifier,
    files: { add: files('add'), remove: files('remove') },
  };
}

/** Everything that an approver approves, in a form that no order of rows can change. */
function planHash(
  activation: Activation,
  counts: PlanCounts,
  digests: Record<ChangeOperation, string>,
): string {
  const { integration, attribute, audience, listAction, createProfiles, source } = activation;
  const approved = {
    integration,
    attribute,
    audience,
    identifier: source.identifier,
    listAction,
    createProfiles,
  };
  return createHash('sha256')
    .update(JSON.stringify({ ...approved, counts, digests }))
    .digest('hex');
}

interface PlanPlace {
  folder: AudienceFolder;
  generation: number;
  random: string;
}

/** Uploads one operation's Parquet and its slices, which are stretches of the same rows in the same order. */
async function uploadOperation(
  { stateBucket }: AudienceDataAdapters,
  { file, signal }: Scratch,
  { folder, generation, random }: PlanPlace,
  { operation, size, counts }: { operation: ChangeOperation; size: number; counts: PlanCounts },
): Promise<{ file?: ObjectReference; slices: SliceReference[] }> {
  if (counts[operation] === 0) return { slices: [] };
  const key = planFileKey(folder, generation, random, operation);
  const parquet = valueOf(await stateBucket.putFile(key, file(`${operation}.parquet`), signal));
  const slices: SliceReference[] = [];
  const send = async ({ index, lines, body }: LineBlock): Promise<SliceReference> => {
    const sliceAt = sliceKey(folder, generation, random, { operation, index });
    return {
      operation,
      index,
      members: lines,
      object: valueOf(await stateBucket.put(sliceAt, body, signal)),
    };
  };
  let waiting: LineBlock[] = [];
  for await (const block of blocksOfLines(file(`${operation}.ndjson`), size)) {
    waiting.push(block);
    if (waiting.length < PARALLEL_UPLOADS) continue;
    slices.push(...(await Promise.all(waiting.map(send))));
    waiting = [];
  }
  slices.push(...(await Promise.all(waiting.map(send))));
  return { file: parquet, slices };
}
