import { type Engagement } from '../contract/engagement';
import { type Fault, type Outcome } from '../contract/errors';
import { type ShardKey, type ShardProgress } from '../contract/stream';
import { type BegunShard, type ShardStore } from '../adapters/postgres/shard-store';
import { type BucketRange } from '../domain/stream/sharding';
import { CallSender } from './call-sender';
import { type BrazeDoor } from './sending-call';
import { HeartbeatLease } from './heartbeat-lease';
import { LeftCalls } from './left-calls';
import { MergedPeople } from './merged-people';
import { type CarriedEnd, type ShardCall } from './shard-call';
import { ShardOutbox, type OutboxPorts } from './shard-outbox';
import { RedrivenCalls } from './redriven-calls';
import { ShardReader } from './shard-reader';
import { ShardStates } from './shard-states';
import { ShardStepper, type CallMaker } from './shard-stepper';
import { type ShardWaits } from './shard-waits';
import { type ReadDoor, ShardWitness, WITNESS_EVERY_MS } from './shard-witness';
import { ShardTrouble, valueOf } from './shard-trouble';

/** How calls are made from engagements. */
export interface CallFactory {
  /** Reads what the engagement's calls are made from; it never changes. */
  learn(engagement: Engagement): Promise<Outcome<void>>;
  make: CallMaker;
  parts: OutboxPorts['parts'];
}

/** What one stay at a shard works with. */
export interface StayPorts {
  key: ShardKey;
  range: BucketRange;
  store: ShardStore;
  calls: CallFactory;
  /** Where it is said what is waited for. */
  waits: ShardWaits;
  openBraze(): Promise<Outcome<BrazeDoor>>;
  /** Absent where nothing is to be read back. */
  openReading?: (() => Promise<Outcome<ReadDoor | undefined>>) | undefined;
  /** Calls back whenever something was written to the shard's log; answers how to stop. */
  readonly listen: (wake: () => void) => () => void;
  /** Aborts when the shard is to be handed back. */
  ending: AbortSignal;
  /** The stay before could not write what it had sent. */
  isCautious: boolean;
  timing: StayTiming;
}

/** How long a shard is held. */
export interface StayTiming {
  leaseMs: number;
  renewEveryMs: number;
  /** A request starts only so soon after the beginning of the last renewal: the lease less what clocks may differ by. */
  boundMs: number;
  /** How often a delivered call of each engagement is looked for at most. */
  witnessEveryMs?: number | undefined;
}

/** How a stay ended. */
export type StayEnd =
  | { kind: 'handedBack' | 'drained' | 'lost' }
  /** The database, or what the shard needs, could not be had; ends of calls that could not be written are carried on. */
  | { kind: 'trouble'; fault: Fault; carried: Map<string, CarriedEnd>; hasCommitted: boolean };

/** Of one request, until the workspace's settings say less. https://www.braze.com/docs/api/endpoints/user_data/post_user_track/ (read 2026-11-22) */
const MOST_OBJECTS = 75;

/** One worker's time with a shard, from a begin to the hand-back. */
export class ShardStay {
  private readonly states = new ShardStates();
  private readonly lease: HeartbeatLease;
  private readonly sender: CallSender<ShardCall>;
  private readonly merged: MergedPeople;
  private readonly outbox: ShardOutbox;
  private readonly reader: ShardReader;
  private readonly stepper: ShardStepper;
  private readonly witness: ShardWitness | undefined;
  private readonly left: LeftCalls;
  private readonly ports: StayPorts;
  private readonly begun: BegunShard;
  private isEnding = false;
  /** Nothing is left to do for ever. */
  private hasNothingLeft = false;
  /** And that is written. */
  private isDrained = false;
  /** Of a defect of Brazier's own. */
  private failure: Error | undefined;

