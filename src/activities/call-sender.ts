import { type BrazeReply } from '../adapters/braze/connection';
import { type RequestBudget } from '../adapters/braze/budget';
import { type Fault } from '../contract/errors';
import { CallBatches, type QueuedCall } from '../domain/stream/call-batches';
import { joinBodies } from '../domain/stream/call-parts';
import { type CallVerdict, readCallAnswer } from '../domain/stream/call-answer';
import { type CallEndpoint } from '../domain/stream/vocabulary';
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
  sleep(ms: number): Promise<void>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  random(): number;
}

/** Requests that are not full go so often at most: under load they fill up, and a single event does not wait. */
const LINGER_MS = 25;
const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 10_000;
const FIRST_STOP_MS = 1_000;
const LONGEST_STOP_MS = 60_000;
/** Requests that wait for their next try hold their people back, not the others; more than this hold everybody. */
const MOST_RETRYING = 32;

/**
 * Sends the calls of one shard. Whatever happens to a request happens to its people only: others go on, until everything
 * fails. Nobody has two calls under way.
 */
export class CallSender<C extends SendingCall> {
  private readonly batches: CallBatches<C>;
  private readonly ports: CallSenderPorts<C>;
  private door: BrazeDoor | undefined;
  private limit: number;
  private tasks = 0;
  private retrying = 0;
  private lastPartialAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  /** Nothing starts before this: Braze has refused the key, or the workspace could not be opened. */
  private heldUntil = -Infinity;
  private stops = 0;
  /** Until the first answer it may have been waited for since before. */
  private isWaiting = true;
  private opening: Promise<void> | undefined;
  private idle: (() => void)[] = [];

