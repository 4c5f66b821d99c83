import { setTimeout as sleep } from 'node:timers/promises';
import { redrive } from '../adapters/postgres/redrive';
import { createShardStore, type ShardStore } from '../adapters/postgres/shard-store';
import { type Fault } from '../contract/errors';
import { type ShardCommit } from '../domain/stream/shard-work';
import {
  callsOf,
  engagement,
  numbersByPerson,
  SHOP,
  startShardWorld,
  type ShardWorld,
} from '../../test/stream/shard-world';
import { type BrazeDoor } from './sending-call';

const AWAY: Fault = { code: 'DATABASE_UNAVAILABLE', message: 'the test says so' };
const LOST = { kind: 'lost', reason: 'the test says so' } as const;

let world: ShardWorld;
afterEach(() => world.close());

/** The way to the sandbox, with something before it. */
function sending(send: (real: BrazeDoor['send']) => BrazeDoor['send']) {
  const door = world.door();
  const value = { ...door, send: send((...call) => door.send(...call)) };
  return () => Promise.resolve({ ok: true as const, value });
}

/** The store, with something else for its commits. */
function committing(
  commit: (
    real: ShardStore['commit'],
  ) => (...call: Parameters<ShardStore['commit']>) => ReturnType<ShardStore['commit']>,
) {
  return (key: Parameters<typeof createShardStore>[1]): ShardStore => {
    const real = createShardStore(world.database, key);
    return { ...real, commit: commit((...call) => real.commit(...call)) };
  };
}

const putBack = () => redrive(world.database, { integration: SHOP }, 'Ada');
const hasEnd = ({ updates }: ShardCommit, state: string) => updates.some((update) => update.state === state);

test('what was known of a call before a person has put it back does not undo that', async () => {
  world = await startShardWorld({ engagement: engagement('odds', { onUnknown: 'hold' }) });
  await world.post([{ person: 1 }]);
  const seen = { isPutBack: false };
  const keeping = world.keep(0, {
    calls: callsOf('events'),
    openBraze: sending(
      (real) =>
        (...call) =>
          seen.isPutBack ? real(...call) : Promise.resolve(LOST),
    ),
    storeOf: committing((real) => async (epoch, commit) => {
      const written = await real(epoch, commit);
      if (seen.isPutBack || !hasEnd(commit, 'unknown')) return written;
      // It was written, its owner does not know, and somebody is quicker.
      expect(await putBack()).toMatchObject({ ok: true, value: { calls: 1 } });
      seen.isPutBack = true;
      return { ok: false, fault: AWAY };
    }),
  });
  while (!seen.isPutBack) await sleep(20);
  await world.settled();
  await keeping.end();
  expect(numbersByPerson(world).get('p1')).toEqual([1]);
  expect(await world.rows('SELECT state FROM brazier.call')).toEqual([{ state: 'delivered' }]);
});

test('a call that was put back and delivered is not sent again because its end could not be written at once', async () => {
  world = await startShardWorld();
  await world.post([{ person: 1 }]);
  const refused = { kind: 'answer', status: 400, headers: {}, body: '{"message":"no"}' } as const;
  let isRefusing = true;
  let isAway = false;
  const keeping = world.keep(0, {
    openBraze: sending(
      (real) =>
        (...call) =>
          isRefusing ? Promise.resolve(refused) : real(...call),
    ),
    storeOf: committing((real) => async (epoch, commit) => {
      if (isRefusing || isAway || !hasEnd(commit, 'delivered')) return real(epoch, commit);
      isAway = true;
      return { ok: false, fault: AWAY };
    }),
  });
  await world.settled();
  isRefusing = false;
  expect(await putBack()).toMatchObject({ ok: true, value: { calls: 1 } });
  await world.settled();
  await keeping.end();
  expect(isAway).toBe(true);
  expect(numbersByPerson(world).get('p1')).toEqual([1]);
  expect(await world.rows('SELECT state FROM brazier.call')).toEqual([{ state: 'delivered' }]);
});

test('while nothing can be written, nothing is sent again and again', async () => {
  world = await startShardWorld();
  await world.post(Array.from({ length: 100 }, (_, at) => ({ person: at + 1 })));
  let sent = 0;
  let isAway = true;
  const keeping = world.keep(0, {
    openBraze: sending((real) => (...call) => {
      sent += 1;
      return real(...call);
    }),
    storeOf: committing(
      (real) =>
        async (...call) =>
          isAway ? { ok: false, fault: AWAY } : real(...call),
    ),
  });
  await sleep(4_000);
  // Whatever the first stay has sent; later ones wait for a commit.
  expect(sent).toBeLessThanOrEqual(4);
  // Doubling waits: 0.1, 0.2, 0.4, 0.8, 1.6 seconds.
  expect(keeping.progress().epoch).toBeLessThanOrEqual(8);
  isAway = false;
  await world.settled();
  expect(await keeping.end()).toMatchObject({ delivered: 100 });
});

test('a shard is drained once that is written', async () => {
  world = await startShardWorld();
  await world.rows('UPDATE brazier.shard_head SET end_seq = last_seq RETURNING shard');
  const notWritten = world.keep(0, {
    timeoutMs: 500,
    storeOf: (key) => ({
      ...createShardStore(world.database, key),
      markDrained: () => Promise.resolve({ ok: false, fault: AWAY }),
    }),
  });
  expect(await notWritten.ended).toMatchObject({ isDrained: false });
  expect(await world.keep(0).ended).toMatchObject({ isDrained: true });
  expect(await world.rows('SELECT drained_at IS NOT NULL AS drained FROM brazier.shard')).toEqual([
    { drained: true },
  ]);
});