  constructor(begun: BegunShard, ports: StayPorts) {
    this.begun = begun;
    this.ports = ports;
    const { store, timing, calls, key, range } = ports;
    const { epoch } = begun;
    this.lease = new HeartbeatLease({
      beat: async () => {
        const renewed = await store.renewLease(epoch, timing.leaseMs);
        if (!renewed.ok) throw new ShardTrouble(renewed.fault);
        return renewed.value ? 'acknowledged' : 'lost';
      },
      intervalMs: timing.renewEveryMs,
      boundMs: timing.boundMs,
      now: () => performance.now(),
      epochMs: () => Date.now(),
    });
    this.sender = new CallSender<ShardCall>(
      {
        open: () => ports.openBraze(),
        gate: this.lease,
        markStarted: (marked) => this.markStarted(marked),
        ended: (call, end) => this.outbox.end(call, end),
        waiting: (fault) =>
          fault === undefined ? ports.waits.end('sending') : ports.waits.beginFor('sending', fault),
        failed: (error) => this.fail(error),
        now: () => performance.now(),
        random: Math.random,
      },
      MOST_OBJECTS,
    );
    const { openReading } = ports;
    this.witness =
      openReading &&
      new ShardWitness({
        open: openReading,
        everyMs: timing.witnessEveryMs ?? WITNESS_EVERY_MS,
        now: () => performance.now(),
      });
    this.merged = new MergedPeople({ sender: this.sender, owed: (people) => store.owed(people) });
    this.outbox = new ShardOutbox({
      isCautious: ports.isCautious,
      witness: this.witness,
      sender: this.merged,
      states: this.states,
      commit: (commit) => store.commit(epoch, commit),
      parts: calls.parts,
      now: () => performance.now(),
      epochMs: () => Date.now(),
    });
    this.stepper = new ShardStepper(calls.make, Date.now);
    this.left = new LeftCalls({
      ...{ store, outbox: this.outbox },
      onUnknown: (engagement) => this.onUnknown(engagement),
      isEnding: () => this.isEnding,
      now: Date.now,
    });
    const redriven = new RedrivenCalls({
      ...{ epoch, store, outbox: this.outbox },
      onUnknown: (engagement) => this.onUnknown(engagement),
      now: () => performance.now(),
    });
    this.reader = new ShardReader(begun.cursor, {
      ...{ key, range, store },
      stepper: this.stepper,
      states: this.states,
      outbox: this.outbox,
      learn: (engagement) => calls.learn(engagement),
      takeRedriven: () => redriven.take(),
      park: (people) => this.merged.park(people),
      waits: ports.waits,
      isEnding: () => this.isEnding,
      now: () => performance.now(),
      epochMs: () => Date.now(),
    });
  }

  /** Works until it is told to end, has nothing left to do for ever, or may not or cannot go on. */
  async run(carried: ReadonlyMap<string, CarriedEnd>): Promise<StayEnd> {
    const { ending, listen } = this.ports;
    const end = () => this.end();
    ending.addEventListener('abort', end);
    this.lease.signal.addEventListener('abort', end);
    this.lease.start();
    if (ending.aborted) end();
    const unlisten = listen(() => this.reader.wake());
    try {
      return await this.work(carried);
    } finally {
      unlisten();
      for (const source of ['taking', 'reading'] as const) this.ports.waits.end(source);
      this.witness?.close();
      ending.removeEventListener('abort', end);
      this.lease.signal.removeEventListener('abort', end);
      await this.lease.close();
    }
  }

  /** What it has come to so far. */
  progress(): ShardProgress {
    const { epoch } = this.begun;
    const cursor = this.outbox.cursor ?? this.begun.cursor;
    const backlog = Math.max(0, this.reader.lastSeq - cursor);
    const notSeeing = this.witness?.trouble;
    return { epoch, cursor, backlog, ...this.outbox.tally, isDrained: this.isDrained, notSeeing };
  }

  private end(): void {
    this.isEnding = true;
    this.reader.wake();
  }

