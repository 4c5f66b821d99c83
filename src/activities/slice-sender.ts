import { type BrazeReply } from '../adapters/braze/connection';
import { type RequestBudget } from '../adapters/braze/budget';
import { type Fault } from '../contract/errors';
import { type SliceOutcomes } from '../domain/slice-outcomes';
import { readTrackAnswer, type TrackVerdict } from '../domain/track-answer';
import { trackBody, type ObjectAffixes } from '../domain/track-body';

/** Whether a request may start now. */
export interface SendGate {
  /** Aborts when no request may start any more. */
  readonly signal: AbortSignal;
  isOpen(): boolean;
  /** Resolves once it is open again (`true`) or no request may start any more (`false`). */
  opened(): Promise<boolean>;
}

/** What a slice is sent with. */
export interface SliceSenderPorts {
  track(body: string): Promise<BrazeReply>;
  budget: RequestBudget;
  gate: SendGate;
  /** Milliseconds to wait before try `attempt` (from 1) of a request whose outcome is unknown. */
  backoffMs(attempt: number): number;
  sleep(ms: number): Promise<void>;
}

/** What a slice is made of. */
export interface SliceJob {
  /** The slice's identifiers as JSON, a line each. */
  lines: readonly string[];
  /** Lines to send, ascending. */
  pending: readonly number[];
  affixes: ObjectAffixes;
  objectsPerRequest: number;
  concurrency: number;
}

/** How the sending went, beside the outcomes. */
export interface SendTally {
  requests: number;
  retries: number;
  throttled: number;
  stopped?: Fault;
}

/** A request whose outcome stays unknown is tried this many times before its members are left to the next round. */
const TRIES_PER_REQUEST = 6;
/** So many requests in a row without any answer mean that Braze is away, not that one request is unlucky. */
const GIVE_UP_AFTER = 8;

/**
 * Sends the pending lines of one slice and merges what Braze says of each into `outcomes`. One user is in one request
 * in flight: lines are distinct and a batch is only repeated or narrowed after its last request has ended.
 */
export class SliceSender {
  readonly tally: SendTally = { requests: 0, retries: 0, throttled: 0 };
  private next = 0;
  private unanswered = 0;
  private readonly job: SliceJob;
  private readonly ports: SliceSenderPorts;
  private readonly outcomes: SliceOutcomes;

  constructor(job: SliceJob, ports: SliceSenderPorts, outcomes: SliceOutcomes) {
    this.job = job;
    this.ports = ports;
    this.outcomes = outcomes;
  }

  /** Resolves when every line has its answer, or no further request may start and those in flight have ended. */
  async run(): Promise<SendTally> {
    const requests = Math.ceil(this.job.pending.length / this.job.objectsPerRequest);
    const loops = Math.min(this.job.concurrency, requests);
    await Promise.all(Array.from({ length: loops }, () => this.sendBatches()));
    return this.tally;
  }

  private async sendBatches(): Promise<void> {
    for (let batch = this.takeBatch(); batch.length > 0; batch = this.takeBatch()) {
      if (!(await this.sendBatch(batch))) return;
    }
  }

  private takeBatch(): readonly number[] {
    const batch = this.job.pending.slice(this.next, this.next + this.job.objectsPerRequest);
    this.next += batch.length;
    return batch;
  }

  /** False once nothing more may be sent. */
  private async sendBatch(batch: readonly number[]): Promise<boolean> {
    const body = trackBody(
      batch.map((line) => this.lineAt(line)),
      this.job.affixes,
    );
    for (let attempt = 1; attempt <= TRIES_PER_REQUEST;) {
      const start = this.mayStart();
      if (start !== true && !(await start)) return false;
      const verdict = this.readReply(await this.post(body), batch);
      if (verdict.kind === 'throttled') {
        this.tally.throttled += 1;
        continue;
      }
      if (verdict.kind !== 'uncertain') {
        this.unanswered = 0;
        return this.settleBatch(batch, verdict);
      }
      this.tally.retries += 1;
      if (attempt < TRIES_PER_REQUEST) await this.ports.sleep(this.ports.backoffMs(attempt));
      attempt += 1;
    }
    return this.leaveBatch();
  }

