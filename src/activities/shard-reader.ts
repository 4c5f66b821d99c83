import { type Engagement } from '../contract/engagement';
import { type Outcome } from '../contract/errors';
import { type ControlEntry, type ShardKey } from '../contract/stream';
import { type BucketRange } from '../domain/stream/sharding';
import { type LogRow } from '../domain/stream/shard-work';
import { type ShardOutbox } from './shard-outbox';
import { ShardSignal } from './shard-signal';
import { type ShardStates } from './shard-states';
import { emptyBatch, type EngagementWalk, type ShardStepper, type SteppedBatch } from './shard-stepper';
import { ShardTrouble, valueOf } from './shard-trouble';
import { type ShardWaits } from './shard-waits';
import { type ShardStore } from '../adapters/postgres/shard-store';

/** What a reader works with. */
export interface ReaderPorts {
  key: ShardKey;
  range: BucketRange;
  stepper: ShardStepper;
  states: ShardStates;
  outbox: ShardOutbox;
  store: Pick<ShardStore, 'readLog' | 'head' | 'states' | 'due' | 'people' | 'hasPassed' | 'owed'>;
  /** Keeps back the calls of people whose other profile's have not ended. */
  readonly park: (profileIds: readonly string[]) => void;
  /** Reads what the engagement's calls are made from. */
  readonly learn: (engagement: Engagement) => Promise<Outcome<void>>;
  /** Takes up calls that people have put back on their way. */
  readonly takeRedriven: () => Promise<void>;
  waits: Pick<ShardWaits, 'begin' | 'end'>;
  readonly isEnding: () => boolean;
  /** Monotonic milliseconds: a wall clock that is set back would keep the reader asleep. */
  readonly now: () => number;
  /** Wall clock, by which clocks strike. */
  readonly epochMs: () => number;
}

const ROWS_AT_ONCE = 500;
/** Reads follow each other at this distance at least unless there is more to read: under load each finds more. */
const READ_EVERY_MS = 120;
/** The log is looked at so often though nobody has said that something has come. */
const POLL_MS = 1_000;
/** Clocks strike that much later: an entry that was captured before may not be visible yet. */
const CLOCK_MARGIN_MS = 1_000;
const BARRIER_POLL_MS = 50;

/** Reads a shard's log and its clocks, and has them stepped, in order. */
export class ShardReader {
  /** Last entry that was stepped. */
  cursor: number;
  /** Last entry that there was, as of the last look. */
  lastSeq = 0;
  private readonly ports: ReaderPorts;
  private readonly signal = new ShardSignal();
  private lastReadMs = -Infinity;
  private lastClockMs = -Infinity;
  private lastLookMs = -Infinity;
  private lastCapturedMs = 0;

  constructor(cursor: number, ports: ReaderPorts) {
    this.cursor = cursor;
    this.ports = ports;
  }

  /** Something was written to the log, or the stay ends. */
  wake(): void {
    this.signal.raise();
  }

  /** Until the stay ends, or everything of a replaced layout is worked off. */
  async run(): Promise<'ending' | 'drained'> {
    const { outbox, isEnding, now, epochMs } = this.ports;
    while (!isEnding()) {
      await this.look();
      if (outbox.isFull) {
        await outbox.relief();
        continue;
      }
      await this.ports.takeRedriven();
      this.lastReadMs = now();
      const rows = valueOf(await this.ports.store.readLog(this.cursor, ROWS_AT_ONCE));
      await this.work(rows);
      const isCaughtUp = rows.length < ROWS_AT_ONCE;
      await this.strike(isCaughtUp ? epochMs() - CLOCK_MARGIN_MS : this.lastCapturedMs);
      if (rows.length === 0) {
        if (await this.isDrained()) return 'drained';
        await this.signal.wait(POLL_MS);
      } else if (isCaughtUp) {
        const restMs = this.lastReadMs + READ_EVERY_MS - now();
        if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
      }
    }
    return 'ending';
  }

  private async isDrained(): Promise<boolean> {
    const endSeq = await this.readHead();
    return endSeq !== undefined && this.cursor >= endSeq;
  }

  /** How long the log is, now and then: however much there is to do, somebody may want to know how much. */
  private async look(): Promise<void> {
    if (this.ports.now() - this.lastLookMs >= POLL_MS) await this.readHead();
  }

  private async readHead(): Promise<number | undefined> {
    this.lastLookMs = this.ports.now();
    const { lastSeq, endSeq } = valueOf(await this.ports.store.head());
    this.lastSeq = lastSeq;
    return endSeq;
  }

  private async work(rows: readonly LogRow<ControlEntry>[]): Promise<void> {
    if (rows.length === 0) return;
    await this.load(rows);
    let batch = emptyBatch();
    for (const row of rows) {
      if (this.ports.isEnding()) return;
      this.lastCapturedMs = Math.max(this.lastCapturedMs, row.capturedAtMs);
      if (row.kind === 'event') {
        this.stepEvent(batch, row);
        continue;
      }
      if (batch.commit.cursor !== undefined) await this.push(batch);
      batch = emptyBatch();
      if (row.kind === 'merge') await this.merge(row);
      else await this.control(row);
    }
    if (batch.commit.cursor !== undefined) await this.push(batch);
  }

  /** Everybody of these entries stays at hand until the last of them is stepped. */
  private async load(rows: readonly LogRow<ControlEntry>[]): Promise<void> {
    const { states } = this.ports;
    const people = rows.flatMap(({ profileId }) => (profileId === undefined ? [] : [profileId]));
    const missing = states.hold(people);
    if (missing.length > 0) states.learn(valueOf(await this.ports.store.states(missing)));
  }

