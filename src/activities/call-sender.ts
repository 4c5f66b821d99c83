import { type BrazeReply } from '../adapters/braze/connection';
import { type RequestBudget } from '../adapters/braze/budget';
import { type Fault } from '../contract/errors';
import { CallBatches, type QueuedCall } from '../domain/stream/call-batches';
import {
  afterDoubt,
  backoffMs,
  type CallRequest,
  CallRetries,
  endpointOf,
  halves,
} from '../domain/stream/call-retries';
import { type CallVerdict } from '../domain/stream/call-answer';
import { type CallEndpoint } from '../domain/stream/vocabulary';
import { postCalls, RequestStart } from './request-start';
import { SendingDoor } from './sending-door';
import { SendingWaits } from './sending-waits';
import { type SendGate } from './slice-sender';

/** A call on its way to Braze. */
export interface SendingCall extends QueuedCall {
  onUnknown: 'hold' | 'resend';
  /** Requests that it was in. */
  attempts: number;
  /** It is marked in the database as one that may have been sent. */
  isMarked: boolean;
  /** A request with it may have been applied: one of an earlier owner, or one whose answer left that open. */
  mayBeApplied: boolean;
}

/** How a call ended. `planned`: it was marked as started, and certainly was not applied. */
export type CallEnd =
  | { state: 'delivered' }
  | { state: 'refused'; reason: string }
  | { state: 'unknown'; reason: string }
  | { state: 'planned' };

/** The workspace, as it is at present. */
export interface BrazeDoor {
  objectsPerRequest: number;
  concurrency: number;
  budget: RequestBudget;
  send(endpoint: CallEndpoint, body: string): Promise<BrazeReply>;
}

/** What calls are sent with. */
export interface CallSenderPorts<C> {
  /** Opened anew after Braze has refused everything: the key or the settings may have been mended. */
  open(): Promise<{ ok: true; value: BrazeDoor } | { ok: false; fault: Fault }>;
  gate: SendGate;
  /** Marks calls that must not be repeated by mistake, before their first request; false if they may not go, marked or not. */
  markStarted(calls: readonly C[]): Promise<boolean>;
  /** Told of every end, once; the person's next call goes when `release` is called. */
  ended(call: C, end: CallEnd): void;
  /** Told why calls that are to be sent are not, and when Braze has answered some again. */
  waiting(fault: Fault | undefined): void;
  /** Told of a defect, after which nothing starts any more: the calls of that request have no end here. */
  failed(error: unknown): void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  random(): number;
}

/** Requests that are not full go so often at most: under load they fill up, and a single event does not wait. */
const LINGER_MS = 25;
/** Requests that wait for their next try hold their people back, not the others; more than this hold all of their endpoint. */
const MOST_RETRYING = 32;

/**
 * Sends the calls of one shard. Whatever happens to a request happens to its people only: others go on, until everything
 * fails. Nobody has two calls under way. What waits, for its next try or until Braze takes something again, takes no place among
 * the requests that are under way.
 */
export class CallSender<C extends SendingCall> {
  private readonly batches: CallBatches<C>;
  private readonly retries = new CallRetries<C>();
  private readonly ports: CallSenderPorts<C>;
  private readonly door: SendingDoor;
  private readonly waits: SendingWaits;
  private readonly starts: RequestStart<C>;
  private limit: number;
  private tasks = 0;
  private lastPartialAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private readonly stopping = new AbortController();
  private readonly answers = new Map<CallEndpoint, number>();
  private idle: (() => void)[] = [];

  constructor(ports: CallSenderPorts<C>, objectsPerRequest: number) {
    this.ports = ports;
    this.limit = objectsPerRequest;
    this.batches = new CallBatches<C>(() => this.limit);
    this.waits = new SendingWaits((fault) => ports.waiting(fault));
    this.starts = new RequestStart<C>({
      gate: ports.gate,
      stopping: this.stopping.signal,
      markStarted: (calls) => ports.markStarted(calls),
      isCurrent: (door, endpoint) => this.door.isCurrent(door, endpoint),
    });
    this.door = new SendingDoor({
      open: () => ports.open(),
      opened: (outcome) => {
        if (outcome.ok) this.limit = Math.min(this.limit, outcome.value.objectsPerRequest);
        else this.waits.begin('door', outcome.fault);
        this.pump();
      },
      failed: (error) => this.fail(error),
      now: ports.now,
    });
  }

