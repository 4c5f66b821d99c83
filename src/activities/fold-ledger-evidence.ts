import { createHash } from 'node:crypto';
import { appendFile, writeFile } from 'node:fs/promises';
import { type Bucket, type ListedObject } from '../adapters/bucket/bucket';
import { type ExceptionLine } from '../adapters/duckdb/jobs';
import { type PlanReference, type SliceReference } from '../contract/objects';
import { mergeAttempts, type OutcomeExceptions, type OutcomeStretch } from '../domain/slice-outcomes';
import {
  parseReceiptKey,
  parseStartedKey,
  receiptsPrefix,
  startedPrefix,
  type AudienceFolder,
} from '../domain/state-layout';
import { type Scratch } from './audience-data-scratch';
import { throwFault, valueOf } from './failure';
import { parseStateObject } from './state-objects';

/** Names that a run's sending left behind. */
export interface RunTraces {
  started: ListedObject[];
  receipts: ListedObject[];
}

/** Which of a run's slices left what. A listing shows every object whose upload was acknowledged before it began. */
export async function listTraces(
  bucket: Bucket,
  folder: AudienceFolder,
  generation: number,
  signal: AbortSignal,
): Promise<RunTraces> {
  const started = valueOf(await bucket.list(startedPrefix(folder, generation), signal));
  const receipts = valueOf(await bucket.list(receiptsPrefix(folder, generation), signal));
  return { started, receipts };
}

/** Slices read at once: receipts are small, and a slow bucket is the only cost. */
const PARALLEL_SLICES = 8;

/** Writes what was not accepted of a plan, by row of its Parquet files, as the exceptions file that the jobs read. */
export async function writeExceptions(
  bucket: Bucket,
  plan: PlanReference,
  traces: RunTraces,
  scratch: Scratch,
  file: string,
): Promise<void> {
  const list = valueOf(await bucket.getBytes(plan.slices, scratch.signal));
  const slices = valueOf(parseStateObject.sliceList(plan.slices.key, list));
  const attempts = groupBySlice(traces);
  await writeFile(file, '');
  for (let at = 0; at < slices.length; at += PARALLEL_SLICES) {
    const batch = slices.slice(at, at + PARALLEL_SLICES);
    const merged = await Promise.all(
      batch.map((slice) => sliceStretches(bucket, slice, attempts.get(sliceName(slice)), scratch.signal)),
    );
    const lines = batch.map((slice, index) =>
      exceptionLines(slice, plan.membersPerSlice, merged[index] ?? []),
    );
    await appendFile(file, lines.join(''));
  }
}

interface SliceTraces {
  /** Attempts that left a marker before their first request. */
  started: Set<string>;
  reported: Set<string>;
  receipts: { key: string; sha16: string }[];
}

/** Of a slice that no attempt ever began. */
const UNTOUCHED: Readonly<SliceTraces> = { started: new Set(), reported: new Set(), receipts: [] };

function groupBySlice({ started, receipts }: RunTraces): Map<string, SliceTraces> {
  const slices = new Map<string, SliceTraces>();
  const of = (slice: Pick<SliceReference, 'operation' | 'index'>) => {
    const name = sliceName(slice);
    const found = slices.get(name) ?? { started: new Set(), reported: new Set(), receipts: [] };
    slices.set(name, found);
    return found;
  };
  for (const { key } of started) {
    const attempt = parseStartedKey(key);
    if (attempt !== undefined) of(attempt).started.add(attempt.attempt);
  }
  for (const { key } of receipts) {
    const attempt = parseReceiptKey(key);
    if (attempt === undefined) continue;
    of(attempt).reported.add(attempt.attempt);
    of(attempt).receipts.push({ key, sha16: attempt.sha16 });
  }
  return slices;
}

async function sliceStretches(
  bucket: Bucket,
  slice: SliceReference,
  traces: SliceTraces | undefined,
  signal: AbortSignal,
): Promise<OutcomeStretch[]> {
  const { started, reported, receipts: named } = traces ?? UNTOUCHED;
  const receipts: OutcomeExceptions[] = [];
  for (const receipt of named) receipts.push(await readReceipt(bucket, slice, receipt, signal));
  const silent = [...started].filter((attempt) => !reported.has(attempt)).length;
  return mergeAttempts(slice.members, receipts, silent) ?? corrupt(`Receipts of ${sliceName(slice)}`);
}

/** A listed receipt is verified by the checksum in its name. */
async function readReceipt(
  bucket: Bucket,
  slice: SliceReference,
  receipt: { key: string; sha16: string },
  signal: AbortSignal,
): Promise<OutcomeExceptions> {
  const body = valueOf(await bucket.read(receipt.key, signal));
  const sha256 = createHash('sha256').update(body).digest('hex');
  if (!sha256.startsWith(receipt.sha16)) return corrupt(receipt.key);
  const parsed = valueOf(parseStateObject.receiptBody(receipt.key, body));
  const same =
    parsed.operation === slice.operation && parsed.index === slice.index && parsed.members === slice.members;
  return same ? parsed : corrupt(receipt.key);
}

function exceptionLines(
  { operation, index }: SliceReference,
  membersPerSlice: number,
  stretches: OutcomeStretch[],
): string {
  const offset = index * membersPerSlice;
  const line = ({ first, last, ...rest }: OutcomeStretch): ExceptionLine => ({
    ...{ operation, first: first + offset, last: last + offset },
    ...rest,
  });
  return stretches.map((stretch) => `${JSON.stringify(line(stretch))}\n`).join('');
}

function sliceName({ operation, index }: Pick<SliceReference, 'operation' | 'index'>): string {
  return `${operation}-${index}`;
}

function corrupt(what: string): never {
  return throwFault({ code: 'STATE_CORRUPT', message: `${what}: the content does not match the name.` });
}
