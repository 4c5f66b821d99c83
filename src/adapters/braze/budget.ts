import {
  LONGEST_PAUSE_MS,
  type RateSignal,
  type ReplyHeaders,
  readRateSignal,
} from '../../domain/rate-signal';

/** Leave to send requests to one workspace; several senders may share one budget. */
export interface RequestBudget {
  /**
   * Nothing to wait for, or `true` once one more request may start: its `release` follows in any case.
   * `false` when the signal came first or the budget is closed: then there is nothing to release.
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

/** The clocks and timers of this process. */
export const REAL_CLOCK: BudgetClock = {
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
/** Two answers about one window may differ by this much in when it ends: seconds left come as whole ones. */
const RESET_ROUNDING_MS = 1_000;

/** What a budget may spend. */
export interface Allowance {
  requestsPerSecond: number;
  /** How much of what Braze's headers call remaining is this budget's: the others' processes count as well. */
  ofLimit: number;
  /** On the budget's own clock; from then on nothing is allowed. */
  untilMs: number;
  /**
   * The same moment on the wall clock, and whichever comes first counts: Linux's monotonic clock stands still while the
   * machine sleeps. https://man7.org/linux/man-pages/man2/clock_gettime.2.html (CLOCK_MONOTONIC)
   */
  untilEpochMs?: number;
}

/** What was asked of a budget since the last look. */
export interface Usage {
  started: number;
  /** Somebody had to wait for a larger share, and not for the end of a pause or for a connection. */
  wasShort: boolean;
}

/**
 * A budget of one process: so many requests per second and in flight, and the pauses that Braze asks for. The bound
 * on requests in flight keeps them out of the HTTP client's own queue, where they could start later than was allowed.
 */
export class LocalBudget implements RequestBudget {
  private tokens: number;
  private refilledAt: number;
  private pausedUntil = 0;
  private toldPauseUntil = 0;
  private used = { started: 0, wasShort: false };
  /**
   * What the last answer says of Braze's current window: when it ends, how many more requests of everybody fit into it,
   * and how many of this budget's are not yet taken off that.
   */
  private window = { endsAt: 0, remaining: 0, uncounted: 0 };
  /** When the next timer wakes those who wait; a sooner one may be set meanwhile. */
  private wakesAt = Infinity;
  private waiting: ((isGranted: boolean) => void)[] = [];
  private isClosed = false;
  private inFlight = 0;
  private allowance: Allowance;
  private readonly maxInFlight: number;
  private readonly clock: BudgetClock;

  /** With a rate of 0 it waits to be allowed something; else it is on its own, for ever. */
  constructor(requestsPerSecond: number, maxInFlight: number, clock: BudgetClock = REAL_CLOCK) {
    this.allowance = { requestsPerSecond, ofLimit: 1, untilMs: Infinity };
    this.maxInFlight = maxInFlight;
    this.clock = clock;
    this.tokens = this.burst;
    this.refilledAt = clock.nowMs();
  }

  /** Changes what may be spent; those who wait keep their places. */
  allow(allowance: Allowance): void {
    this.refill(this.clock.nowMs());
    this.allowance = allowance;
    this.tokens = Math.min(this.tokens, this.burst);
    this.serve();
  }

  /** Holds back as a 429 does, when another process was told. */
  pauseFor(delayMs: number): void {
    if (delayMs > 0) this.pause(Math.min(delayMs, LONGEST_PAUSE_MS));
  }

  /** How much longer Braze wants nothing, by what it told this budget itself and by what it was told in all. */
  pauseLeft(): { toldMs: number; inAllMs: number } {
    const now = this.clock.nowMs();
    return {
      // The sum may have been rounded up, and the authority takes no longer pause.
      toldMs: Math.min(LONGEST_PAUSE_MS, Math.max(0, this.toldPauseUntil - now)),
      inAllMs: Math.max(0, this.pausedUntil - now),
    };
  }

  /** What was asked of it since this was last called. */
  takeStock(): Usage {
    const usage = this.used;
    this.used = { started: 0, wasShort: this.waiting.length > 0 && this.used.wasShort };
    return usage;
  }

  /** Nobody gets anything any more: those who wait, and whoever comes later, go with `false`. */
  close(): void {
    this.isClosed = true;
    const { waiting } = this;
    this.waiting = [];
    for (const answer of waiting) answer(false);
  }

  /** Whether somebody waits or is in flight. */
  isInUse(): boolean {
    return this.waiting.length > 0 || this.inFlight > 0;
  }

  take(signal?: AbortSignal): Promise<boolean> | undefined {
    if (this.isClosed || signal?.aborted) return Promise.resolve(false);
    if (this.waiting.length === 0 && this.spend()) return undefined;
    return new Promise((resolve) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(answer), 1);
        resolve(false);
      };
      const answer = (isGranted: boolean) => {
        signal?.removeEventListener('abort', leave);
        resolve(isGranted);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(answer);
      this.scheduleNext();
    });
  }

