import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { type Fault, type Outcome } from '../contract/errors';
import { type ShardKey, type ShardProgress, type ShardWait } from '../contract/stream';
import { addNoCalls } from '../domain/stream/shard-work';
import { bucketsOfShard } from '../domain/stream/sharding';
import { type BegunShard, type ShardStore } from '../adapters/postgres/shard-store';
import { type BrazeDoor } from './sending-call';
import { throwFault } from './failure';
import { type CarriedEnd } from './shard-call';
import { ShardStay, type CallFactory, type StayEnd, type StayTiming } from './shard-stay';
import { progressSchema } from './shard-progress';
import { ShardWaits } from './shard-waits';
import { type ReadDoor } from './shard-witness';

/** Which shard to look after. */
export interface RunShardInput extends ShardKey {
  /** Of the layout. */
  shards: number;
  /** What the stay before was waiting for when it ended. */
  waiting?: ShardWait | undefined;
}

/** What looking after shards needs from its process. */
export interface RunShardPorts {
  /** Absent where no database is configured. */
  storeOf: ((key: ShardKey) => ShardStore) | undefined;
  calls: CallFactory;
  readonly openBraze: (integration: string) => Promise<Outcome<BrazeDoor>>;
  /** Absent where nothing is to be read back. */
  readonly openReading?: ((integration: string) => Promise<Outcome<ReadDoor | undefined>>) | undefined;
  /** After so long without an answer a request of the integration's is taken to have ended. */
  requestTimeoutMs(integration: string): Promise<Outcome<number>>;
  readonly listen: (key: ShardKey, wake: () => void) => () => void;
  /** Told of each shard that is looked after, for figures; answers how to end that. */
  readonly watch?: ((key: ShardKey, progress: () => ShardProgress) => () => void) | undefined;
  /** Whoever looks after a shard, for people who look into the table. */
  owner: string;
  timing: StayTiming & {
    stayMs: number;
    /** So long it is still tried to write what became of calls when the shard is to be let go: nobody else knows of it. */
    owedMs: number;
  };
}

/** How shards are held, unless a test has less time. */
export const SHARD_TIMING: RunShardPorts['timing'] = {
  leaseMs: 10_000,
  renewEveryMs: 2_000,
  boundMs: 7_000,
  // An activity's history is a few events: ten minutes each keep them few.
  stayMs: 600_000,
  owedMs: 10_000,
};

const HEARTBEAT_EVERY_MS = 3_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** While the layout before is worked off, which is mostly done in a moment. */
const LONGEST_BUSY_WAIT_MS = 500;
const NOTHING: ShardProgress = {
  epoch: 0,
  cursor: 0,
  backlog: 0,
  events: 0,
  delivered: 0,
  refused: 0,
  unknown: 0,
  noCall: {},
  isDrained: false,
};

/** The activities of the `brazier-stream` queue. */
export function createShardActivities(ports: RunShardPorts) {
  return {
    /**
     * Looks after one shard: reads its log, sends calls and writes what becomes of them, until it has been at it for ten minutes,
     * the worker shuts down, or the shard is drained; then what is under way ends and is written, within a request's time-out and
     * ten seconds. Safe to retry: the epoch of the shard's row decides who may write, and the row's cursor where to go on.
     * Bounded by its lease in the database: no request starts unless that was renewed lately. Reads fresh: the shard's row, open
     * calls, engagements by the log, the workspace's settings and key.
     */
    async runShard(input: RunShardInput): Promise<ShardProgress> {
      const context = Context.current();
      // An attempt that was killed knows best; its successor is not the first to wait.
      const earlier = progressSchema.safeParse(context.info.heartbeatDetails).data;
      const waiting = earlier?.waiting ?? input.waiting;
      const keeper = new ShardKeeper(ports, { ...input, waiting }, context.cancellationSignal);
      const unwatch = ports.watch?.(input, () => keeper.progress());
      const timer = setInterval(() => context.heartbeat(keeper.progress()), HEARTBEAT_EVERY_MS);
      context.heartbeat(keeper.progress());
      try {
        return await keeper.run();
      } finally {
        clearInterval(timer);
        unwatch?.();
      }
    },
  };
}

/** What a stay that ended in trouble leaves to the next one. */
interface Before {
  carried: ReadonlyMap<string, CarriedEnd>;
  /** Stays in a row that ended so, the last one that has written something being the first of them. */
  troubles: number;
  epoch?: number;
}

/** Stays at a shard for as long as it may, beginning anew after troubles with the database. */
export class ShardKeeper {
  private readonly ports: RunShardPorts;
  private readonly input: RunShardInput;
  private readonly ending = new AbortController();
  /** Monotonic milliseconds. */
  private endingSince: number | undefined;
  private stay: ShardStay | undefined;
  private known: ShardProgress = NOTHING;
  private readonly waits: ShardWaits;

