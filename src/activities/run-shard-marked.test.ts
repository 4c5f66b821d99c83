import { setTimeout as sleep } from 'node:timers/promises';
import { type BrazeReply } from '../adapters/braze/connection';
import { createShardStore } from '../adapters/postgres/shard-store';
import { callsOf, engagement, numbersByPerson, type ShardWorld } from '../../test/stream/shard-world';
import { shardWorlds } from '../../test/stream/shard-worlds';

const open = shardWorlds();

const PEOPLE = 20;

async function start(onUnknown: 'hold' | 'resend'): Promise<ShardWorld> {
  const world = await open({ engagement: engagement('odds', { onUnknown }) });
  await world.post(Array.from({ length: PEOPLE }, (_, at) => ({ person: at + 1 })));
  return world;
}

/** Until nothing is open any more, by another worker. */
async function workOff(world: ShardWorld): Promise<void> {
  const next = world.keep(0, { calls: callsOf('events') });
  await world.settled();
  await next.end();
}

const states = (world: ShardWorld) =>
  world.rows('SELECT state, count(*)::int AS n FROM brazier.call GROUP BY 1 ORDER BY 1');

test.each<[string, BrazeReply]>([
  ...[401, 403, 404, 429].map((status): [string, BrazeReply] => [
    String(status),
    { kind: 'answer', status, headers: {}, body: '{"message":"no"}' },
  ]),
  ['no connection', { kind: 'notSent', reason: 'ECONNREFUSED' }],
])('marked calls that %s kept from being applied are sent by the next worker', async (_name, reply) => {
  const world = await start('hold');
  let requests = 0;
  const first = world.keep(0, {
    calls: callsOf('events'),
    openBraze: () =>
      Promise.resolve({
        ok: true,
        value: {
          ...world.door(500),
          async send() {
            requests += 1;
            await sleep(50);
            return reply;
          },
        },
      }),
  });
  while (requests === 0) await sleep(20);
  await sleep(300);
  await first.end();
  expect(await states(world)).toEqual([{ state: 'planned', n: PEOPLE }]);
  await workOff(world);
  expect(await states(world)).toEqual([{ state: 'delivered', n: PEOPLE }]);
  for (const numbers of numbersByPerson(world).values()) expect(numbers).toEqual([1]);
});

test('what an earlier worker may have sent is not said to be unsent because this one has not sent it', async () => {
  const world = await start('resend');
  const calls = callsOf('events');
  const openBraze = (reply: BrazeReply, sent: () => void) => () =>
    Promise.resolve({
      ok: true as const,
      value: {
        ...world.door(500),
        send() {
          sent();
          return Promise.resolve(reply);
        },
      },
    });
  let requests = 0;
  const sent = () => (requests += 1);
  const lost = world.keep(0, { calls, openBraze: openBraze({ kind: 'lost', reason: 'ECONNRESET' }, sent) });
  while (requests === 0) await sleep(20);
  await lost.end();
  expect(await states(world)).toEqual([{ state: 'started', n: PEOPLE }]);
  requests = 0;
  const unsent = { kind: 'notSent' as const, reason: 'ECONNREFUSED' };
  const next = world.keep(0, { calls, openBraze: openBraze(unsent, sent) });
  while (requests === 0) await sleep(20);
  await next.end();
  expect(await states(world)).toEqual([{ state: 'started', n: PEOPLE }]);
  await workOff(world);
  expect(await states(world)).toEqual([{ state: 'delivered', n: PEOPLE }]);
});

test('a mark whose answer is lost makes no call unknown: the stay begins anew and sends them', async () => {
  const world = await start('hold');
  let marks = 0;
  let hasBegunAnew = false;
  const keeping = world.keep(0, {
    calls: callsOf('events'),
    storeOf: (key) => {
      const real = createShardStore(world.database, key);
      return {
        ...real,
        async markStarted(epoch, ids) {
          const marked = await real.markStarted(epoch, ids);
          marks += 1;
          if (marks > 1) return marked;
          return { ok: false, fault: { code: 'DATABASE_UNAVAILABLE', message: 'the test says so' } };
        },
        async isFirst() {
          hasBegunAnew ||= marks > 0;
          return real.isFirst();
        },
      };
    },
  });
  await world.settled();
  expect(await keeping.end()).toMatchObject({ epoch: 2, delivered: PEOPLE, unknown: 0 });
  expect(hasBegunAnew).toBe(true);
  for (const numbers of numbersByPerson(world).values()) expect(numbers).toEqual([1]);
});
