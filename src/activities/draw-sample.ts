import { type ObjectReference, type PlanReference } from '../contract/objects';
import { sampleKey } from '../domain/state-layout';
import { folderOf, randomName, type AudienceDataAdapters } from './audience-data-adapters';
import { withScratch } from './audience-data-scratch';
import { valueOf } from './failure';
import { listTraces, writeExceptions } from './fold-ledger-evidence';
import { fetchPlan } from './fold-ledger-store';

/** Of which run how many are to be read back. */
export interface DrawSampleInput {
  integration: string;
  audienceKey: string;
  generation: number;
  plan: PlanReference;
  entering: number | 'all';
  leaving: number | 'all';
}

/** The members to read back: NDJSON of `{id, operation}`, and how many there are. */
export interface DrawSampleResult {
  sample: ObjectReference;
  entering: number;
  leaving: number;
}

/**
 * Draws members whose change Braze accepted, spread over the slices and seeded by the plan's hash.
 * A retry is safe: it draws the same members and writes them under a new random name. Bounded by the heartbeat and the
 * activity's time-out. Reads fresh: the listing of receipts, final by the time that a run verifies.
 */
export async function drawSample(
  adapters: AudienceDataAdapters,
  input: DrawSampleInput,
): Promise<DrawSampleResult> {
  return withScratch(adapters.workDir, async (scratch) => {
    const { plan, generation } = input;
    const folder = folderOf(adapters, input);
    const traces = await listTraces(adapters.stateBucket, folder, generation, scratch.signal);
    const [exceptions, output] = [scratch.file('exceptions.ndjson'), scratch.file('sample.ndjson')];
    await writeExceptions(adapters.stateBucket, plan, traces, scratch, exceptions);
    const files = await fetchPlan(adapters, plan, scratch);
    const job = { kind: 'sample', scratch: scratch.directory, plan: files, exceptions, output } as const;
    const draw = { membersPerSlice: plan.membersPerSlice, seed: plan.hash };
    const take = { add: input.entering, remove: input.leaving };
    const drawn = valueOf(await adapters.duckdb.run({ ...job, ...draw, take }, scratch.signal));
    const key = sampleKey(folder, generation, randomName());
    const sample = valueOf(await adapters.stateBucket.putFile(key, output, scratch.signal));
    return { sample, entering: drawn.add, leaving: drawn.remove };
  });
}
