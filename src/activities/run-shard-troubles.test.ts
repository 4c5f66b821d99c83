import { setTimeout as sleep } from 'node:timers/promises';
import { type BrazeReply } from '../adapters/braze/connection';
import { callsOf, numbersByPerson, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(shards = 1): Promise<ShardWorld> {
  const world = await startShardWorld({ shards });
  closing.push(() => world.close());
  return world;
}

const rounds = (count: number, n: number) =>
  Array.from({ length: count * n }, (_, at) => ({ person: (at % count) + 1 }));

test.each([
  ['429', { status: 429, headers: { 'x-ratelimit-reset': undefined }, reason: 'throttled' }],
  ['503', { status: 503, headers: {}, reason: 'unavailable' }],
])(
  'one shard’s %s keeps no other waiting, is told, and is waited out in order',
  async (_name, { status, headers, reason }) => {
    const world = await start(2);
    await world.post(rounds(100, 4));
    let isMended = false;
    const door = world.door();
    const struck = world.keep(0, {
      openBraze: () =>
        Promise.resolve({
          ok: true,
          value: {
            ...door,
            send: (endpoint, body): Promise<BrazeReply> =>
              isMended
                ? door.send(endpoint, body)
                : Promise.resolve({ kind: 'answer', status, headers, body: '{"message":"later"}' }),
          },
        }),
    });
    const well = world.keep(1);
    const [{ n = 0 } = {}] = await world.rows<{ n?: number }>(
      "SELECT count(*)::int AS n FROM brazier.event_log WHERE shard = 1 AND kind = 'event'",
    );
    while (well.progress().delivered < n) await sleep(20);
    expect(struck.progress()).toMatchObject({ delivered: 0, waiting: { reason } });
    expect(well.progress().waiting).toBeUndefined();
    isMended = true;
    await world.settled();
    expect(struck.progress().waiting).toBeUndefined();
    expect(await struck.end()).toMatchObject({ delivered: 400 - n, refused: 0, unknown: 0 });
    await well.end();
    const met = numbersByPerson(world);
    expect(met.size).toBe(100);
    for (const numbers of met.values()) expect(numbers).toEqual([1, 2, 3, 4]);
  },
);

test('an event that nobody understands is set aside with its reason, and those after it go on', async () => {
  const world = await start();
  await world.post(rounds(10, 3));
  await world.rows(`UPDATE brazier.event_log SET entry = '{"id":"e15"}' WHERE event_id = 'e15'`);
  const keeping = world.keep(0);
  await world.settled();
  await keeping.end();
  expect(
    await world.rows('SELECT event_id, reason_code, profile_id::int FROM brazier.set_aside ORDER BY id'),
  ).toEqual([{ event_id: 'e15', reason_code: 'notUnderstood', profile_id: 5 }]);
  // Without their second event the fifth person has not left in between.
  expect(await world.rows('SELECT no_call FROM brazier.stream_count')).toEqual([
    { no_call: { setAside: 1, alreadyInside: 1 } },
  ]);
  const met = numbersByPerson(world);
  expect(met.get('p5')).toEqual([1]);
  expect(met.get('p6')).toEqual([1, 2, 3]);
});

test('a call that can’t be made is refused with its reason, and the person’s next ones go', async () => {
  const world = await start();
  await world.post(rounds(10, 3));
  const calls = callsOf();
  const keeping = world.keep(0, {
    calls: {
      ...calls,
      make(call) {
        if (call.event?.properties['n'] === 2) throw new TypeError('not with a two');
        return calls.make(call);
      },
    },
  });
  await world.settled();
  expect(await keeping.end()).toMatchObject({ delivered: 20, refused: 10 });
  expect(await world.rows("SELECT DISTINCT reason FROM brazier.call WHERE state = 'refused'")).toEqual([
    { reason: 'CALL_NOT_MADE: TypeError' },
  ]);
  for (const numbers of numbersByPerson(world).values()) expect(numbers).toEqual([1, 3]);
});

test('a key that is refused stops nothing for good: once it is accepted, everything goes on', async () => {
  const world = await start();
  world.braze.workspace.faults.add({ match: { every: 1 }, fault: { kind: 'echo', status: 401 } });
  await world.post(rounds(50, 4));
  const keeping = world.keep(0);
  while (keeping.progress().waiting === undefined) await sleep(20);
  expect(keeping.progress().waiting).toMatchObject({ code: 'BRAZE_KEY_REJECTED', reason: 'key' });
  expect(keeping.progress()).toMatchObject({ delivered: 0, refused: 0, unknown: 0 });
  world.braze.workspace.faults.clear();
  await world.settled();
  expect(keeping.progress().waiting).toBeUndefined();
  expect(await keeping.end()).toMatchObject({ delivered: 200, refused: 0, unknown: 0 });
  for (const numbers of numbersByPerson(world).values()) expect(numbers).toEqual([1, 2, 3, 4]);
});
