import { type Fault } from '../contract/errors';
import { type ShardWait, type WaitReason, waitReasonOf } from '../domain/stream/shard-wait';

/** What may keep a shard: Braze, the place in the log, the one who had it before, or what it needs at all. */
export type WaitSource = 'sending' | 'reading' | 'taking' | 'beginning';

type Wait = Omit<ShardWait, 'since'>;

/** The most lasting first: while nothing can be had, what was waited for before is of no account. */
const ORDER: readonly WaitSource[] = ['beginning', 'taking', 'sending', 'reading'];

const ENDS: Record<WaitSource, readonly WaitReason[]> = {
  beginning: ['layout', 'database', 'temporal'],
  taking: ['takeover'],
  sending: ['temporal', 'settings', 'key', 'throttled', 'unavailable', 'other'],
  reading: ['merge'],
};

/**
 * What a shard waits for at present, by who found it out. A wait goes on where an earlier stay has left one for the same reason,
 * so that what lasts for hours is told as such.
 */
export class ShardWaits {
  private readonly waits = new Map<WaitSource, ShardWait>();
  private earlier: ShardWait | undefined;
  private readonly now: () => number;

  /** `now` is the wall clock. */
  constructor(now: () => number, earlier?: ShardWait) {
    this.now = now;
    this.earlier = earlier;
  }

  begin(source: WaitSource, wait: Wait): void {
    const known = this.waits.get(source);
    const isEarlier = this.earlier?.reason === wait.reason;
    const since =
      known?.since ?? (isEarlier ? this.earlier?.since : undefined) ?? new Date(this.now()).toISOString();
    this.waits.set(source, { ...wait, since });
  }

  beginFor(source: WaitSource, { code, message }: Fault): void {
    this.begin(source, { reason: waitReasonOf(code), code, message });
  }

  /** What was waited for has come, also where it was an earlier stay that waited. */
  end(source: WaitSource): void {
    this.waits.delete(source);
    if (this.earlier !== undefined && ENDS[source].includes(this.earlier.reason)) this.earlier = undefined;
  }

  current(): ShardWait | undefined {
    return ORDER.map((source) => this.waits.get(source)).find((wait) => wait !== undefined);
  }
}
