import { setTimeout as sleep } from 'node:timers/promises';
import { type BrazeReply } from '../adapters/braze/connection';
import { callsOf, engagement, numbersByPerson, type ShardWorld } from '../../test/stream/shard-world';
import { shardWorlds } from '../../test/stream/shard-worlds';
import { alsoTriggers } from '../../test/stream/also-triggers';
import { type BrazeDoor } from './sending-call';

const open = shardWorlds();

const start = (onUnknown: 'hold' | 'resend' = 'resend') =>
  open({ engagement: engagement('odds', { onUnknown }) });

const people = (count: number, from: number, name?: string) =>
  Array.from({ length: count }, (_, at) => ({ person: from + at, ...(name === undefined ? {} : { name }) }));

/** A door through which some requests get another answer. */
function answering(
  world: ShardWorld,
  answer: (...request: Parameters<BrazeDoor['send']>) => number | undefined,
  more: Partial<BrazeDoor> = {},
) {
  const door = world.door();
  const value: BrazeDoor = {
    ...door,
    ...more,
    send(endpoint, body): Promise<BrazeReply> {
      const status = answer(endpoint, body);
      return status === undefined
        ? door.send(endpoint, body)
        : Promise.resolve({ kind: 'answer', status, headers: {}, body: '{"message":"no"}' });
    },
  };
  return () => Promise.resolve({ ok: true as const, value });
}

test.each([403, 404])(
  'an endpoint that answers %s holds back its own calls, and no others',
  async (status) => {
    const world = await start();
    const calls = await alsoTriggers(world);
    let isMended = false;
    const openBraze = answering(
      world,
      (endpoint) => (endpoint === 'users.track' ? undefined : isMended ? 201 : status),
      { concurrency: 2 },
    );
    const keeping = world.keep(0, { calls, openBraze });
    await world.post(people(200, 1_000, 'c'));
    while (keeping.progress().waiting === undefined) await sleep(20);
    await world.post(people(20, 1));
    while (keeping.progress().delivered < 20) await sleep(20);
    expect(keeping.progress().waiting?.reason).toBe(status === 403 ? 'key' : 'settings');
    isMended = true;
    while (keeping.progress().delivered < 220) await sleep(20);
    expect(keeping.progress().waiting).toBeUndefined();
    expect(await keeping.end()).toMatchObject({ delivered: 220, refused: 0, unknown: 0 });
  },
);

test('a stay ends while the budget holds back, and has marked nothing', async () => {
  const world = await start('hold');
  await world.post([{ person: 1 }]);
  let asked = 0;
  const budget: BrazeDoor['budget'] = {
    release: () => undefined,
    observe: () => undefined,
    take(signal) {
      asked += 1;
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(false)));
    },
  };
  const openBraze = answering(world, () => undefined, { budget });
  const keeping = world.keep(0, { calls: callsOf('events'), openBraze });
  while (asked === 0) await sleep(20);
  await sleep(100);
  expect(await world.rows('SELECT state FROM brazier.call')).toEqual([{ state: 'planned' }]);
  await keeping.end();
  expect(await world.rows('SELECT state FROM brazier.call')).toEqual([{ state: 'planned' }]);
});

test('a call that Braze never answers is found among its neighbours, and waits alone', async () => {
  const world = await start();
  await world.post(people(40, 1));
  let isMended = false;
  const openBraze = answering(world, (_endpoint, body) =>
    !isMended && body.includes('"p7"') ? 500 : undefined,
  );
  const keeping = world.keep(0, { openBraze });
  while (numbersByPerson(world).size < 39) await sleep(20);
  await world.post([...people(40, 1), ...people(40, 100)]);
  while (numbersByPerson(world).size < 79) await sleep(20);
  while (keeping.progress().delivered < 39 + 79) await sleep(20);
  while (keeping.progress().waiting === undefined) await sleep(20);
  expect(keeping.progress()).toMatchObject({ waiting: { reason: 'unavailable' }, refused: 0, unknown: 0 });
  isMended = true;
  await world.settled();
  expect(await keeping.end()).toMatchObject({ delivered: 120, refused: 0, unknown: 0 });
  expect(numbersByPerson(world).get('p7')).toEqual([1, 2]);
});

test('a call of more objects than Braze takes is refused by itself, and no other waits for it', async () => {
  const track = { burst: { requests: 100_000, windowMs: 1_000 } };
  const world = await open({
    engagement: engagement('odds', { onUnknown: 'hold' }),
    sandbox: { limits: { track, objectsPerRequest: { mode: 'total', max: 3 } } },
  });
  const calls = callsOf('events');
  const noted = (id: string) => ({ external_id: id, name: 'noted', time: '2026-11-22T00:00:00Z' });
  const keeping = world.keep(0, {
    calls: {
      ...calls,
      make(call) {
        const made = calls.make(call);
        const id = call.state.identifiers.externalId ?? '';
        if (!made.ok || id !== 'p5') return made;
        return { ...made, request: { ...made.request, body: { events: Array(4).fill(noted(id)) } } };
      },
    },
  });
  await world.post(people(12, 1));
  await world.settled();
  expect(await keeping.end()).toMatchObject({ delivered: 11, refused: 1, unknown: 0 });
  expect(
    await world.rows("SELECT profile_id::int, reason FROM brazier.call WHERE state = 'refused'"),
  ).toEqual([{ profile_id: 5, reason: 'Braze takes fewer objects in one request' }]);
});
