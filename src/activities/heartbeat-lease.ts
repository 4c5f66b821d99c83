import { setMaxListeners } from 'node:events';
import { type Context } from '@temporalio/activity';
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
  /** The wall clock. */
  epochMs(): number;
}

/**
 * The right to start requests. A process that Temporal has given up on must not write any more, even if it never
 * learns of it: so a request may start only within `boundMs` of a heartbeat that Temporal has acknowledged, measured
 * on this process's own clocks from before the heartbeat was sent: on the monotonic one, which nobody sets back, and on
 * the wall clock, since the other stands still on Linux while the machine sleeps. Heartbeats outlive the right: what is in
 * flight still has to end and to be recorded by an attempt that Temporal counts on.
 */
export class HeartbeatLease implements SendGate {
  /** Why no request may start any more. */
  ended: 'cancelled' | 'lost' | 'closed' | undefined;
  private readonly ending = new AbortController();
  private isBeating = false;
  private acknowledgedAt = -Infinity;
  private acknowledgedEpochMs = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private waiting: (() => void)[] = [];
  private beating: Promise<void> = Promise.resolve();
  private readonly options: HeartbeatLeaseOptions;

  constructor(options: HeartbeatLeaseOptions) {
    this.options = options;
    // Every connection may wait for its turn under this signal: many listeners are no leak.
    setMaxListeners(0, this.ending.signal);
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Sends a heartbeat now and goes on until `close`, or until Temporal no longer counts on the attempt. */
  start(): void {
    this.isBeating = true;
    this.beat();
  }

  isOpen(): boolean {
    const { options } = this;
    const elapsedMs = Math.max(
      options.now() - this.acknowledgedAt,
      options.epochMs() - this.acknowledgedEpochMs,
    );
    return this.ended === undefined && elapsedMs <= options.boundMs;
  }

  async opened(): Promise<boolean> {
    while (!this.isOpen()) {
      if (this.ended) return false;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return true;
  }

  /** No request starts after this; heartbeats go on unless there is nobody left to count on them. */
  end(reason: 'cancelled' | 'lost'): void {
    if (reason === 'lost') this.stopBeating();
    this.shut(reason);
  }

  /** Ends the lease and the heartbeats, and waits for the one under way. */
  async close(): Promise<void> {
    this.stopBeating();
    this.shut('closed');
    await this.beating;
  }

  private shut(reason: 'cancelled' | 'lost' | 'closed'): void {
    this.ended ??= reason;
    this.ending.abort();
    this.wake();
  }

  private stopBeating(): void {
    this.isBeating = false;
    clearTimeout(this.timer);
  }

  private beat(): void {
    this.beating = this.beatOnce();
  }

  private async beatOnce(): Promise<void> {
    const startedAt = this.options.now();
    const startedEpochMs = this.options.epochMs();
    try {
      const answer = await this.options.beat();
      if (answer === 'acknowledged') {
        this.acknowledgedAt = startedAt;
        this.acknowledgedEpochMs = startedEpochMs;
      } else this.end(answer);
    } catch {
      // Temporal, or a shard's database, could not be asked: the gate closes by itself when the bound passes, and
      // opens with the next answer.
    }
    this.wake();
    if (this.isBeating) this.timer = setTimeout(() => this.beat(), this.options.intervalMs);
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/**
 * A lease's heartbeat for the activity under way. What Temporal has acknowledged is told to the worker as well: it gives
 * up on attempts by a clock of its own, which only the activity's own `heartbeat` resets, and then drops their results.
 * https://github.com/temporalio/sdk-core, crates/sdk-core/src/worker/activities.rs (read 2026-11-22)
 */
export function activityBeat<T>(
  context: Context,
  ask: (taskToken: Uint8Array, details: T) => Promise<BeatAnswer>,
  progress: () => T,
): () => Promise<BeatAnswer> {
  return async () => {
    const details = progress();
    const answer = await ask(context.info.taskToken, details);
    // A heartbeat that brings the cancellation was counted too.
    if (answer !== 'lost') context.heartbeat(details);
    return answer;
  };
}
