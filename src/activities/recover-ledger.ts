import { type LedgerReference, type PlanReference } from '../contract/objects';
import { type AudienceFolder } from '../domain/state-layout';
import { folderOf, type AudienceDataAdapters } from './audience-data-adapters';
import { withScratch, type Scratch } from './audience-data-scratch';
import { valueOf } from './failure';
import { listTraces, writeExceptions, type RunTraces } from './fold-ledger-evidence';
import { type LedgerManifest } from '../contract/schemas/state-objects';
import { parseStateObject } from './state-objects';
import { fetchLedger, fetchPlan, storeLedger, type LocalLedger } from './fold-ledger-store';
import { fetchNewCorrections } from './recover-ledger-corrections';

/** The last committed ledger and the generations that began after it and never committed. */
export interface RecoverLedgerInput {
  integration: string;
  audienceKey: string;
  /** Of the run that asks: new objects are named for it. */
  generation: number;
  ledger?: LedgerReference | undefined;
  open: number[];
}

/** The ledger that the run has to plan against. */
export interface RecoverLedgerResult {
  ledger?: LedgerReference | undefined;
  changed: boolean;
  /** Some slice of an open generation may still be on its way: no opposite write before the settle time. */
  inDoubt: boolean;
  correctionsFolded: number;
}

/**
 * Brings the ledger to the truth: folds what uncommitted runs have sent, oldest first, then what verification found since.
 * A retry is safe: it reads immutable objects and writes under a new random name; folding the same run twice gives the same
 * ledger. Bounded by the heartbeat and the activity's time-out. Reads fresh: all listings, since markers, receipts and
 * corrections may have come after the run that wrote them was given up.
 */
export async function recoverLedger(
  adapters: AudienceDataAdapters,
  input: RecoverLedgerInput,
): Promise<RecoverLedgerResult> {
  return withScratch(adapters.workDir, async (scratch) => {
    const folder = folderOf(adapters, input);
    let ledger = await fetchLedger(adapters, input.ledger, scratch);
    const outcomes: LedgerManifest['outcomes'] = [];
    for (const generation of [...input.open].sort((a, b) => a - b)) {
      const run = await foldOpenRun(adapters, folder, generation, ledger, scratch);
      if (run === undefined) continue;
      ledger = run.ledger;
      outcomes.push(run.outcome);
    }
    const corrected = await foldCorrections(adapters, folder, ledger, scratch);
    const { path } = corrected.ledger;
    const inDoubt = outcomes.some(({ add, remove }) => add.unknown + remove.unknown > 0);
    if (path === undefined || (outcomes.length === 0 && corrected.count === 0)) {
      const same = input.ledger === undefined ? {} : { ledger: input.ledger };
      return { ...same, changed: false, inDoubt, correctionsFolded: 0 };
    }
    const place = { folder, generation: input.generation, previous: input.ledger };
    const stored = await storeLedger(
      adapters,
      place,
      { ...corrected.ledger, path },
      outcomes,
      scratch.signal,
    );
    return { ledger: stored, changed: true, inDoubt, correctionsFolded: corrected.count };
  });
}

/** Folds one open run into the ledger; `undefined` if none of its requests can have reached Braze. */
async function foldOpenRun(
  adapters: AudienceDataAdapters,
  folder: AudienceFolder,
  generation: number,
  before: LocalLedger,
  scratch: Scratch,
): Promise<{ ledger: LocalLedger; outcome: LedgerManifest['outcomes'][number] } | undefined> {
  const traces = await listTraces(adapters.stateBucket, folder, generation, scratch.signal);
  const plan = await planOf(adapters, traces, scratch);
  if (plan === undefined) return undefined;
  const exceptions = scratch.file(`exceptions-g${generation}.ndjson`);
  await writeExceptions(adapters.stateBucket, plan, traces, scratch, exceptions);
  const path = scratch.file(`ledger-g${generation}.parquet`);
  const files = await fetchPlan(adapters, plan, scratch);
  const job = { kind: 'fold', scratch: scratch.directory, ledger: before.path, plan: files } as const;
  const io = {
    exceptions,
    generation,
    output: path,
    rejected: scratch.file(`refused-g${generation}.ndjson`),
  };
  const { outcomes, ...size } = valueOf(await adapters.duckdb.run({ ...job, ...io }, scratch.signal));
  const ledger = { ...size, path, foldedCorrections: before.foldedCorrections };
  return { ledger, outcome: { generation, ...outcomes } };
}

/** The plan of an open run, which its markers carry: the run's own history may be gone. */
async function planOf(
  { stateBucket }: AudienceDataAdapters,
  { started }: RunTraces,
  { signal }: Scratch,
): Promise<PlanReference | undefined> {
  const [marker] = started;
  if (marker === undefined) return undefined;
  const body = valueOf(await stateBucket.read(marker.key, signal));
  return valueOf(parseStateObject.startedMarker(marker.key, body)).plan;
}

async function foldCorrections(
  adapters: AudienceDataAdapters,
  folder: AudienceFolder,
  ledger: LocalLedger,
  scratch: Scratch,
): Promise<{ ledger: LocalLedger; count: number }> {
  const { stateBucket, duckdb } = adapters;
  const corrections = await fetchNewCorrections(stateBucket, folder, ledger.foldedCorrections, scratch);
  if (corrections.length === 0) return { ledger, count: 0 };
  const output = scratch.file('ledger-corrected.parquet');
  const files = corrections.map(({ path, generation }) => ({ path, generation }));
  const job = {
    kind: 'correct',
    scratch: scratch.directory,
    ledger: ledger.path,
    corrections: files,
    output,
  } as const;
  const size = valueOf(await duckdb.run(job, scratch.signal));
  const foldedCorrections = [...ledger.foldedCorrections, ...corrections.map(({ name }) => name)];
  return { ledger: { ...size, path: output, foldedCorrections }, count: corrections.length };
}