  /** Calls that have not ended, or whose end is not released. */
  get unreleased(): number {
    return this.batches.size;
  }

  isBusy(profileId: string): boolean {
    return this.batches.isBusy(profileId);
  }

  add(calls: readonly C[]): void {
    for (const call of calls) this.batches.add(call);
    this.pump();
  }

  /** The ends of these people's calls are kept durably: their next ones may go. */
  release(profileIds: readonly string[]): void {
    for (const profileId of profileIds) this.batches.release(profileId);
    this.pump();
  }

  /** No request starts any more; resolves when those in flight have ended. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.stopping.abort();
    clearTimeout(this.timer);
    while (this.tasks > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
    await this.door.settled();
    this.leave([...this.batches.readyOnes(), ...this.retries.calls]);
  }

  /** By one look at the clock: what comes due between two would be neither sent nor waited for. */
  private pump(): void {
    if (this.isStopped) return;
    const now = this.ports.now();
    if (this.batches.ready > 0 || this.retries.calls.length > 0) {
      const door = this.door.current(now);
      while (door !== undefined && this.tasks < door.concurrency) {
        const request = this.retries.take(now, (at) => this.door.isOpenFor(at, now)) ?? this.fresh(now);
        if (request === undefined) break;
        void this.run(door, request);
      }
    }
    const nextAt = Math.min(this.door.nextAt(now), this.retries.nextAt(now), this.lingersUntil(now));
    clearTimeout(this.timer);
    if (nextAt < Infinity) this.timer = setTimeout(() => this.pump(), Math.ceil(Math.max(1, nextAt - now)));
  }

  /** A request of calls that were in none so far, if there is one to be sent now. */
  private fresh(now: number): CallRequest<C> | undefined {
    const mayGo = (endpoint: CallEndpoint) =>
      this.door.isOpenFor(endpoint, now) && this.retries.together(endpoint) < MOST_RETRYING;
    if (!this.batches.hasFullRequest(mayGo)) {
      if (now < this.lastPartialAt + LINGER_MS || !this.batches.hasRequest(mayGo)) return undefined;
      this.lastPartialAt = now;
    }
    return { calls: this.batches.take(mayGo), failures: 0 };
  }

  private lingersUntil(now: number): number {
    const until = this.lastPartialAt + LINGER_MS;
    return this.batches.ready > 0 && until > now ? until : Infinity;
  }

  private async run(door: BrazeDoor, request: CallRequest<C>): Promise<void> {
    this.tasks += 1;
    try {
      await this.deliver(door, request);
    } catch (error) {
      this.fail(error);
    } finally {
      this.tasks -= 1;
      if (this.tasks === 0) this.wakeIdle();
      this.pump();
    }
  }

  /** Nobody awaits a request, so what it throws would end the process with all its shards. */
  private fail(error: unknown): void {
    this.isStopped = true;
    this.stopping.abort();
    this.ports.failed(error);
  }

  private wakeIdle(): void {
    for (const resolve of this.idle.splice(0)) resolve();
  }

  private async deliver(door: BrazeDoor, request: CallRequest<C>): Promise<void> {
    const { calls } = request;
    const start = await this.starts.start(door, calls);
    if (start === 'never') this.leave(calls);
    else if (start === 'later') this.batches.putBack(calls);
    else this.settle(request, await postCalls(door, calls));
    if (request.isAlone === true && !this.retries.hasAlone) this.waits.end('alone');
  }

  /** Certainly not applied: said of those that are marked as if they might have been. */
  private leave(calls: readonly C[]): void {
    for (const call of calls)
      if (call.isMarked && !call.mayBeApplied) this.ports.ended(call, { state: 'planned' });
  }