  release(): void {
    this.inFlight -= 1;
    this.serve();
  }

  observe(status: number, headers: ReplyHeaders): void {
    const signal = readRateSignal(headers, status, this.clock.epochMs());
    if (status === 429) {
      const pauseMs = Math.min(signal.pauseMs ?? BLIND_PAUSE_MS, LONGEST_PAUSE_MS);
      this.toldPauseUntil = Math.max(this.toldPauseUntil, this.clock.nowMs() + pauseMs);
      this.pause(pauseMs + this.clock.random() * 250);
    } else this.learnWindow(signal);
    this.serve();
  }

  /** Answers come in the order of their requests, nearly: what is in flight is not yet in `remaining`. */
  private learnWindow({ remaining, resetInMs }: RateSignal): void {
    if (remaining === undefined || resetInMs === undefined) return;
    const now = this.clock.nowMs();
    const endsAt = now + Math.min(resetInMs, LONGEST_PAUSE_MS);
    const isSame = now < this.window.endsAt && Math.abs(endsAt - this.window.endsAt) <= RESET_ROUNDING_MS;
    this.window = {
      endsAt: isSame ? Math.min(endsAt, this.window.endsAt) : endsAt,
      remaining,
      uncounted: this.inFlight,
    };
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
    this.refill(now);
    if (this.tokens < 1 || this.isWithheld(now) || this.untilWindow(now) > 0) {
      this.used.wasShort = true;
      return false;
    }
    this.used.started += 1;
    this.tokens -= 1;
    this.window.uncounted += 1;
    this.inFlight += 1;
    return true;
  }

  /** What is allowed comes in evenly, and only while it is allowed. */
  private refill(now: number): void {
    const { requestsPerSecond, untilMs } = this.allowance;
    const passedMs = Math.max(0, Math.min(now, untilMs) - this.refilledAt);
    this.tokens = Math.min(this.burst, this.tokens + (passedMs / 1_000) * requestsPerSecond);
    this.refilledAt = Math.max(this.refilledAt, now);
  }

  private get burst(): number {
    return Math.max(1, this.allowance.requestsPerSecond * BURST_SECONDS);
  }

  private isWithheld(now: number): boolean {
    const { requestsPerSecond, untilMs, untilEpochMs = Infinity } = this.allowance;
    return requestsPerSecond === 0 || now >= untilMs || this.clock.epochMs() >= untilEpochMs;
  }

  /**
   * Milliseconds until a request fits into a window of Braze's. By the share of this moment: one that was smaller when
   * Braze answered must not hold back what is allowed now, since without a request no answer would correct it.
   */
  private untilWindow(now: number): number {
    const { endsAt, remaining, uncounted } = this.window;
    return remaining * this.allowance.ofLimit - uncounted >= 1 ? 0 : endsAt - now;
  }

  /** A timer for the next token; a slot in flight needs none, since its release serves the next in line. */
  private scheduleNext(): void {
    if (this.inFlight >= this.maxInFlight) return;
    const now = this.clock.nowMs();
    // Whoever allows something again wakes those who wait.
    if (this.isWithheld(now)) return;
    const untilToken = ((1 - this.tokens) / this.allowance.requestsPerSecond) * 1_000;
    const neededMs = Math.max(1, this.pausedUntil - now, this.untilWindow(now), untilToken);
    // A timer that is set beyond its range fires at once, over and over.
    const delayMs = Math.min(neededMs, LONGEST_PAUSE_MS);
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
    while (this.waiting.length > 0 && this.spend()) this.waiting.shift()?.(true);
    if (this.waiting.length > 0) this.scheduleNext();
  }
}
