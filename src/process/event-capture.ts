import { type Logger } from 'pino';
import { type Intake, type IntakeEvent, type IntakeReceipt } from '../adapters/postgres/intake';
import { fault, success, type Outcome } from '../contract/errors';
import { type ReadEvent } from '../contract/schemas/capture';
import { type Capture, type CapturedPost, type EventOrigin } from '../gateway/events/capture';
import { GroupCommitter, type GroupPlace } from '../gateway/events/group-committer';
import { type CaptureMetrics } from '../observability/capture-metrics';
import { Cached } from './cached';
import { type HasIntegration } from './integration-registry';
import { type EnsureStream } from '../activities/stream-start';

/** What capture is made of. */
export interface EventCaptureOptions {
  intake: Intake;
  hasIntegration: HasIntegration;
  /** Entries that wait to be worked off. */
  readBacklog: (integration: string) => Promise<Outcome<number>>;
  maxBacklog: number;
  /** How long a look at the backlog counts; by default half a second. */
  backlogMs?: number | undefined;
  ensureStream: EnsureStream;
  metrics: CaptureMetrics;
  logger: Logger;
}

/** A backlog is looked at this often: 5,000 events/s overshoot its bound by that many at most. */
const BACKLOG_MS = 500;
/** A backlog takes a while to shrink. */
const BACKLOG_RETRY_MS = 5_000;
/** A stream whose workflow could not be started is tried again with the first events after this. */
const ENSURE_AGAIN_MS = 10_000;
/** A workflow that ran may have been ended or lost since: whoever takes events for it looks again after this. */
const LOOK_AGAIN_MS = 600_000;

/** Capture over the database and Temporal: one committer for each integration. */
export function createEventCapture(options: EventCaptureOptions): Capture {
  const { hasIntegration, readBacklog, maxBacklog, metrics, backlogMs = BACKLOG_MS } = options;
  const committers = new Map<string, GroupCommitter<IntakeEvent, IntakeReceipt>>();
  const streams = createStreamKeeper(options);
  const backlogs = new Cached(readBacklog, () => backlogMs);

  const committerOf = (integration: string) => {
    const known = committers.get(integration);
    if (known !== undefined) return known;
    const commit = createCommit(integration, options);
    const committer = new GroupCommitter<IntakeEvent, IntakeReceipt>({ commit });
    committers.set(integration, committer);
    return committer;
  };
  const roomFor = async (integration: string): Promise<Outcome<void>> => {
    const isThere = await hasIntegration(integration);
    if (!isThere.ok) return isThere;
    if (!isThere.value)
      return fault(
        'INTEGRATION_UNKNOWN',
        `There is no integration "${integration}" for this source’s events.`,
      );
    const backlog = await backlogs.get(integration);
    if (!backlog.ok) return backlog;
    metrics.waiting(integration, backlog.value);
    return backlog.value < maxBacklog ? success(undefined) : full(backlog.value);
  };

  return {
    async post({ integration, source }, events) {
      const room = await roomFor(integration);
      const placed = room.ok
        ? await committerOf(integration).add(events.map((event) => intakeEvent(event, source)))
        : room;
      if (!placed.ok) {
        if (placed.fault.code === 'BACKLOG_FULL') metrics.notTaken(integration, 'turnedAway', events.length);
        return placed;
      }
      streams.keep(integration);
      return success(countOf(placed.value, events.length));
    },
    refused({ integration }: EventOrigin, count) {
      metrics.notTaken(integration, 'refused', count);
    },
  };
}

function full(backlog: number): Outcome<never> {
  const message = `${backlog.toLocaleString('en-GB')} events wait to be worked off, so no more are taken now.`;
  return { ok: false, fault: { code: 'BACKLOG_FULL', message, retryAfterMs: BACKLOG_RETRY_MS } };
}

function intakeEvent({ id, identities, rest }: ReadEvent, source: string): IntakeEvent {
  return { source, id, identities, rest };
}

function createCommit(integration: string, { intake, metrics }: EventCaptureOptions) {
  return async (events: readonly IntakeEvent[]): Promise<Outcome<IntakeReceipt>> => {
    const begun = performance.now();
    const outcome = await intake(integration, events);
    if (!outcome.ok) return outcome;
    const { isDuplicate, created, merged, conflicts } = outcome.value;
    const duplicates = isDuplicate.filter(Boolean).length;
    const seconds = (performance.now() - begun) / 1_000;
    const captured = events.length - duplicates;
    metrics.committed({ integration, captured, duplicates, created, merged, conflicts, seconds });
    return outcome;
  };
}

function countOf({ receipt, from }: GroupPlace<IntakeReceipt>, count: number): CapturedPost {
  const duplicates = receipt.isDuplicate.slice(from, from + count).filter(Boolean).length;
  return { accepted: count - duplicates, duplicates };
}

/** Each gateway that takes events sees to their stream's workflow now and then, beside the answer: events are safe without it. */
function createStreamKeeper({ ensureStream, logger }: EventCaptureOptions) {
  const nextAt = new Map<string, number>();
  return {
    keep(integration: string): void {
      if (performance.now() < (nextAt.get(integration) ?? 0)) return;
      nextAt.set(integration, performance.now() + LOOK_AGAIN_MS);
      ensureStream(integration).catch((error: unknown) => {
        nextAt.set(integration, performance.now() + ENSURE_AGAIN_MS);
        logger.warn({ error, integration }, 'the stream is not kept going by this gateway yet');
      });
    },
  };
}
