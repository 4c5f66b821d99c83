import {
  type ChangeOperation,
  type LedgerReference,
  type ObjectReference,
  type OutcomeCounts,
  type PlanReference,
} from '../contract/objects';
import { refusedMembersKey } from '../domain/state-layout';
import { folderOf, randomName, type AudienceDataAdapters } from './audience-data-adapters';
import { withScratch, type Scratch } from './audience-data-scratch';
import { valueOf } from './failure';
import { listTraces, writeExceptions } from './fold-ledger-evidence';
import { fetchLedger, fetchPlan, storeLedger } from './fold-ledger-store';

/** Which run's receipts are folded into which ledger. */
export interface FoldLedgerInput {
  integration: string;
  audienceKey: string;
  generation: number;
  ledger?: LedgerReference | undefined;
  plan: PlanReference;
}

/** The new ledger and what became of the plan. */
export interface FoldLedgerResult {
  ledger: LedgerReference;
  outcomes: Record<ChangeOperation, OutcomeCounts>;
  /** NDJSON of `{id, operation, reason}`: members that Braze refused. */
  rejected?: ObjectReference | undefined;
  /** True if no request of this run can have reached Braze; the ledger is then the one before. */
  sentNothing: boolean;
}

/**
 * Makes the next ledger out of the last one and what Braze answered to this run's slices.
 * A retry is safe: it reads the same immutable objects and writes under a new random name; only the result that the workflow
 * commits counts. Bounded by the heartbeat and the activity's time-out. Reads fresh: the listings of markers and receipts, so
 * that a slice whose activity died is seen too.
 */
export async function foldLedger(
  adapters: AudienceDataAdapters,
  input: FoldLedgerInput,
): Promise<FoldLedgerResult> {
  return withScratch(adapters.workDir, async (scratch) => {
    const { generation, plan } = input;
    const folder = folderOf(adapters, input);
    const traces = await listTraces(adapters.stateBucket, folder, generation, scratch.signal);
    const sentNothing = traces.started.length === 0 && traces.receipts.length === 0;
    if (sentNothing && input.ledger !== undefined) {
      return { ledger: input.ledger, outcomes: allUnsent(plan), sentNothing };
    }
    const exceptions = scratch.file('exceptions.ndjson');
    await writeExceptions(adapters.stateBucket, plan, traces, scratch, exceptions);
    const before = await fetchLedger(adapters, input.ledger, scratch);
    const [path, refused] = [scratch.file('ledger-after.parquet'), scratch.file('refused.ndjson')];
    const files = await fetchPlan(adapters, plan, scratch);
    const job = { kind: 'fold', scratch: scratch.directory, ledger: before.path, plan: files } as const;
    const io = { exceptions, generation, output: path, rejected: refused };
    const { outcomes, ...size } = valueOf(await adapters.duckdb.run({ ...job, ...io }, scratch.signal));
    const place = { folder, generation, previous: input.ledger };
    const after = { ...size, path, foldedCorrections: before.foldedCorrections };
    const ledger = await storeLedger(adapters, place, after, [{ generation, ...outcomes }], scratch.signal);
    const anyRefused = outcomes.add.rejected + outcomes.remove.rejected > 0;
    const rejected = anyRefused ? await uploadRefused(adapters, input, refused, scratch) : undefined;
    return { ledger, outcomes, sentNothing, ...(rejected === undefined ? {} : { rejected }) };
  });
}

async function uploadRefused(
  adapters: AudienceDataAdapters,
  input: FoldLedgerInput,
  file: string,
  { signal }: Scratch,
): Promise<ObjectReference> {
  const key = refusedMembersKey(folderOf(adapters, input), input.generation, randomName());
  return valueOf(await adapters.stateBucket.putFile(key, file, signal));
}

function allUnsent(plan: PlanReference): Record<ChangeOperation, OutcomeCounts> {
  const unsent = (n: number) => ({ accepted: 0, rejected: 0, unknown: 0, unsent: n });
  return { add: unsent(plan.counts.add), remove: unsent(plan.counts.remove) };
}
