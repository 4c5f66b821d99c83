import { setTimeout as sleep } from 'node:timers/promises';
import { createShardStore, type ShardStore } from '../adapters/postgres/shard-store';
import { type Fault } from '../contract/errors';
import { type ShardKey } from '../contract/stream';
import { type ShardCommit } from '../domain/stream/shard-work';
import { mortal } from '../../test/stream/mortal';
import { callsOf, engagement, numbersByPerson, type ShardWorld } from '../../test/stream/shard-world';
import { shardWorlds } from '../../test/stream/shard-worlds';

const open = shardWorlds();

const AWAY: Fault = { code: 'DATABASE_UNAVAILABLE', message: 'the test says so' };
const PEOPLE = 20;
const TIMEOUT_MS = 500;

const start = (onUnknown: 'hold' | 'resend') => open({ engagement: engagement('odds', { onUnknown }) });

/** Answers come so late that batches are written without them. */
function slow(world: ShardWorld): void {
  world.braze.workspace.beforeAnswer = () => sleep(400);
}

/** A store whose database is away for the commits that are asked for. */
function failing(
  world: ShardWorld,
  key: ShardKey,
  fails: (commit: ShardCommit) => boolean | Promise<boolean>,
): ShardStore {
  const real = createShardStore(world.database, key);
  return {
    ...real,
    async commit(epoch, commit) {
      return (await fails(commit)) ? { ok: false, fault: AWAY } : real.commit(epoch, commit);
    },
  };
}

test('ends that could not be written are written before the next calls of their people go', async () => {
  const world = await start('resend');
  slow(world);
  await world.post(Array.from({ length: PEOPLE * 4 }, (_, at) => ({ person: (at % PEOPLE) + 1 })));
  // The first ends can't be written, and are known to the next stay of the same process; that one dies of writing them.
  let isAway = false;
  const deaths = mortal(world, { beforeCommit: ({ updates }) => isAway && updates.length > 0 }, TIMEOUT_MS);
  const dying = world.keep(0, {
    ...deaths,
    storeOf: (key) => {
      const dead = deaths.storeOf?.(key);
      if (dead === undefined) throw new Error('invariant: there is a store');
      return {
        ...dead,
        async commit(epoch, commit) {
          if (isAway) {
            // Long enough for requests that should not go.
            if (commit.updates.length > 0) await sleep(1_000);
            return dead.commit(epoch, commit);
          }
          if (commit.updates.length === 0) return dead.commit(epoch, commit);
          isAway = true;
          return { ok: false, fault: AWAY };
        },
      };
    },
    timeoutMs: TIMEOUT_MS,
  });
  await deaths.died;
  const next = world.keep(0, { timeoutMs: TIMEOUT_MS });
  await world.settled();
  deaths.bury();
  await dying.end();
  await next.end();
  const met = numbersByPerson(world);
  expect(met.size).toBe(PEOPLE);
  for (const numbers of met.values()) {
    expect([...new Set(numbers)]).toEqual([1, 2, 3, 4]);
    expect(numbers).toEqual([...numbers].sort());
  }
});

test('calls that were marked and certainly not sent are sent by the next stay, in order', async () => {
  const world = await start('hold');
  await world.post(Array.from({ length: PEOPLE * 3 }, (_, at) => ({ person: (at % PEOPLE) + 1 })));
  const door = world.door();
  let hasFailed = false;
  const keeping = world.keep(0, {
    calls: callsOf('events'),
    openBraze: () =>
      Promise.resolve({
        ok: true,
        value: {
          ...door,
          // Nothing leaves until the database has been away.
          send: (endpoint, body) =>
            hasFailed
              ? door.send(endpoint, body)
              : Promise.resolve({ kind: 'notSent', reason: 'the test says so' }),
        },
      }),
    storeOf: (key) =>
      failing(world, key, async () => {
        const [{ n = 0 } = {}] = await world.rows<{ n?: number }>(
          "SELECT count(*)::int AS n FROM brazier.call WHERE state = 'started'",
        );
        if (hasFailed || n === 0) return false;
        hasFailed = true;
        return true;
      }),
  });
  while (keeping.progress().waiting === undefined) await sleep(20);
  // Something to commit while the marked ones wait for their next try.
  await world.post([{ person: PEOPLE + 1 }]);
  await world.settled();
  expect(hasFailed).toBe(true);
  expect(await keeping.end()).toMatchObject({ delivered: PEOPLE * 3 + 1, unknown: 0, refused: 0 });
  for (const [user, numbers] of numbersByPerson(world))
    expect({ user, numbers }).toEqual({ user, numbers: user === `p${PEOPLE + 1}` ? [1] : [1, 2, 3] });
});

test('what became of calls is written though the shard is to be let go while the database is away', async () => {
  const world = await start('hold');
  await world.post(Array.from({ length: PEOPLE }, (_, at) => ({ person: at + 1 })));
  let hasFailed = false;
  let isAway = false;
  let triesAway = 0;
  const keeping = world.keep(0, {
    calls: callsOf('events'),
    storeOf: (key) => {
      const real = failing(world, key, ({ updates }) => {
        if (hasFailed || updates.length === 0) return false;
        hasFailed = isAway = true;
        return true;
      });
      return {
        ...real,
        async begin(owner, options) {
          if (!isAway) return real.begin(owner, options);
          triesAway += 1;
          return { ok: false, fault: AWAY };
        },
      };
    },
  });
  while (triesAway === 0) await sleep(5);
  const ended = keeping.end();
  const triesBefore = triesAway;
  while (triesAway < triesBefore + 3) await sleep(5);
  expect(await world.rows('SELECT DISTINCT state FROM brazier.call')).toEqual([{ state: 'started' }]);
  isAway = false;
  expect(await ended).toMatchObject({ delivered: PEOPLE, unknown: 0 });
  expect(await world.rows('SELECT DISTINCT state FROM brazier.call')).toEqual([{ state: 'delivered' }]);
});

test('a shard that is to be let go tries in vain for a while, at a pace, to write what became of calls', async () => {
  const world = await start('hold');
  await world.post([{ person: 1 }]);
  let begins = 0;
  let failures = 0;
  const keeping = world.keep(0, {
    calls: callsOf('events'),
    storeOf: (key) => {
      const real = failing(world, key, ({ updates }) => {
        if (updates.length === 0) return false;
        failures += 1;
        return true;
      });
      return {
        ...real,
        begin(owner, options) {
          begins += 1;
          return real.begin(owner, options);
        },
      };
    },
  });
  while (failures < 2) await sleep(5);
  await keeping.end();
  expect(failures).toBeGreaterThan(2);
  expect(begins).toBeLessThan(12);
});

test('a shard that is let go before the last owner’s requests have ended is not handed back', async () => {
  const world = await start('resend');
  await world.post([{ person: 1 }]);
  const store = createShardStore(world.database, { integration: 'shop', layout: 1, shard: 0 });
  const options = { leaseMs: 1_000, requestTimeoutMs: 1_000 };
  expect(await store.begin('somebody else', options)).toMatchObject({ ok: true, value: { waitMs: 0 } });
  const hasty = world.keep(0);
  while (hasty.progress().epoch < 2) await sleep(5);
  await hasty.end();
  const begun = await store.begin('the next', options);
  if (!begun.ok) throw new Error(begun.fault.message);
  expect(begun.value.waitMs).toBeGreaterThan(1_000);
});
