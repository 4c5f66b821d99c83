import { type RateSignal, type ReplyHeaders, readRateSignal } from '../../domain/rate-signal';

/** Leave to send requests to one workspace; several senders may share one budget. */
export interface RequestBudget {
  /**
   * Nothing to wait for, or `true` once one more request may start: its `release` follows in any case.
   * `false` when the signal came first: then there is nothing to release.
   */
  take(signal?: AbortSignal): Promise<boolean> | undefined;
  /** The request has ended, or was not started after all. */
  release(): void;
  /** Learns from an answer's rate headers. */
  observe(status: number, headers: ReplyHeaders): void;
}

/** Clock and timer of a budget, replaceable in tests. */
export interface BudgetClock {
  nowMs(): number;
  epochMs(): number;
  schedule(callback: () => void, delayMs: number): void;
  random(): number;
}

const REAL_CLOCK: BudgetClock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule: (callback, delayMs) => void setTimeout(callback, delayMs),
  random: Math.random,
};

/**
 * Tokens saved up while idle or held back: what a busy machine was late with is made good within the same window of
 * Braze's, and no window is filled in one go.
 */
const BURST_SECONDS = 0.2;
/** A 429 without any hint is waited out this long, plus jitter. */
const BLIND_PAUSE_MS = 1_000;

/**
 * A budget of one process: so many requests per second and in flight, and the pauses that Braze asks for. The bound
 * on requests in flight keeps them out of the HTTP client's own queue, where they could start later than was allowed.
 */
export class LocalBudget implements RequestBudget {
  private tokens: number;
  private refilledAt: number;
  private pausedUntil = 0;
  /** What the last answer says of Braze's current window: when it ends, and how many more requests fit into it. */
  private window = { endsAt: 0, left: 0 };
  /** When the next timer wakes those who wait; a sooner one may be set meanwhile. */
  private wakesAt = Infinity;
  private readonly waiting: (() => void)[] = [];
  private inFlight = 0;
  private readonly burst: number;
  private readonly requestsPerSecond: number;
  private readonly maxInFlight: number;
  private readonly clock: BudgetClock;

  constructor(requestsPerSecond: number, maxInFlight: number, clock: BudgetClock = REAL_CLOCK) {
    this.requestsPerSecond = requestsPerSecond;
    this.maxInFlight = maxInFlight;
    this.clock = clock;
    this.burst = Math.max(1, requestsPerSecond * BURST_SECONDS);
    this.tokens = this.burst;
    this.refilledAt = clock.nowMs();
  }

  take(signal?: AbortSignal): Promise<boolean> | undefined {
    if (signal?.aborted) return Promise.resolve(false);
    if (this.waiting.length === 0 && this.spend()) return undefined;
    return new Promise((resolve) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        resolve(false);
      };
      const start = () => {
        signal?.removeEventListener('abort', leave);
        resolve(true);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(start);
      this.scheduleNext();
    });
  }

  release(): void {
    this.inFlight -= 1;
    this.serve();
  }

  observe(status: number, headers: ReplyHeaders): void {
    const signal = readRateSignal(headers, status, this.clock.epochMs());
    if (status === 429) this.pause((signal.pauseMs ?? BLIND_PAUSE_MS) + this.clock.random() * 250);
    else this.learnWindow(signal);
    this.serve();
  }

  /** Answers come in the order of their requests, nearly: what is in flight is not yet in `remaining`. */
  private learnWindow({ remaining, resetInMs }: RateSignal): void {
    if (remaining === undefined || resetInMs === undefined) return;
    this.window = { endsAt: this.clock.nowMs() + resetInMs, left: remaining - this.inFlight };
  }

  private pause(delayMs: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.clock.nowMs() + delayMs);
    // Nothing is saved up while Braze wants a pause: it ends with one request, not with a burst.
    this.tokens = Math.min(this.tokens, 1);
    this.refilledAt = this.pausedUntil;
  }

  private spend(): boolean {
    if (this.inFlight >= this.maxInFlight) return false;
    const now = this.clock.nowMs();
    if (now < this.pausedUntil) return false;
    this.tokens = Math.min(
      this.burst,
      this.tokens + ((now - this.refilledAt) / 1_000) * this.requestsPerSecond,
    );
    this.refilledAt = now;
    if (this.tokens < 1 || this.untilWindow(now) > 0) return false;
    this.tokens -= 1;
    this.window.left -= 1;
    this.inFlight += 1;
    return true;
  }

  /** Milliseconds until a request fits into a window of Braze's. */
  private untilWindow(now: number): number {
    return this.window.left > 0 ? 0 : this.window.endsAt - now;
  }

  /** A timer for the next token; a slot in flight needs none, since its release serves the next in line. */
  private scheduleNext(): void {
    if (this.inFlight >= this.maxInFlight) return;
    const now = this.clock.nowMs();
    const untilToken = ((1 - this.tokens) / this.requestsPerSecond) * 1_000;
    const delayMs = Math.max(1, this.pausedUntil - now, this.untilWindow(now), untilToken);
    const wakesAt = now + delayMs;
    if (wakesAt > this.wakesAt - 1) return;
    this.wakesAt = wakesAt;
    this.clock.schedule(() => this.onTimer(wakesAt), delayMs);
  }

  private onTimer(wakesAt: number): void {
    // One that a sooner one has replaced must not make room for a further one.
    if (wakesAt === this.wakesAt) this.wakesAt = Infinity;
    this.serve();
  }

  private serve(): void {
    while (this.waiting.length > 0 && this.spend()) this.waiting.shift()?.();
    if (this.waiting.length > 0) this.scheduleNext();
  }
}
