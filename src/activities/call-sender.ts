import { type Fault, type Outcome } from '../contract/errors';
import { CallBatches } from '../domain/stream/call-batches';
import { type CallRequest, CallRetries, endpointOf, isAlone } from '../domain/stream/call-retries';
import { LateCopies } from '../domain/stream/late-copies';
import { type CallEndpoint } from '../domain/stream/vocabulary';
import { CallSettler } from './call-settler';
import { postCalls, RequestStart } from './request-start';
import { type BrazeDoor, type CallEnd, type SendingCall } from './sending-call';
import { SendingDoor } from './sending-door';
import { SendingWaits } from './sending-waits';
import { type SendGate } from './slice-sender';

/** What calls are sent with. */
export interface CallSenderPorts<C> {
  /** Opened anew after Braze has refused everything: the key or the settings may have been mended. */
  open(): Promise<Outcome<BrazeDoor>>;
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
/** Requests that wait for their next try hold their people back, not the others; so many hold all of their endpoint. */
const MOST_RETRYING = 32;
/** But for one request now and then: only an answer to others tells calls that Braze fails at from a Braze that fails. */
const PROBE_EVERY_MS = 500;

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
  private readonly settler: CallSettler<C>;
  private readonly copies = new LateCopies();
  private limit: number;
  private tasks = 0;
  private lastPartialAt = -Infinity;
  private readonly probedAt = new Map<CallEndpoint, number>();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private readonly stopping = new AbortController();
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
    this.settler = new CallSettler<C>({
      door: this.door,
      waits: this.waits,
      ended: (call, end) => ports.ended(call, end),
      again: (request, afterMs) => this.retries.add(request, ports.now() + afterMs),
      putBack: (calls) => this.batches.putBack(calls),
      tooLarge: () => (this.limit = Math.max(1, Math.floor(this.limit / 2))),
      random: () => ports.random(),
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

  /** The ends of these people's calls are kept durably: their next ones may go, as soon as no copy of the last one can come late. */
  release(profileIds: readonly string[]): void {
    this.letGo(this.copies.pass(profileIds, this.ports.now()));
    this.pump();
  }

  /** No request starts any more; resolves when those in flight have ended, those included of which nothing will be heard. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.stopping.abort();
    clearTimeout(this.timer);
    while (this.tasks > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
    await this.door.settled();
    this.leave([...this.batches.readyOnes(), ...this.retries.calls]);
    for (;;) {
      const leftMs = this.copies.endsAt() - this.ports.now();
      if (leftMs <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, leftMs));
    }
  }

  private letGo(profileIds: readonly string[]): void {
    for (const profileId of profileIds) this.batches.release(profileId);
  }

  /** By one look at the clock: what comes due between two would be neither sent nor waited for. */
  private pump(): void {
    if (this.isStopped) return;
    const now = this.ports.now();
    this.letGo(this.copies.due(now));
    if (this.batches.ready > 0 || this.retries.calls.length > 0) {
      const door = this.door.current(now);
      while (door !== undefined && this.tasks < door.concurrency) {
        const request = this.retries.take(now, (at) => this.door.isOpenFor(at, now)) ?? this.fresh(now);
        if (request === undefined) break;
        void this.run(door, request);
      }
    }
    const { door, retries, copies } = this;
    const nextAt = Math.min(door.nextAt(now), retries.nextAt(now), copies.nextAt(), this.freshAt(now));
    clearTimeout(this.timer);
    if (nextAt < Infinity) this.timer = setTimeout(() => this.pump(), Math.ceil(Math.max(1, nextAt - now)));
  }

  /** A request of calls that were in none so far, if there is one to be sent now. */
  private fresh(now: number): CallRequest<C> | undefined {
    const mayGo = (endpoint: CallEndpoint) =>
      this.door.isOpenFor(endpoint, now) && (this.hasRoom(endpoint) || this.nextProbeAt(endpoint) <= now);
    if (!this.batches.hasFullRequest(mayGo)) {
      if (now < this.lastPartialAt + LINGER_MS || !this.batches.hasRequest(mayGo)) return undefined;
      this.lastPartialAt = now;
    }
    const calls = this.batches.take(mayGo);
    const endpoint = endpointOf({ calls });
    if (!this.hasRoom(endpoint)) this.probedAt.set(endpoint, now);
    return { calls, failures: 0 };
  }

  private hasRoom(endpoint: CallEndpoint): boolean {
    return this.retries.together(endpoint) < MOST_RETRYING;
  }

  private nextProbeAt(endpoint: CallEndpoint): number {
    return (this.probedAt.get(endpoint) ?? -Infinity) + PROBE_EVERY_MS;
  }

  /** When something that is ready may go that may not yet. */
  private freshAt(now: number): number {
    if (this.batches.ready === 0) return Infinity;
    const moments = [...this.probedAt.keys()].map((endpoint) => this.nextProbeAt(endpoint));
    return Math.min(Infinity, ...[this.lastPartialAt + LINGER_MS, ...moments].filter((at) => at > now));
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
    else {
      const startedAt = this.ports.now();
      const verdict = await postCalls(door, calls);
      if (verdict.kind === 'uncertain' && verdict.mayStillRun)
        this.copies.expect(
          calls.map(({ profileId }) => profileId),
          startedAt + door.requestTimeoutMs,
        );
      this.settler.settle(request, verdict);
    }
    if (isAlone(request) && !this.retries.hasAlone) this.waits.end('alone');
  }

  /** Certainly not applied: said of those that are marked as if they might have been. */
  private leave(calls: readonly C[]): void {
    for (const call of calls)
      if (call.isMarked && !call.mayBeApplied) this.ports.ended(call, { state: 'planned' });
  }
}