  /** A defect ends the stay and the attempt with it; the next one goes on from what is written. */
  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error('something was thrown', { cause: error });
    this.end();
  }

  private async work(carried: ReadonlyMap<string, CarriedEnd>): Promise<StayEnd> {
    // Whoever had the shard before may have requests under way until then.
    if (this.begun.waitMs > 0)
      this.ports.waits.begin('taking', { reason: 'takeover', message: 'the lease before has to run out' });
    const isQuiet = await this.waitUnlessEnding(this.begun.waitMs);
    this.ports.waits.end('taking');
    const committing = this.outbox.run().then((ended) => {
      if (ended !== 'closed') this.end();
      return ended;
    });
    // What it throws is thrown below; until then the reading must not go on without it.
    committing.catch((error: unknown) => this.fail(error));
    const readFault = await this.read(carried).finally(() => this.stopSending());
    const committed = await committing;
    if (this.failure !== undefined) throw this.failure;
    if (committed === 'lost' || this.lease.ended === 'lost') return { kind: 'lost' };
    const fault = committed === 'closed' ? readFault : committed;
    if (fault !== undefined) return this.trouble(fault, carried);
    return isQuiet ? this.giveUp() : { kind: 'handedBack' };
  }

  private trouble(fault: Fault, before: ReadonlyMap<string, CarriedEnd>): StayEnd {
    const known = this.outbox.carried();
    const carried = this.left.areTaken ? known : new Map([...before, ...known]);
    return { kind: 'trouble', fault, carried, hasCommitted: this.outbox.hasCommitted };
  }

  private async stopSending(): Promise<void> {
    this.merged.close();
    await this.sender.stop();
    this.outbox.close();
  }

  private async read(carried: ReadonlyMap<string, CarriedEnd>): Promise<Fault | undefined> {
    try {
      await this.takeOver(carried);
      while ((await this.reader.run()) === 'drained') {
        this.hasNothingLeft = await this.isWorkedOff();
        if (this.hasNothingLeft) break;
      }
      return undefined;
    } catch (error) {
      if (error instanceof ShardTrouble) return error.fault;
      throw error;
    } finally {
      this.isEnding = true;
    }
  }

  /** The engagements as the log has them here, and the calls that an earlier stay has left. */
  private async takeOver(carried: ReadonlyMap<string, CarriedEnd>): Promise<void> {
    const { store, calls } = this.ports;
    for (const engagement of valueOf(await store.engagementsAt(this.begun.cursor))) {
      valueOf(await calls.learn(engagement));
      this.stepper.setEngagement(engagement);
    }
    this.merged.park(valueOf(await store.allOwed(this.ports.range)));
    await this.left.take(carried);
  }

  private onUnknown(engagement: string): 'hold' | 'resend' {
    return this.stepper.engagementAt(engagement)?.onUnknown ?? 'hold';
  }

  private async isWorkedOff(): Promise<boolean> {
    await this.outbox.flush(() => this.isEnding);
    if (this.isEnding) return false;
    if (this.merged.unreleased === 0 && !valueOf(await this.ports.store.hasOpenCalls())) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return false;
  }

  private async giveUp(): Promise<StayEnd> {
    const { store } = this.ports;
    const { epoch } = this.begun;
    const given = await (this.hasNothingLeft ? store.markDrained(epoch) : store.handBack(epoch));
    // If that could not be said, whoever comes next waits until the lease has run out.
    if (!given.ok) return { kind: 'handedBack' };
    if (!given.value) return { kind: 'lost' };
    this.isDrained = this.hasNothingLeft;
    return { kind: this.isDrained ? 'drained' : 'handedBack' };
  }

  private async markStarted(calls: readonly ShardCall[]): Promise<boolean> {
    const ids = calls.flatMap(({ id }) => (id === undefined ? [] : [id]));
    if (ids.length !== calls.length) throw new Error('invariant: a call goes out before it is written');
    const marked = await this.ports.store.markStarted(this.begun.epoch, ids);
    if (marked.ok && marked.value) return true;
    // Whether it is written or not: the sender says that nothing was sent, and the next stay is told.
    if (!marked.ok) this.outbox.fail(marked.fault);
    this.end();
    return false;
  }

  /** Whether it was waited for so long: else whoever comes next still has to wait for the owner before this one. */
  private async waitUnlessEnding(ms: number): Promise<boolean> {
    const until = performance.now() + ms;
    for (;;) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) return true;
      if (this.isEnding) return false;
      await new Promise((resolve) => setTimeout(resolve, Math.min(100, leftMs)));
    }
  }
}
