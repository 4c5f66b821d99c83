import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { type ErrorCode } from '../contract/errors';
import { type ChangeOperation, type OutcomeCounts, type SnapshotCounts } from '../contract/objects';
import { type RunOutcome } from '../contract/phases';
import { StreamMetrics } from './stream-metrics';
import { type VerificationResult } from '../contract/run';

/** Seconds of one request to Braze: from a local sandbox to the longest time-out that anyone sets. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds of one activity: from a question to the entity to the sending of a large slice. */
const ACTIVITY_SECONDS = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600, 14_400];

/** How one request to Braze ended. */
export interface BrazeRequestEnd {
  integration: string;
  endpoint: string;
  /** Braze's status, or what became of a request without an answer. */
  status: number | 'notSent' | 'lost';
  seconds: number;
}

/**
 * The figures of a worker. Labels are bounded: integrations are few and named by the operator, everything else comes from
 * fixed sets. Audiences have no label, since a workspace may have hundreds and each would multiply every series; a log line
 * or the run's report says which one it was. Nothing here can carry a member or a secret.
 */
export class WorkerMetrics {
  readonly stream: StreamMetrics;
  private readonly runs: Counter<'integration' | 'outcome'>;
  private readonly activities: Histogram<'activity' | 'result'>;
  private readonly members: Counter<'integration' | 'operation' | 'outcome'>;
  private readonly requests: Counter<'integration' | 'endpoint' | 'status'>;
  private readonly requestSeconds: Histogram<'endpoint'>;
  private readonly inFlight: Gauge;
  private readonly budgetWait: Histogram<'budget'>;
  private readonly mails: Counter<'result'>;
  private readonly mailRecipients: Counter<'result'>;
  private readonly sourceRows: Counter<'integration'>;
  private readonly sourceBytes: Counter<'integration'>;
  private readonly verified: Counter<'integration' | 'finding'>;

  constructor(registry: Registry) {
    this.stream = new StreamMetrics(registry);
    const registers = [registry];
    this.runs = new Counter({
      registers,
      name: 'brazier_runs_ended_total',
      help: 'Runs that reported their end, by outcome.',
      labelNames: ['integration', 'outcome'],
    });
    this.activities = new Histogram({
      registers,
      name: 'brazier_activity_seconds',
      help: 'Duration of one attempt of a step, by activity and result.',
      labelNames: ['activity', 'result'],
      buckets: ACTIVITY_SECONDS,
    });
    this.members = new Counter({
      registers,
      name: 'brazier_members_total',
      help: 'Members by operation and outcome, as receipts record them.',
      labelNames: ['integration', 'operation', 'outcome'],
    });
    this.requests = new Counter({
      registers,
      name: 'brazier_braze_requests_total',
      help: 'Requests to Braze, by endpoint and status; notSent and lost had no answer.',
      labelNames: ['integration', 'endpoint', 'status'],
    });
    this.requestSeconds = new Histogram({
      registers,
      name: 'brazier_braze_request_seconds',
      help: 'Time from the call to the last byte of the answer of Braze.',
      labelNames: ['endpoint'],
      buckets: REQUEST_SECONDS,
    });
    this.inFlight = new Gauge({
      registers,
      name: 'brazier_braze_requests_in_flight',
      help: 'Requests to Braze that have begun and not ended.',
    });
    this.budgetWait = new Histogram({
      registers,
      name: 'brazier_budget_wait_seconds',
      help: 'Waits for leave to send a request; those that had nothing to wait for are not counted.',
      labelNames: ['budget'],
      buckets: REQUEST_SECONDS,
    });
    this.mails = new Counter({
      registers,
      name: 'brazier_mails_total',
      help: 'Mails handed to the mail server, by sent or the error code.',
      labelNames: ['result'],
    });
    this.mailRecipients = new Counter({
      registers,
      name: 'brazier_mail_recipients_total',
      help: 'Recipients that the mail server took, refused or wants tried later.',
      labelNames: ['result'],
    });
    this.sourceRows = new Counter({
      registers,
      name: 'brazier_source_rows_total',
      help: 'Rows read from completely read sources.',
      labelNames: ['integration'],
    });
    this.sourceBytes = new Counter({
      registers,
      name: 'brazier_source_bytes_total',
      help: 'Bytes of completely read sources, as they lie in the bucket.',
      labelNames: ['integration'],
    });
    this.verified = new Counter({
      registers,
      name: 'brazier_verified_members_total',
      help: 'Members read back, by what was found; checked counts all of them.',
      labelNames: ['integration', 'finding'],
    });
  }

