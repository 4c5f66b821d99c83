import { ApplicationFailure, Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { type BrazeConnection } from '../adapters/braze/connection';
import { type RequestBudget } from '../adapters/braze/budget';
import { type Fault } from '../contract/errors';
import { type BrazeSettings } from '../contract/integration';
import {
  type ChangeOperation,
  type OutcomeCounts,
  type PlanReference,
  type SliceReceipt,
} from '../contract/objects';
import { TIMING } from '../contract/timing';
import { SliceOutcomes } from '../domain/slice-outcomes';
import { objectAffixes, type TrackShape } from '../domain/track-body';
import { throwFault } from './failure';
import { activityBeat, HeartbeatLease, type BeatAnswer } from './heartbeat-lease';
import { SliceSender } from './slice-sender';
import { type RunKey, type SliceStore } from './slice-store';

/** Which slice to send, and how. */
export interface SendSliceInput extends RunKey {
  braze: BrazeSettings;
  shape: Omit<TrackShape, 'operation'>;
  plan: PlanReference;
  operation: ChangeOperation;
  index: number;
}

/** Details of a slice's heartbeats, read by whoever shows progress. */
export interface SliceProgress {
  operation: ChangeOperation;
  index: number;
  /** 0 until the slice was read. */
  members: number;
  counts: OutcomeCounts;
}

/** What sending needs from its process. */
export interface SendSlicePorts {
  store: SliceStore;
  /** A connection shared by every slice of this process, and a budget shared by every process on the workspace. */
  openBraze(workspace: {
    integration: string;
    braze: BrazeSettings;
  }): Promise<{ connection: BrazeConnection; budget: RequestBudget }>;
  /** Whether the run may still write; asks the integration's entity. */
  holds(run: RunKey): Promise<boolean>;
  /** A heartbeat that resolves with Temporal's acknowledgement. */
  heartbeat(taskToken: Uint8Array, details: SliceProgress): Promise<BeatAnswer>;
  /** Told what an attempt has added to what was known of its slice, once that is written down. */
  onReceipt?(input: SendSliceInput, before: OutcomeCounts, after: OutcomeCounts): void;
}

/** The activities of the `brazier-send` queue that write. */
export function createSendActivities(ports: SendSlicePorts) {
  return {
    /**
     * Sends one slice and writes its receipt.
     * Safe to retry: adds and removes are idempotent, an attempt writes only new objects, and it sends only what no
     * earlier receipt of the slice has an answer for. Bounded by its heartbeat: no request starts unless Temporal
     * acknowledged one lately; heartbeats go on until the receipt is written. Reads fresh: that this generation still
     * holds the audience, the slice by its checksum, receipts of earlier attempts, and the key.
     */
    async sendSlice(input: SendSliceInput): Promise<SliceReceipt> {
      const slice: SliceUnderWay = { outcomes: new SliceOutcomes(0) };
      const lease = new HeartbeatLease({
        beat: activityBeat(
          Context.current(),
          (token, details: SliceProgress) => ports.heartbeat(token, details),
          () => progressOf(input, slice),
        ),
        intervalMs: TIMING.heartbeatIntervalMs,
        boundMs: TIMING.heartbeatBoundMs,
        now: () => performance.now(),
        epochMs: () => Date.now(),
      });
      const stopListening = endOnCancel(lease);
      lease.start();
      try {
        return await sendUnderLease(ports, input, slice, lease);
      } finally {
        stopListening();
        await lease.close();
      }
    },
  };
}

/** What is known of a slice so far; of nobody before it was read. */
interface SliceUnderWay {
  outcomes: SliceOutcomes;
}

function progressOf({ operation, index }: SendSliceInput, { outcomes }: SliceUnderWay): SliceProgress {
  return { operation, index, members: outcomes.members, counts: outcomes.counts() };
}

/** Ends the lease when the worker learns that the attempt should stop; answers how to stop listening. */
function endOnCancel(lease: HeartbeatLease): () => void {
  const context = Context.current();
  const { cancellationSignal } = context;
  const onAbort = () => {
    const { notFound, timedOut } = context.cancellationDetails ?? {};
    lease.end(notFound === true || timedOut === true ? 'lost' : 'cancelled');
  };
  cancellationSignal.addEventListener('abort', onAbort);
  if (cancellationSignal.aborted) onAbort();
  return () => cancellationSignal.removeEventListener('abort', onAbort);
}

function foreignReceipt({ operation, index }: SendSliceInput): Fault {
  return {
    code: 'STATE_CORRUPT',
    message: `a receipt of ${operation} slice ${index} names lines it does not have`,
  };
}

async function sendUnderLease(
  ports: SendSlicePorts,
  input: SendSliceInput,
  slice: SliceUnderWay,
  lease: HeartbeatLease,
): Promise<SliceReceipt> {
  const { store } = ports;
  const { plan, operation, index } = input;
  await checkGeneration(ports, input);
  const { lines } = await store.readSlice(plan, operation, index);
  const outcomes = new SliceOutcomes(lines.length);
  for (const receipt of await store.readReceipts(input, operation, index)) {
    if (!outcomes.mergeReceipt(receipt)) throwFault(foreignReceipt(input));
  }
  slice.outcomes = outcomes;
  const before = outcomes.counts();
  const braze = await ports.openBraze(input);
  throwIfLost(lease);
  const attempt = await store.writeStarted(input, { operation, index, members: lines.length, plan });
  const tally = await createSender(input, lines, outcomes, braze, lease).run();
  const receipt = await store.writeReceipt(input, attempt, {
    operation,
    index,
    members: outcomes.members,
    ...outcomes.exceptions(),
  });
  ports.onReceipt?.(input, before, outcomes.counts());
  throwIfLost(lease);
  const { cancellationDetails, info } = Context.current();
  // A worker that shuts down hands the slice back: what is in the receipt will not be sent again.
  if (cancellationDetails?.workerShutdown) throw new CancelledFailure('WORKER_SHUTDOWN');
  const { requests, retries, throttled, stopped } = tally;
  const counts = outcomes.counts();
  return { operation, index, counts, receipt, attempt: info.attempt, requests, retries, throttled, stopped };
}

async function checkGeneration(ports: SendSlicePorts, input: SendSliceInput): Promise<void> {
  if (!(await ports.holds(input))) {
    throwFault({
      code: 'GENERATION_CLOSED',
      message: `generation ${input.generation} no longer holds the audience`,
    });
  }
  if (await ports.store.hasOtherPlan(input, input.plan)) {
    const message = `generation ${input.generation} has begun to send another plan; a new run recovers it`;
    throwFault({ code: 'GENERATION_CLOSED', message });
  }
}

function throwIfLost(lease: HeartbeatLease): void {
  if (lease.ended !== 'lost') return;
  throw ApplicationFailure.retryable('Temporal no longer counts on this attempt', 'ATTEMPT_LOST');
}

function createSender(
  { shape, operation, braze: { objectsPerRequest, connections } }: SendSliceInput,
  lines: readonly string[],
  outcomes: SliceOutcomes,
  { connection, budget }: { connection: BrazeConnection; budget: RequestBudget },
  lease: HeartbeatLease,
): SliceSender {
  const affixes = objectAffixes({ ...shape, operation });
  return new SliceSender(
    { lines, pending: outcomes.pending(), affixes, objectsPerRequest, concurrency: connections },
    {
      track: (body) => connection.request({ method: 'POST', path: '/users/track', body }),
      budget,
      gate: lease,
      backoffMs: (attempt) => Math.min(4_000, 250 * 2 ** (attempt - 1)) * (0.5 + Math.random()),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    outcomes,
  );
}