  constructor(ports: RunShardPorts, input: RunShardInput, cancelled: AbortSignal) {
    this.ports = ports;
    this.input = input;
    this.waits = new ShardWaits(Date.now, input.waiting);
    if (cancelled.aborted) this.ending.abort();
    cancelled.addEventListener('abort', () => this.ending.abort(), { once: true });
  }

  /** What this and earlier stays have come to. */
  progress(): ShardProgress {
    const progress = this.stay === undefined ? this.known : sum(this.known, this.stay.progress());
    const waiting = this.waits.current();
    return waiting === undefined ? progress : { ...progress, waiting };
  }

  async run(): Promise<ShardProgress> {
    const { storeOf, timing } = this.ports;
    if (storeOf === undefined)
      throwFault({
        code: 'STREAM_NOT_CONFIGURED',
        message: 'BRAZIER_DATABASE_URL is not set on this worker',
      });
    const store = storeOf(this.input);
    const deadline = setTimeout(() => this.ending.abort(), timing.stayMs);
    try {
      let before: Before = { carried: new Map(), troubles: 0 };
      for (;;) {
        const begun = await this.begin(store, before);
        if (begun === undefined) return this.progress();
        const end = await this.stayOnce(store, begun, before);
        if (end.kind !== 'trouble') return this.progress();
        this.waits.beginFor('beginning', end.fault);
        const troubles = end.hasCommitted ? 1 : before.troubles + 1;
        before = { carried: end.carried, troubles, epoch: begun.epoch };
        if (!this.goesOn(before.carried.size > 0)) return this.progress();
        // A database that lets itself be read and not written to would have everything sent again at once, for ever.
        await this.rest(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (troubles - 1)));
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  private async stayOnce(
    store: ShardStore,
    begun: BegunShard,
    { carried, troubles }: Before,
  ): Promise<StayEnd> {
    const { integration, layout, shard, shards } = this.input;
    const { calls, timing, listen, openBraze, openReading } = this.ports;
    const key = { integration, layout, shard };
    const stay = new ShardStay(begun, {
      ...{ key, store, calls, timing, waits: this.waits },
      range: bucketsOfShard(shard, shards),
      openBraze: () => openBraze(integration),
      openReading: openReading && (() => openReading(integration)),
      listen: (wake) => listen(key, wake),
      ending: this.ending.signal,
      isCautious: troubles > 0,
    });
    this.stay = stay;
    this.waits.end('beginning');
    const end = await stay.run(carried);
    this.known = sum(this.known, stay.progress());
    this.stay = undefined;
    return end;
  }

  /** Takes the shard, however long that cannot be done; undefined once it is to be handed back. */
  private async begin(store: ShardStore, before: Before): Promise<BegunShard | undefined> {
    const { epoch: last, carried } = before;
    const isOwing = carried.size > 0;
    for (let waitMs = FIRST_WAIT_MS; this.goesOn(isOwing); waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
      const begun = await this.tryToBegin(store);
      if (begun.ok && begun.value !== undefined) {
        // Nobody was there since this very process, which knows that nothing of its own is under way.
        const isMine = last !== undefined && begun.value.epoch === last + 1;
        return isMine ? { ...begun.value, waitMs: 0 } : begun.value;
      }
      const busy = `an earlier layout than ${this.input.layout} is being worked off`;
      const fault: Fault = begun.ok ? { code: 'STREAM_LAYOUT_BUSY', message: busy } : begun.fault;
      this.waits.beginFor('beginning', fault);
      await this.rest(begun.ok ? Math.min(waitMs, LONGEST_BUSY_WAIT_MS) : waitMs);
    }
    return undefined;
  }

  /** Until the shard is to be let go, and a little longer while it is owed to the database what became of calls. */
  private goesOn(isOwing: boolean): boolean {
    if (!this.ending.signal.aborted) return true;
    this.endingSince ??= performance.now();
    return isOwing && performance.now() - this.endingSince < this.ports.timing.owedMs;
  }

  /** Cut short when the shard is to be let go; whatever is still tried after that is tried at a pace as well. */
  private rest(ms: number): Promise<void> {
    const { signal } = this.ending;
    return signal.aborted ? sleep(ms) : pause(ms, signal);
  }

  private async tryToBegin(store: ShardStore): Promise<Outcome<BegunShard | undefined>> {
    const first = await store.isFirst();
    if (!first.ok) return first;
    if (!first.value) return { ok: true, value: undefined };
    const requestTimeoutMs = await this.ports.requestTimeoutMs(this.input.integration);
    if (!requestTimeoutMs.ok) return requestTimeoutMs;
    const { leaseMs } = this.ports.timing;
    return store.begin(this.ports.owner, { leaseMs, requestTimeoutMs: requestTimeoutMs.value });
  }
}

function sum(before: ShardProgress, now: ShardProgress): ShardProgress {
  const noCall = { ...before.noCall };
  addNoCalls(noCall, now.noCall);
  return {
    ...now,
    noCall,
    events: before.events + now.events,
    delivered: before.delivered + now.delivered,
    refused: before.refused + now.refused,
    unknown: before.unknown + now.unknown,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