  constructor(ports: CallSenderPorts<C>, objectsPerRequest: number) {
    this.ports = ports;
    this.limit = objectsPerRequest;
    this.batches = new CallBatches<C>(() => this.limit);
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
    clearTimeout(this.timer);
    while (this.tasks > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
    await this.opening;
  }

  private pump(): void {
    if (this.isStopped || this.batches.ready === 0) return;
    const { door } = this;
    if (door === undefined) {
      this.open();
      return;
    }
    const { now } = this.ports;
    if (now() < this.heldUntil) {
      this.pumpIn(this.heldUntil - now());
      return;
    }
    while (this.tasks - this.retrying < door.concurrency && this.retrying < MOST_RETRYING) {
      if (!this.batches.hasFullRequest()) {
        if (this.batches.ready === 0) return;
        const lingerMs = this.lastPartialAt + LINGER_MS - now();
        if (lingerMs > 0) {
          this.pumpIn(lingerMs);
          return;
        }
        this.lastPartialAt = now();
      }
      void this.run(door, this.batches.take());
    }
  }

  private pumpIn(delayMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), Math.ceil(delayMs));
  }

  private open(): void {
    this.opening ??= this.openOnce()
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.opening = undefined;
        this.pump();
      });
  }

  private async openOnce(): Promise<void> {
    const heldMs = this.heldUntil - this.ports.now();
    if (heldMs > 0) await this.sleepUnlessStopped(heldMs);
    if (this.isStopped) return;
    const opened = await this.ports.open();
    if (!opened.ok) {
      this.hold(opened.fault);
      return;
    }
    this.door = opened.value;
    this.limit = Math.min(this.limit, opened.value.objectsPerRequest);
  }

  /** Long waits are cut short by a stop. */
  private async sleepUnlessStopped(ms: number): Promise<void> {
    const until = this.ports.now() + ms;
    while (!this.isStopped && this.ports.now() < until)
      await this.ports.sleep(Math.min(250, until - this.ports.now()));
  }

  private hold(fault: Fault): void {
    const ms = Math.min(LONGEST_STOP_MS, FIRST_STOP_MS * 2 ** this.stops);
    this.stops += 1;
    this.heldUntil = this.ports.now() + ms;
    this.door = undefined;
    this.waits(fault);
  }

  private async run(door: BrazeDoor, calls: C[]): Promise<void> {
    this.tasks += 1;
    try {
      await this.deliver(door, calls);
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
    this.ports.failed(error);
  }

  /** Asked anew after each wait. */
  private hasStopped(): boolean {
    return this.isStopped;
  }

  private wakeIdle(): void {
    for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Until every call has its end, or nothing may start any more. */
  private async deliver(first: BrazeDoor, batch: readonly C[]): Promise<void> {
    let door: BrazeDoor | undefined = first;
    let calls = batch;
    for (let failures = 0; calls.length > 0;) {
      if (!(await this.mark(calls))) {
        this.leave(calls);
        return;
      }
      door = await this.currentDoor(door);
      if (door === undefined || !(await this.mayStart(door))) {
        this.leave(calls);
        return;
      }
      const verdicts = await this.post(door, calls);
      const next = this.settle(calls, verdicts);
      if (next.kind === 'done') return;
      if (next.kind === 'split') {
        // One after the other: what was refused together was not applied, and order per person needs no more than this.
        for (const half of next.halves) await this.deliver(door, half);
        return;
      }
      calls = next.calls;
      if (next.kind === 'throttled') continue;
      failures += 1;
      await this.backOff(failures);
    }
  }

  private async currentDoor(door: BrazeDoor): Promise<BrazeDoor | undefined> {
    while (this.door !== door) {
      if (this.isStopped) return undefined;
      if (this.door !== undefined) return this.door;
      this.open();
      await this.opening;
    }
    return door;
  }

  private async mark(calls: readonly C[]): Promise<boolean> {
    const unmarked = calls.filter((call) => !call.isMarked && !call.parts.isIdempotent);
    if (unmarked.length === 0) return true;
    if (this.isStopped) return false;
    // Before the answer, for that may be lost while the mark is written.
    for (const call of unmarked) call.isMarked = true;
    return this.ports.markStarted(unmarked);
  }

  /** Certainly not applied: said of those that are marked as if they might have been. */
  private leave(calls: readonly C[]): void {
    for (const call of calls)
      if (call.isMarked && !call.mayBeApplied) this.ports.ended(call, { state: 'planned' });
  }

  private async mayStart({ budget }: BrazeDoor): Promise<boolean> {
    const { gate } = this.ports;
    for (;;) {
      if (this.hasStopped() || !(await gate.opened())) return false;
      const turn = budget.take(gate.signal);
      if (turn !== undefined && !(await turn)) return false;
      // The budget may have kept us long enough for the gate to close: look again, for this is the promise that counts.
      if (gate.isOpen() && !this.hasStopped()) return true;
      budget.release();
    }
  }

  private async post(door: BrazeDoor, calls: readonly C[]): Promise<CallVerdict> {
    const parts = calls.map((call) => call.parts);
    const [{ endpoint } = { endpoint: 'users.track' as const }] = parts;
    for (const call of calls) call.attempts += 1;
    let reply: BrazeReply;
    try {
      reply = await door.send(endpoint, joinBodies(parts));
      if (reply.kind === 'answer') door.budget.observe(reply.status, reply.headers);
    } finally {
      door.budget.release();
    }
    if (reply.kind === 'notSent') {
      for (const call of calls) call.attempts -= 1;
      return { kind: 'notSent', reason: reply.reason };
    }
    if (reply.kind === 'lost') return { kind: 'uncertain', reason: reply.reason };
    return readCallAnswer(reply.status, reply.body, parts);
  }

  private settle(calls: readonly C[], verdict: CallVerdict): Next<C> {
    switch (verdict.kind) {
      case 'throttled':
        this.waits({ code: 'BRAZE_RATE_LIMITED', message: 'Braze answered 429' });
        return { kind: 'throttled', calls };
      case 'notSent':
        this.waits({ code: 'BRAZE_UNAVAILABLE', message: verdict.reason });
        return { kind: 'again', calls };
      case 'uncertain': {
        const left = this.doubted(calls, verdict.reason);
        if (left.length > 0) this.waits({ code: 'BRAZE_UNAVAILABLE', message: verdict.reason });
        return { kind: 'again', calls: left };
      }
      case 'stop':
        return this.refuseAll(calls, verdict);
      case 'refusedWhole':
        this.answered();
        if (calls.length > 1) return split(calls);
        for (const call of calls) this.ports.ended(call, { state: 'refused', reason: verdict.reason });
        return { kind: 'done' };
      case 'perCall':
        this.answered();
        return this.settleEach(calls, verdict);
    }
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

  private refuseAll(calls: readonly C[], verdict: Extract<CallVerdict, { kind: 'stop' }>): Next<C> {
    if (verdict.code === 'BRAZE_BATCH_TOO_LARGE' && calls.length > 1) {
      this.limit = Math.max(1, Math.floor(this.limit / 2));
      return split(calls);
    }
    this.hold({ code: verdict.code, message: verdict.reason });
    return { kind: 'throttled', calls };
  }

  private settleEach(calls: readonly C[], verdict: Extract<CallVerdict, { kind: 'perCall' }>): Next<C> {
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
    if (again.length === 0) return { kind: 'done' };
    const [only] = again;
    if (again.length === 1 && calls.length === 1 && only !== undefined) {
      this.ports.ended(only, { state: 'refused', reason });
      return { kind: 'done' };
    }
    return split(again);
  }

  private waits(fault: Fault): void {
    this.isWaiting = true;
    this.ports.waiting(fault);
  }

  private answered(): void {
    this.stops = 0;
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.ports.waiting(undefined);
  }

  private async backOff(failures: number): Promise<void> {
    const ms = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
    this.retrying += 1;
    this.pump();
    await this.sleepUnlessStopped(ms * (0.5 + this.ports.random()));
    this.retrying -= 1;
  }
}

type Next<C> =
  | { kind: 'done' }
  | { kind: 'split'; halves: (readonly C[])[] }
  | { kind: 'again' | 'throttled'; calls: readonly C[] };

function split<C>(calls: readonly C[]): Next<C> {
  const middle = Math.ceil(calls.length / 2);
  const halves = [calls.slice(0, middle), calls.slice(middle)].filter((half) => half.length > 0);
  return { kind: 'split', halves };
}
