import { type ServerResponse } from 'node:http';
import { AttributeRegistry } from './attribute-registry';
import { DeliveryLog } from './delivery-log';
import { type BrazeReply, type BrazeRequest } from './endpoint';
import { type Fault, FaultQueue } from './faults';
import { KeyRing } from './keys';
import { OrderLedger } from './order-ledger';
import { ProfileStore } from './profiles/profile-store';
import { RateWindows } from './rate-windows';
import { RequestLog } from './request-log';
import { seededRandom } from './seeded-random';
import { SegmentList } from './segment-list';
import { type SandboxOptions, type SandboxSettings, settingsFrom } from './settings';
import { newStatistics, type Statistics } from './statistics';
import { applyWrites } from './track/apply-writes';
import { OverlapWatch } from './track/overlaps';
import { PendingWrites } from './track/pending-writes';
import { INPUT_ARRAYS } from './track/refusals';
import { type TrackWrites } from './track/track-writes';

const DEFAULT_SEED = 1;
const DEFAULT_REMEMBERED = 200;

/** A request that was carried out and has not been answered yet. */
export interface UnansweredRequest {
  request: BrazeRequest;
  reply: BrazeReply;
  fault: Fault | undefined;
  res: ServerResponse;
}

/** One Braze workspace: everything that the endpoints read and change. Tests may look into it and set faults directly. */
export class Workspace {
  readonly clock: () => number;
  readonly settings: SandboxSettings;
  readonly keys: KeyRing;
  readonly registry: AttributeRegistry;
  readonly segments: SegmentList;
  readonly profiles: ProfileStore;
  readonly rates: RateWindows;
  readonly faults = new FaultQueue();
  readonly overlaps = new OverlapWatch();
  readonly statistics: Statistics = newStatistics();
  readonly requests: RequestLog;
  readonly order = new OrderLedger();
  readonly deliveries = new DeliveryLog();
  readonly pending: PendingWrites;
  /** Shown every request between being carried out and being answered; the answer waits for it. For crash tests. */
  beforeAnswer: ((unanswered: UnansweredRequest) => Promise<void>) | undefined;
  private dispatches = 0;
  private readonly jitter: () => number;

  /** `seed` is the one of a loaded snapshot, so that braze_ids stay what they were. */
  constructor(options: SandboxOptions, seed = options.seed ?? DEFAULT_SEED) {
    this.clock = options.clock ?? Date.now;
    this.settings = settingsFrom(options);
    this.keys = new KeyRing(options.keys);
    this.registry = new AttributeRegistry(() => this.settings.defaultArrayLength);
    this.segments = new SegmentList(this.clock);
    this.profiles = new ProfileStore(seed, this.clock);
    this.rates = new RateWindows(this.clock);
    this.requests = new RequestLog(options.rememberRequests ?? DEFAULT_REMEMBERED);
    this.pending = new PendingWrites((writes) => this.apply(writes));
    this.jitter = seededRandom(options.seed ?? DEFAULT_SEED);
  }

  /**
   * Takes accepted writes in; they can be seen after the workspace's lag, when `then` is called too. The result is to be
   * called once answered.
   */
  accept(writes: TrackWrites, then?: () => void): () => void {
    const { applyLagMs, applyJitterMs, trackOverlaps } = this.settings;
    this.note(writes);
    const delayMs = applyLagMs + (applyJitterMs > 0 ? this.jitter() * applyJitterMs : 0);
    const touched = trackOverlaps ? this.overlaps.open(writes) : undefined;
    this.pending.schedule(writes, delayMs, () => {
      touched?.applied();
      then?.();
    });
    return () => touched?.answered();
  }

  /** Applies accepted writes before they are answered, past everything that waits. */
  carryOut(writes: TrackWrites): void {
    this.note(writes);
    this.apply(writes);
  }

  /** A fresh id for one transmission of messages. */
  nextDispatchId(): string {
    this.dispatches += 1;
    return `${this.profiles.seed.toString(16).padStart(8, '0')}${this.dispatches.toString(16).padStart(24, '0')}`;
  }

  private note(writes: TrackWrites): void {
    for (const name of INPUT_ARRAYS) this.statistics.objects[name] += writes[name].length;
    if (this.settings.recordOrder) this.order.note(writes, this.clock());
  }

  private apply(writes: TrackWrites): void {
    const tally = applyWrites(writes, this);
    this.statistics.dataPoints += tally.dataPoints;
    this.statistics.skippedUnknown += tally.skippedUnknown;
  }
}