  private settle(request: CallRequest<C>, verdict: CallVerdict): void {
    const { calls } = request;
    const endpoint = endpointOf(request);
    switch (verdict.kind) {
      case 'throttled':
        this.waits.begin('pace', { code: 'BRAZE_RATE_LIMITED', message: 'Braze answered 429' });
        this.again(request, 0);
        return;
      case 'notSent':
        this.waits.begin('pace', { code: 'BRAZE_UNAVAILABLE', message: verdict.reason });
        this.later({ ...request, failures: request.failures + 1 });
        return;
      case 'uncertain':
        this.doubt({ ...request, calls: this.doubted(calls, verdict.reason) }, verdict.reason);
        return;
      case 'stop':
        this.refuseAll(calls, verdict);
        return;
      case 'refusedWhole':
        this.answered(endpoint);
        if (calls.length > 1) this.split(calls);
        else for (const call of calls) this.ports.ended(call, { state: 'refused', reason: verdict.reason });
        return;
      case 'perCall':
        this.answered(endpoint);
        this.settleEach(calls, verdict);
    }
  }

  private doubt(request: CallRequest<C>, reason: string): void {
    if (request.calls.length === 0) return;
    const fault: Fault = { code: 'BRAZE_UNAVAILABLE', message: reason };
    for (const next of afterDoubt(request, this.answers.get(endpointOf(request)) ?? 0)) {
      this.waits.begin(next.isAlone === true ? 'alone' : 'pace', fault);
      this.later(next);
    }
  }

  private later(request: CallRequest<C>): void {
    this.again(request, backoffMs(request, this.ports.random()));
  }

  private again(request: CallRequest<C>, afterMs: number): void {
    this.retries.add(request, this.ports.now() + afterMs);
  }

  /** What was refused together was not applied, and no person is in both. */
  private split(calls: readonly C[]): void {
    for (const half of halves(calls)) this.again({ calls: half, failures: 0 }, 0);
  }

  /** What must not be repeated by itself stays unknown; the others are left to be tried again. */
  private doubted(calls: readonly C[], reason: string): C[] {
    return calls.filter((call) => {
      call.mayBeApplied = true;
      if (call.parts.isIdempotent || call.onUnknown === 'resend') return true;
      this.ports.ended(call, { state: 'unknown', reason });
      return false;
    });
  }

  private refuseAll(calls: readonly C[], { code, reason }: Extract<CallVerdict, { kind: 'stop' }>): void {
    if (code === 'BRAZE_BATCH_TOO_LARGE' && calls.length > 1) {
      this.limit = Math.max(1, Math.floor(this.limit / 2));
      this.split(calls);
      return;
    }
    // A key that is refused is refused to all; what it may not do, or where nothing is, is one endpoint's matter.
    const isOne = code === 'BRAZE_PERMISSION_MISSING' || code === 'BRAZE_ENDPOINT_INVALID';
    const endpoint = isOne ? endpointOf({ calls }) : undefined;
    this.door.hold(endpoint);
    this.waits.begin(endpoint ?? 'door', { code, message: reason });
    this.batches.putBack(calls);
  }

  private settleEach(calls: readonly C[], verdict: Extract<CallVerdict, { kind: 'perCall' }>): void {
    const left: C[] = [];
    calls.forEach((call, position) => {
      const refused = verdict.refused.get(position);
      if (refused !== undefined) this.ports.ended(call, { state: 'refused', reason: refused });
      else if (!verdict.ambiguous.has(position)) this.ports.ended(call, { state: 'delivered' });
      else left.push(call);
    });
    const reason = 'Braze refused some of a request and did not say which';
    // Where the others were accepted, asking again would repeat those.
    const again = verdict.isAccepted ? this.doubted(left, reason) : left;
    if (again.length === 0) return;
    const [only] = again;
    if (again.length === 1 && calls.length === 1 && only !== undefined) {
      this.ports.ended(only, { state: 'refused', reason });
      return;
    }
    this.split(again);
  }

  private answered(endpoint: CallEndpoint): void {
    this.answers.set(endpoint, (this.answers.get(endpoint) ?? 0) + 1);
    this.door.answered(endpoint);
    this.waits.answered(endpoint);
  }
}
