import { type SendGate } from './slice-sender';

/** What a heartbeat's acknowledgement can say. */
export type BeatAnswer = 'acknowledged' | 'cancelled' | 'lost';

/** How a lease is kept. */
export interface HeartbeatLeaseOptions {
  /** One heartbeat; resolves when Temporal has acknowledged it, rejects when Temporal could not be asked. */
  beat(): Promise<BeatAnswer>;
  intervalMs: number;
  /** The gate is open only this long after the start of the last acknowledged heartbeat. */
  boundMs: number;
  /** Monotonic milliseconds. */
  now(): number;
}

/**
 * The right to start requests. A process that Temporal has given up on must not write any more, even if it never
 * learns of it: so a request may start only within `boundMs` of a heartbeat that Temporal has acknowledged, measured
 * on this process's own monotonic clock from before the heartbeat was sent.
 */
export class HeartbeatLease implements SendGate {
  /** Why no request may start any more. */
  ended: 'cancelled' | 'lost' | 'closed' | undefined;
  private acknowledgedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private waiting: (() => void)[] = [];
  private beating: Promise<void> = Promise.resolve();
  private readonly options: HeartbeatLeaseOptions;

  constructor(options: HeartbeatLeaseOptions) {
    this.options = options;
  }

  /** Sends a heartbeat now and goes on until `close`. */
  start(): void {
    this.beating = this.beatOnce();
  }

  isOpen(): boolean {
    return this.ended === undefined && this.options.now() - this.acknowledgedAt <= this.options.boundMs;
  }

  async opened(): Promise<boolean> {
    while (!this.isOpen()) {
      if (this.ended) return false;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return true;
  }

  /** No request starts after this. */
  end(reason: 'cancelled' | 'lost' | 'closed'): void {
    this.ended ??= reason;
    clearTimeout(this.timer);
    this.wake();
  }

  /** Ends the lease and waits for the heartbeat under way. */
  async close(): Promise<void> {
    this.end('closed');
    await this.beating;
  }

  private async beatOnce(): Promise<void> {
    const startedAt = this.options.now();
    try {
      const answer = await this.options.beat();
      if (answer === 'acknowledged') this.acknowledgedAt = startedAt;
      else this.end(answer);
    } catch {
      // Temporal could not be asked: the gate closes by itself when the bound passes, and opens with the next answer.
    }
    this.wake();
    if (this.ended) return;
    this.timer = setTimeout(() => this.start(), this.options.intervalMs);
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
