import { setTimeout as sleep } from 'node:timers/promises';
import { type BrazeReply } from '../adapters/braze/connection';
import { callsOf, engagement, numbersByPerson, type ShardWorld } from '../../test/stream/shard-world';
import { shardWorlds } from '../../test/stream/shard-worlds';
import { type RunShardPorts } from './run-shard';

const open = shardWorlds();

const TIMEOUT_MS = 4_000;
/** Within the time in which a request must have ended. */
const LATE_MS = 1_000;

const LOST: BrazeReply = { kind: 'lost', reason: 'ECONNRESET' };
const gave = (status: number): BrazeReply => ({
  kind: 'answer',
  status,
  headers: {},
  body: '{"message":"gave up"}',
});

/** The first request is answered so at once, and reaches Braze long after that; `late` resolves then. */
function losingTheFirst(world: ShardWorld, answer: BrazeReply) {
  const door = world.door(TIMEOUT_MS);
  let late: Promise<unknown> | undefined;
  const openBraze: RunShardPorts['openBraze'] = () =>
    Promise.resolve({
      ok: true,
      value: {
        ...door,
        send(endpoint, body) {
          if (late !== undefined) return door.send(endpoint, body);
          late = sleep(LATE_MS).then(() => door.send(endpoint, body));
          return Promise.resolve(answer);
        },
      },
    });
  return {
    openBraze,
    async begun() {
      while (late === undefined) await sleep(5);
    },
    late: () => late,
  };
}

const start = (onUnknown: 'hold' | 'resend') => open({ engagement: engagement('odds', { onUnknown }) });

test.each([
  ['is lost', LOST],
  ['is a gateway’s 502', gave(502)],
  ['is a gateway’s 504', gave(504)],
])(
  'a request whose answer %s and that comes late is not overtaken by the person’s next call',
  async (_what, answer) => {
    const world = await start('resend');
    await world.post([{ person: 1 }, { person: 1 }]);
    const losing = losingTheFirst(world, answer);
    const keeping = world.keep(0, { timeoutMs: TIMEOUT_MS, openBraze: losing.openBraze });
    await losing.begun();
    await world.post([{ person: 2 }, { person: 2 }]);
    // Sent again at once, and nobody else waits.
    while (numbersByPerson(world).get('p2')?.length !== 2) await sleep(10);
    expect(numbersByPerson(world).get('p1')).not.toContain(2);
    await world.settled();
    await losing.late();
    expect(await keeping.end()).toMatchObject({ delivered: 4, unknown: 0 });
    expect(numbersByPerson(world).get('p1')).toEqual([1, 1, 2]);
  },
);

test('a call that is unknown holds the person’s next one back until it can’t come late any more', async () => {
  const world = await start('hold');
  await world.post([{ person: 1 }, { person: 1 }]);
  const losing = losingTheFirst(world, LOST);
  const keeping = world.keep(0, {
    timeoutMs: TIMEOUT_MS,
    calls: callsOf('events'),
    openBraze: losing.openBraze,
  });
  await world.settled();
  await losing.late();
  expect(await keeping.end()).toMatchObject({ delivered: 1, unknown: 1 });
  expect(numbersByPerson(world).get('p1')).toEqual([1, 2]);
});

test('a shard is not handed back while a request may come late', async () => {
  const world = await start('resend');
  await world.post([{ person: 1 }, { person: 1 }]);
  const losing = losingTheFirst(world, LOST);
  const first = world.keep(0, { timeoutMs: TIMEOUT_MS, openBraze: losing.openBraze });
  await losing.begun();
  await first.end();
  const next = world.keep(0, { timeoutMs: TIMEOUT_MS });
  await world.settled();
  await losing.late();
  await next.end();
  expect(numbersByPerson(world).get('p1')).toEqual([1, 1, 2]);
});

test('an answer of Braze itself leaves nothing under way: the next call goes at once', async () => {
  const world = await start('resend');
  await world.post([{ person: 1 }, { person: 1 }]);
  world.braze.workspace.faults.add({ match: { next: 1 }, fault: { kind: 'status', status: 500 } });
  const keeping = world.keep(0, { timeoutMs: 60_000 });
  await world.settled();
  expect(await keeping.end()).toMatchObject({ delivered: 2 });
  expect(numbersByPerson(world).get('p1')).toEqual([1, 2]);
});
