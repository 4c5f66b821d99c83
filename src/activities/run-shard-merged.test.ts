import { setTimeout as sleep } from 'node:timers/promises';
import { type BrazeReply } from '../adapters/braze/connection';
import { mergePeople } from '../../test/stream/merge-people';
import { engagement, numbersByPerson, type ShardWorld } from '../../test/stream/shard-world';
import { shardWorlds } from '../../test/stream/shard-worlds';
import { type RunShardPorts } from './run-shard';

const open = shardWorlds();

const [SURVIVOR, LOSER] = [1, 7];

/** Braze takes nothing of the one who is merged away, until it is told to. */
function stubborn(world: ShardWorld, status: number) {
  const door = world.door();
  let takesAll = false;
  const openBraze: RunShardPorts['openBraze'] = () =>
    Promise.resolve({
      ok: true,
      value: {
        ...door,
        send: (endpoint, body): Promise<BrazeReply> =>
          !takesAll && body.includes(`"p${LOSER}"`)
            ? Promise.resolve({ kind: 'answer', status, headers: {}, body: '{"message":"no"}' })
            : door.send(endpoint, body),
      },
    });
  return { openBraze, relent: () => (takesAll = true) };
}

/** Somebody is merged whose call Braze does not take, and a crowd comes after that. */
async function mergeInTrouble(shards: number) {
  const world = await open({ shards, engagement: engagement('odds', { onUnknown: 'resend' }) });
  const braze = stubborn(world, 500);
  const keep = () => Array.from({ length: shards }, (_, shard) => world.keep(shard, braze));
  await world.post([{ person: SURVIVOR, name: 'hello' }, { person: LOSER }, { person: 8 }]);
  const first = keep();
  while (!numbersByPerson(world).has('p8')) await sleep(20);
  await mergePeople(world, SURVIVOR, LOSER);
  const crowd = Array.from({ length: 20 }, (_, at) => ({ person: 100 + at }));
  await world.post([{ person: SURVIVOR, properties: { odd: false } }, ...crowd]);
  return { world, braze, first, keep };
}

const callsOfBoth = (world: ShardWorld) =>
  world.rows<{ person: number; state: string }>(
    `SELECT profile_id::int AS person, state FROM brazier.call WHERE profile_id IN (${SURVIVOR}, ${LOSER}) ORDER BY id`,
  );

test.each([1, 2])(
  'a merge with a call that Braze does not take keeps the person waiting, and nobody else (%d shards)',
  async (shards) => {
    const { world, braze, first } = await mergeInTrouble(shards);
    while (numbersByPerson(world).size < 21) await sleep(20);
    // Theirs waits though Braze would take it: the other profile's call is older.
    await sleep(1_000);
    expect(await callsOfBoth(world)).toEqual([
      { person: LOSER, state: 'planned' },
      { person: SURVIVOR, state: 'planned' },
    ]);
    braze.relent();
    await world.settled();
    for (const keeping of first) await keeping.end();
    expect((await callsOfBoth(world)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    const requestOf = (person: number) => world.braze.workspace.order.of(`p${person}`).writes[0]?.request;
    expect(requestOf(LOSER)).toBeLessThan(requestOf(SURVIVOR) ?? 0);
  },
);

test('the next worker knows whose calls have to wait for those of another profile', async () => {
  const { world, braze, first, keep } = await mergeInTrouble(2);
  while (numbersByPerson(world).size < 21) await sleep(20);
  for (const keeping of first) await keeping.end();
  const next = keep();
  await world.post([{ person: 9 }]);
  while (!numbersByPerson(world).has('p9')) await sleep(20);
  await sleep(1_000);
  expect((await callsOfBoth(world)).map(({ state }) => state)).toEqual(['planned', 'planned']);
  braze.relent();
  await world.settled();
  for (const keeping of next) await keeping.end();
  expect((await callsOfBoth(world)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
});