  private stepEvent(batch: SteppedBatch, row: EventRow): void {
    const { profileId } = row;
    const known = batch.states.get(profileId)?.state ?? this.ports.states.get(profileId);
    this.ports.stepper.event(batch, row, known);
  }

  private async push(batch: SteppedBatch): Promise<void> {
    await this.ports.outbox.push(batch);
    this.cursor = batch.commit.cursor ?? this.cursor;
  }

  private async merge(row: MergeRow): Promise<void> {
    const { stepper, states, key } = this.ports;
    const { entry, profileId } = row;
    const batch = emptyBatch();
    if (entry.role === 'out') stepper.retire(batch, row, states.get(profileId));
    else {
      const other = { integration: key.integration, layout: entry.layout, shard: entry.shard };
      if (!(await this.passBarrier(other, entry.seq))) return;
      this.ports.park(valueOf(await this.ports.store.owed([profileId])));
      const [loser] = valueOf(await this.ports.store.states([entry.from]));
      stepper.merge(batch, row, states.get(profileId), loser);
    }
    await this.push(batch);
  }

  /**
   * Requests and commits go on meanwhile, and re-driven calls are still taken up; entries after this one wait, since they may be
   * the survivor's. No two shards wait for each other: the other profile's entry was written before this one.
   */
  private async passBarrier(other: ShardKey, seq: number): Promise<boolean> {
    const { outbox, isEnding, store, takeRedriven, waits } = this.ports;
    await outbox.flush(isEnding);
    while (!isEnding()) {
      if (valueOf(await store.hasPassed(other, seq))) {
        waits.end('reading');
        return true;
      }
      const message = `the shard ${other.shard} of layout ${other.layout} has not passed entry ${seq}`;
      waits.begin('reading', { reason: 'merge', message });
      await takeRedriven();
      await this.look();
      await new Promise((resolve) => setTimeout(resolve, BARRIER_POLL_MS));
    }
    return false;
  }

  /**
   * The change holds from here on, and not for what was due before it. Whoever it concerns is walked over in pages before the
   * cursor passes the entry.
   */
  private async control(row: ControlRow): Promise<void> {
    const { stepper, outbox, isEnding, learn } = this.ports;
    if (!(await this.strikeAll(row.capturedAtMs))) return;
    const { definition: engagement } = row.entry;
    const walk = walkOf(row.entry, stepper.engagementAt(engagement.name));
    const learned = await learn(engagement);
    if (!learned.ok) throw new ShardTrouble(learned.fault);
    stepper.setEngagement(engagement);
    if (walk !== undefined) {
      await outbox.flush(isEnding);
      if (!(await this.walk({ kind: walk, engagement }, row))) return;
    }
    const batch = emptyBatch();
    batch.commit.cursor = row.seq;
    await this.push(batch);
  }

  private async walk(change: EngagementWalk, row: ControlRow): Promise<boolean> {
    const { stepper, states, outbox, store, range, isEnding } = this.ports;
    for (let afterId = '0'; !isEnding();) {
      await this.makeRoom();
      const page = valueOf(await store.people(range, afterId, ROWS_AT_ONCE));
      const batch = emptyBatch();
      for (const stored of page) stepper.control(batch, change, states.get(stored.profileId) ?? stored, row);
      await outbox.push(batch);
      const last = page.at(-1);
      if (last === undefined || page.length < ROWS_AT_ONCE) return true;
      afterId = last.profileId;
    }
    return false;
  }

  /** Before each page of what may be many. */
  private async makeRoom(): Promise<void> {
    const { outbox, isEnding } = this.ports;
    while (outbox.isFull && !isEnding()) await outbox.relief();
    await this.look();
  }

  /** Time moves people: those whose clocks were due until then, at most once a second. */
  private async strike(untilMs: number): Promise<void> {
    const { store, range, isEnding, now } = this.ports;
    if (now() - this.lastClockMs < POLL_MS || isEnding()) return;
    this.lastClockMs = now();
    // Mostly nobody is due, and then no commit need be waited for.
    if (valueOf(await store.due(range, untilMs, 1)).length === 0) return;
    if ((await this.strikePage(untilMs)) === ROWS_AT_ONCE) this.lastClockMs = -Infinity;
  }

  /** Everybody whose clock was due until then; false if the stay ends before. */
  private async strikeAll(untilMs: number): Promise<boolean> {
    while (!this.ports.isEnding()) {
      await this.makeRoom();
      if ((await this.strikePage(untilMs)) < ROWS_AT_ONCE) return !this.ports.isEnding();
    }
    return false;
  }

  /** How many they were. */
  private async strikePage(untilMs: number): Promise<number> {
    const { store, range, stepper, outbox, isEnding } = this.ports;
    // Whoever was stepped and not committed may be due no longer, or merged away: only then does the database know.
    await outbox.flush(isEnding);
    if (isEnding()) return 0;
    const found = valueOf(await store.due(range, untilMs, ROWS_AT_ONCE));
    const batch = emptyBatch();
    for (const stored of found) stepper.clock(batch, stored, untilMs);
    if (found.length > 0) await outbox.push(batch);
    return found.length;
  }
}

type Row = LogRow<ControlEntry>;
type EventRow = Extract<Row, { kind: 'event' }>;
type MergeRow = Extract<Row, { kind: 'merge' }>;
type ControlRow = Extract<Row, { kind: 'control' }>;

/** Which change touches people who do nothing themselves. */
function walkOf(
  { change, definition }: ControlEntry,
  before: Engagement | undefined,
): EngagementWalk['kind'] | undefined {
  switch (change) {
    case 'activate':
    case 'resume':
      return change;
    case 'upgrade':
      return before?.segment.version === definition.segment.version ? undefined : change;
    case 'pause':
    case 'stop':
      return undefined;
  }
}
