import { type BrazeDoor } from '../../src/activities/sending-call';
import { type RunShardPorts } from '../../src/activities/run-shard';
import { createShardStore, type ShardStore } from '../../src/adapters/postgres/shard-store';
import { type Fault } from '../../src/contract/errors';
import { type ShardCommit } from '../../src/domain/stream/shard-work';
import { type ShardWorld } from './shard-world';

/** Where a process that looks after a shard may end without warning. */
export interface Deaths {
  /** Asked before a commit is written. */
  beforeCommit?: (commit: ShardCommit) => boolean;
  /** Asked when a commit is written and its owner does not know yet. */
  afterCommit?: (commit: ShardCommit) => boolean;
  beforeMark?: () => boolean;
  afterMark?: () => boolean;
  /** Asked when Braze has answered and the sender does not know yet. */
  afterAnswer?: () => boolean;
}

/** Ports of a keeper that can die: from then on nothing of it reaches the database or Braze, and nothing answers it. */
export interface Mortal extends Pick<RunShardPorts, 'storeOf' | 'openBraze'> {
  died: Promise<void>;
  /** What hung is answered with failures, so that the test can end. */
  bury(): void;
}

const GONE: Fault = { code: 'DATABASE_UNAVAILABLE', message: 'the process is gone' };

/** Ports of a keeper that dies at the first of these moments. */
export function mortal(world: ShardWorld, deaths: Deaths, timeoutMs?: number): Mortal {
  let isDead = false;
  let tell: () => void = () => undefined;
  let bury: () => void = () => undefined;
  const died = new Promise<void>((resolve) => (tell = resolve));
  const buried = new Promise<void>((resolve) => (bury = resolve));
  const die = () => {
    isDead = true;
    tell();
  };
  const alive = async <T, G>(gone: G, work: () => Promise<T>): Promise<T | G> => {
    const done = isDead ? undefined : { value: await work() };
    if (!isDead && done !== undefined) return done.value;
    await buried;
    return gone;
  };
  const noStore = { ok: false as const, fault: GONE };
  const at = (moment: (() => boolean) | undefined) => {
    if (!isDead && moment?.() === true) die();
  };
  return {
    died,
    bury,
    storeOf(key) {
      const real = createShardStore(world.database, key);
      const store: ShardStore = {
        begin: (...args) => alive(noStore, () => real.begin(...args)),
        renewLease: (...args) => alive(noStore, () => real.renewLease(...args)),
        handBack: (...args) => alive(noStore, () => real.handBack(...args)),
        markDrained: (...args) => alive(noStore, () => real.markDrained(...args)),
        readLog: (...args) => alive(noStore, () => real.readLog(...args)),
        engagementsAt: (...args) => alive(noStore, () => real.engagementsAt(...args)),
        head: () => alive(noStore, () => real.head()),
        states: (...args) => alive(noStore, () => real.states(...args)),
        due: (...args) => alive(noStore, () => real.due(...args)),
        people: (...args) => alive(noStore, () => real.people(...args)),
        leftCalls: (...args) => alive(noStore, () => real.leftCalls(...args)),
        hasOpenCalls: () => alive(noStore, () => real.hasOpenCalls()),
        redriven: (...args) => alive(noStore, () => real.redriven(...args)),
        supersede: (...args) => alive(noStore, () => real.supersede(...args)),
        hasPassed: (...args) => alive(noStore, () => real.hasPassed(...args)),
        owed: (...args) => alive(noStore, () => real.owed(...args)),
        allOwed: (...args) => alive(noStore, () => real.allOwed(...args)),
        isFirst: () => alive(noStore, () => real.isFirst()),
        commit(epoch, commit) {
          at(deaths.beforeCommit && (() => deaths.beforeCommit?.(commit) === true));
          return alive(noStore, async () => {
            const written = await real.commit(epoch, commit);
            at(deaths.afterCommit && (() => deaths.afterCommit?.(commit) === true));
            return written;
          });
        },
        markStarted(...args) {
          at(deaths.beforeMark);
          return alive(noStore, async () => {
            const marked = await real.markStarted(...args);
            at(deaths.afterMark);
            return marked;
          });
        },
      };
      return store;
    },
    openBraze() {
      const real = world.door(timeoutMs);
      const door: BrazeDoor = {
        ...real,
        send: (endpoint, body) =>
          alive({ kind: 'lost' as const, reason: 'the process is gone' }, async () => {
            const reply = await real.send(endpoint, body);
            at(deaths.afterAnswer);
            return reply;
          }),
      };
      return Promise.resolve({ ok: true, value: door });
    },
  };
}