  runEnded(integration: string, outcome: RunOutcome): void {
    this.runs.inc({ integration, outcome });
  }

  activityEnded(activity: string, result: 'completed' | 'failed' | 'cancelled', seconds: number): void {
    this.activities.observe({ activity, result }, seconds);
  }

  /** The settled once, however often their slice is sent; what stays unknown or unsent at each attempt that leaves it so. */
  sliceSent(
    slice: { integration: string; operation: ChangeOperation },
    before: OutcomeCounts,
    after: OutcomeCounts,
  ): void {
    const { integration, operation } = slice;
    const note = (outcome: keyof OutcomeCounts, count: number) =>
      this.members.inc({ integration, operation, outcome }, Math.max(0, count));
    note('accepted', after.accepted - before.accepted);
    note('rejected', after.rejected - before.rejected);
    note('unknown', after.unknown);
    note('unsent', after.unsent);
  }

  requestBegun(): void {
    this.inFlight.inc();
  }

  requestEnded({ integration, endpoint, status, seconds }: BrazeRequestEnd): void {
    this.inFlight.dec();
    this.requests.inc({ integration, endpoint, status: String(status) });
    this.requestSeconds.observe({ endpoint }, seconds);
  }

  budgetWaited(budget: 'track' | 'readBack', seconds: number): void {
    this.budgetWait.observe({ budget }, seconds);
  }

  mailEnded(result: 'sent' | ErrorCode): void {
    this.mails.inc({ result });
  }

  mailRecipient(result: 'accepted' | 'refused' | 'deferred', count: number): void {
    this.mailRecipients.inc({ result }, count);
  }

  sourceRead(integration: string, { rows, bytes }: Pick<SnapshotCounts, 'rows' | 'bytes'>): void {
    this.sourceRows.inc({ integration }, rows);
    this.sourceBytes.inc({ integration }, bytes);
  }

  readBack(integration: string, result: Omit<VerificationResult, 'changed'>): void {
    for (const finding of ['checked', 'matching', 'late', 'notInBraze', 'atCap'] as const) {
      this.verified.inc({ integration, finding }, result[finding]);
    }
  }
}

/** The figures of a gateway; routes are patterns, so that no token and no id becomes a label. */
export class GatewayMetrics {
  private readonly requests: Counter<'method' | 'route' | 'status'>;
  private readonly seconds: Histogram<'route'>;
  private readonly hookRefusals: Counter<'route' | 'status'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      registers,
      name: 'brazier_gateway_requests_total',
      help: 'Requests that the gateway answered, by route and status.',
      labelNames: ['method', 'route', 'status'],
    });
    this.seconds = new Histogram({
      registers,
      name: 'brazier_gateway_request_seconds',
      help: 'Time until the answer was sent, by route.',
      labelNames: ['route'],
      buckets: REQUEST_SECONDS,
    });
    this.hookRefusals = new Counter({
      registers,
      name: 'brazier_gateway_hook_refusals_total',
      help: 'Calls of a hook that were refused, by route and status.',
      labelNames: ['route', 'status'],
    });
  }

  requestEnded(request: { method: string; route: string; status: number; seconds: number }): void {
    const { method, route, seconds } = request;
    const status = String(request.status);
    this.requests.inc({ method, route, status });
    this.seconds.observe({ route }, seconds);
    if (route.startsWith('/hooks/') && request.status >= 400) this.hookRefusals.inc({ route, status });
  }
}

/** A registry of this process's own, with Node's figures in it; nothing is registered globally. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
