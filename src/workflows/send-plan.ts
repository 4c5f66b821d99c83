import { condition, isCancellation, sleep } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type Activation } from '../contract/activation';
import { ERROR_CATALOG, isErrorCode } from '../contract/errors';
import { type IntegrationSettings } from '../contract/integration';
import { type ChangeOperation, type PlanReference, type SliceReceipt } from '../contract/objects';
import { type RunError } from '../contract/run';
import { send } from './activity-proxies';

/** What sending a plan takes. */
export interface SendPlanInput {
  plan: PlanReference;
  generation: number;
  activation: Activation;
  settings: IntegrationSettings;
  isPaused: () => boolean;
  onSlice: (done: number, total: number) => void;
}

interface SliceKey {
  operation: ChangeOperation;
  index: number;
}

/** Slices under way at once: while one ends and the next begins, the other keeps the connections busy. */
const PARALLEL_SLICES = 2;
/** Waits between rounds for what is still unknown or unsent; Braze being away is waited out for a day. */
const UNAVAILABLE_ROUNDS = 150;
const UNKNOWN_ROUNDS = 3;
/** A pause that nobody ends within this time ends the run; what was sent is settled and committed. */
const LONGEST_PAUSE = '7 days';

/** How sending a plan went. */
export interface SendPlanResult {
  /** Why it stopped, if it did. */
  stopped?: RunError | undefined;
  /** Every slice was sent by its first attempt: nobody whom Temporal has given up on can still have a request under way. */
  isUndisturbed: boolean;
}

/**
 * Sends every slice of a plan, then again those with members of unknown outcome, until all are known or the rounds are
 * used up. On cancel the slices under way finish their requests and write receipts.
 */
export async function sendPlan(input: SendPlanInput): Promise<SendPlanResult> {
  let pending = allSlices(input.plan);
  const total = pending.length;
  let isUndisturbed = true;
  let roundsAway = 0;
  let roundsUnknown = 0;
  for (;;) {
    let left = pending.length;
    const receipts = await sendSlices(input, pending, (receipt) => {
      if (isFinished(receipt)) input.onSlice(total - (left -= 1), total);
    });
    isUndisturbed &&= receipts.every(({ attempt }) => attempt === 1);
    const stops = receipts.flatMap(({ stopped }) => stopped ?? []);
    const final = stops.find(({ code }) => code !== 'BRAZE_UNAVAILABLE');
    if (final) return { stopped: runError(final), isUndisturbed };
    pending = unfinished(pending, receipts);
    if (pending.length === 0) return { isUndisturbed };
    const [away] = stops;
    if (away && roundsAway >= UNAVAILABLE_ROUNDS) return { stopped: runError(away), isUndisturbed };
    if (!away && roundsUnknown >= UNKNOWN_ROUNDS) return { isUndisturbed };
    await sleep(roundDelayMs(away ? roundsAway++ : roundsUnknown++), {
      summary: `${pending.length} slices wait for Braze to answer`,
    });
  }
}

function allSlices({ sliceCount }: PlanReference): SliceKey[] {
  const slices = (operation: ChangeOperation) =>
    Array.from({ length: sliceCount[operation] }, (_, index) => ({ operation, index }));
  return [...slices('add'), ...slices('remove')];
}

async function whileNotPaused({ isPaused }: SendPlanInput): Promise<void> {
  if (!isPaused() || (await condition(() => !isPaused(), LONGEST_PAUSE, { summary: 'paused by a person' })))
    return;
  throw ApplicationFailure.nonRetryable(`nobody resumed the run within ${LONGEST_PAUSE}`, 'PAUSE_TIMED_OUT');
}

/** Ten seconds, doubled up to ten minutes. */
function roundDelayMs(round: number): number {
  return Math.min(600_000, 10_000 * 2 ** round);
}

async function sendSlices(
  input: SendPlanInput,
  slices: SliceKey[],
  onDone: (receipt: SliceReceipt) => void,
): Promise<SliceReceipt[]> {
  const receipts: SliceReceipt[] = [];
  const queue = [...slices];
  let failure: unknown;
  const lane = async () => {
    for (let slice = queue.shift(); slice; slice = queue.shift()) {
      await whileNotPaused(input);
      const receipt = await sendSlice(input, slice);
      receipts.push(receipt);
      if (receipt.stopped) queue.length = 0;
      onDone(receipt);
    }
  };
  // A lane that fails empties the queue and lets the other finish its slice: nothing may be under way when settling begins.
  const guarded = async () => {
    try {
      await lane();
    } catch (error) {
      queue.length = 0;
      if (failure === undefined || isCancellation(error)) failure = error;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_SLICES }, guarded));
  if (failure !== undefined) throw asError(failure);
  return receipts;
}

function asError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error(String(failure));
}

async function sendSlice(input: SendPlanInput, { operation, index }: SliceKey): Promise<SliceReceipt> {
  const { plan, generation, activation, settings } = input;
  const { integration, audienceKey, attribute, audience, createProfiles, source } = activation;
  const shape = { identifier: source.identifier, attribute, value: audience, createProfiles };
  return send.sendSlice.executeWithOptions(
    { summary: `${operation} slice ${index + 1} of ${plan.sliceCount[operation]}` },
    [{ integration, audienceKey, generation, braze: settings.braze, shape, plan, operation, index }],
  );
}

function unfinished(sent: SliceKey[], receipts: SliceReceipt[]): SliceKey[] {
  const finished = new Set(receipts.filter(isFinished).map((receipt) => sliceName(receipt)));
  return sent.filter((slice) => !finished.has(sliceName(slice)));
}

function isFinished({ counts }: SliceReceipt): boolean {
  return counts.unknown + counts.unsent === 0;
}

function sliceName({ operation, index }: SliceKey): string {
  return `${operation}-${index}`;
}

function runError({ code, message }: { code: string; message: string }): RunError {
  return { code, message, actor: isErrorCode(code) ? ERROR_CATALOG[code].actor : 'us' };
}