  /** The common case has nothing to wait for, and then costs no promise either: this is asked for every request. */
  private mayStart(): boolean | Promise<boolean> {
    const { gate, budget } = this.ports;
    if (this.isStopped()) return false;
    if (!gate.isOpen()) return gate.opened().then((open) => open && this.mayStart());
    // A pause that Braze asks for can be long: whoever waits it out leaves when the gate has ended.
    const turn = budget.take(gate.signal);
    return turn === undefined || turn.then((taken) => taken && this.startAfterWaiting());
  }

  /** The budget may have kept us long enough for the gate to close: look again, for this is the promise that counts. */
  private startAfterWaiting(): boolean | Promise<boolean> {
    if (this.ports.gate.isOpen() && !this.isStopped()) return true;
    this.ports.budget.release();
    return this.mayStart();
  }

  private async post(body: string): Promise<BrazeReply> {
    this.tally.requests += 1;
    try {
      const reply = await this.ports.track(body);
      // Before the release, which would let the next request start into the pause that this answer asks for.
      if (reply.kind === 'answer') this.ports.budget.observe(reply.status, reply.headers);
      return reply;
    } finally {
      this.ports.budget.release();
    }
  }

  private isStopped(): boolean {
    return this.tally.stopped !== undefined;
  }

  private readReply(reply: BrazeReply, batch: readonly number[]): TrackVerdict {
    if (reply.kind === 'notSent') return { kind: 'uncertain', reason: reply.reason };
    const verdict: TrackVerdict =
      reply.kind === 'lost'
        ? { kind: 'uncertain', reason: reply.reason }
        : readTrackAnswer(reply.status, reply.body, batch.length);
    if (verdict.kind === 'uncertain') this.mergeAll(batch, 'unknown');
    return verdict;
  }

  private settleBatch(
    batch: readonly number[],
    verdict: Exclude<TrackVerdict, { kind: 'throttled' | 'uncertain' }>,
  ): boolean | Promise<boolean> {
    switch (verdict.kind) {
      case 'stop':
        this.tally.stopped ??= { code: verdict.code, message: verdict.reason };
        return false;
      case 'refusedWhole':
        if (batch.length === 1) {
          this.mergeAll(batch, 'rejected', verdict.reason);
          return true;
        }
        return this.narrow(batch);
      case 'perRecord':
        return this.settleRecords(batch, verdict.rejected, verdict.ambiguous);
    }
  }

  private settleRecords(
    batch: readonly number[],
    rejected: readonly [number, string][],
    ambiguous: readonly number[],
  ): boolean | Promise<boolean> {
    if (rejected.length === 0 && ambiguous.length === 0) {
      this.outcomes.mergeAccepted(batch);
      return true;
    }
    const named = new Map(rejected);
    const doubtful = new Set(ambiguous);
    batch.forEach((line, position) => {
      const reason = named.get(position);
      if (reason !== undefined) this.outcomes.merge(line, 'rejected', reason);
      else if (!doubtful.has(position)) this.outcomes.merge(line, 'accepted');
      else this.outcomes.merge(line, 'unknown');
    });
    if (doubtful.size === 0) return true;
    const rest = batch.filter((_, position) => doubtful.has(position));
    return this.narrow(rest);
  }

  /** Halves, one after the other: the same identifiers must not be in two requests at once. */
  private async narrow(batch: readonly number[]): Promise<boolean> {
    const middle = Math.ceil(batch.length / 2);
    const halves = [batch.slice(0, middle), batch.slice(middle)].filter((half) => half.length > 0);
    for (const half of halves) if (!(await this.sendBatch(half))) return false;
    return true;
  }

  private leaveBatch(): boolean {
    this.unanswered += 1;
    if (this.unanswered < GIVE_UP_AFTER) return true;
    this.tally.stopped ??= {
      code: 'BRAZE_UNAVAILABLE',
      message: 'Braze gives no usable answer to /users/track',
    };
    return false;
  }

  private mergeAll(batch: readonly number[], outcome: 'rejected' | 'unknown', reason?: string): void {
    for (const line of batch) this.outcomes.merge(line, outcome, reason);
  }

  private lineAt(line: number): string {
    const text = this.job.lines[line];
    if (text === undefined) throw new Error(`invariant: slice has no line ${line}`);
    return text;
  }
}
