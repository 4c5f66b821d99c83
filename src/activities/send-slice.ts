import { ApplicationFailure, Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { type BrazeConnection } from '../adapters/braze/connection';
import { type RequestBudget } from '../adapters/braze/budget';
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
import { HeartbeatLease, type BeatAnswer } from './heartbeat-lease';
import { SliceSender, type SendTally } from './slice-sender';
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
  members: number;
  counts: OutcomeCounts;
}

/** What sending needs from its process. */
export interface SendSlicePorts {
  store: SliceStore;
  /** Connection and budget are per endpoint and key, shared by every slice of this process. */
  openBraze(settings: BrazeSettings): Promise<{ connection: BrazeConnection; budget: RequestBudget }>;
  /** Whether the run may still write; asks the integration's entity. */
  holds(run: RunKey): Promise<boolean>;
  /** A heartbeat that resolves with Temporal's acknowledgement. */
  heartbeat(taskToken: Uint8Array, details: SliceProgress): Promise<BeatAnswer>;
}

/** The activities of the `brazier-send` queue that write. */
export function createSendActivities(ports: SendSlicePorts) {
  return {
    /**
     * Sends one slice and writes its receipt.
     * Safe to retry: adds and removes are idempotent, an attempt writes only new objects, and it sends only what no
     * earlier receipt of the slice has an answer for. Bounded by its heartbeat: no request starts unless Temporal
     * acknowledged one lately. Reads fresh: that this generation still holds the audience, the slice by its checksum,
     * receipts of earlier attempts, and the key.
     */
    async sendSlice(input: SendSliceInput): Promise<SliceReceipt> {
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
      const { lines } = await ports.store.readSlice(input.plan, input.operation, input.index);
      const outcomes = new SliceOutcomes(lines.length);
      for (const receipt of await ports.store.readReceipts(input, input.operation, input.index)) {
        outcomes.mergeReceipt(receipt);
      }
      const { connection, budget } = await ports.openBraze(input.braze);
      const started = {
        operation: input.operation,
        index: input.index,
        members: lines.length,
        plan: input.plan,
      };
      const attempt = await ports.store.writeStarted(input, started);
      const tally = await sendUnderLease(ports, input, lines, outcomes, { connection, budget });
      return writeReceipt(ports, input, attempt, outcomes, tally);
    },
  };
}

async function sendUnderLease(
  ports: SendSlicePorts,
  input: SendSliceInput,
  lines: readonly string[],
  outcomes: SliceOutcomes,
  braze: { connection: BrazeConnection; budget: RequestBudget },
): Promise<SendTally> {
  const { info, cancellationSignal } = Context.current();
  const progress = (): SliceProgress => ({
    operation: input.operation,
    index: input.index,
    members: lines.length,
    counts: outcomes.counts(),
  });
  const lease = new HeartbeatLease({
    beat: () => ports.heartbeat(info.taskToken, progress()),
    intervalMs: TIMING.heartbeatIntervalMs,
    boundMs: TIMING.heartbeatBoundMs,
    now: () => performance.now(),
  });
  const onShutdown = () => lease.end('cancelled');
  cancellationSignal.addEventListener('abort', onShutdown);
  const sender = new SliceSender(
    {
      lines,
      pending: outcomes.pending(),
      affixes: objectAffixes({ ...input.shape, operation: input.operation }),
      objectsPerRequest: input.braze.objectsPerRequest,
      concurrency: input.braze.connections,
    },
    {
      track: (body) => braze.connection.request({ method: 'POST', path: '/users/track', body }),
      budget: braze.budget,
      gate: lease,
      backoffMs: (attempt) => Math.min(4_000, 250 * 2 ** (attempt - 1)) * (0.5 + Math.random()),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    outcomes,
  );
  lease.start();
  try {
    const tally = await sender.run();
    if (lease.ended === 'lost')
      throw ApplicationFailure.retryable('Temporal no longer counts on this attempt', 'ATTEMPT_LOST');
    return tally;
  } finally {
    cancellationSignal.removeEventListener('abort', onShutdown);
    await lease.close();
  }
}

async function writeReceipt(
  ports: SendSlicePorts,
  input: SendSliceInput,
  attempt: string,
  outcomes: SliceOutcomes,
  tally: SendTally,
): Promise<SliceReceipt> {
  const { operation, index } = input;
  const receipt = await ports.store.writeReceipt(input, attempt, {
    operation,
    index,
    members: outcomes.members,
    ...outcomes.exceptions(),
  });
  const { cancellationDetails } = Context.current();
  // A worker that shuts down hands the slice back: what is in the receipt will not be sent again.
  if (cancellationDetails?.workerShutdown) throw new CancelledFailure('WORKER_SHUTDOWN');
  const { requests, retries, throttled, stopped } = tally;
  return { operation, index, counts: outcomes.counts(), receipt, requests, retries, throttled, stopped };
}
