import { numbersByPerson, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';

const worlds: ShardWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function start(...options: Parameters<typeof startShardWorld>): Promise<ShardWorld> {
  const world = await startShardWorld(...options);
  worlds.push(world);
  return world;
}

/** `events` of each of so many people, one after another. */
function rounds(people: number, events: number): { person: number }[] {
  return Array.from({ length: people * events }, (_, at) => ({ person: (at % people) + 1 }));
}

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);

test('every event reaches Braze once, in the order of its person, and is counted', async () => {
  const world = await start();
  await world.post(rounds(200, 5));
  const keeping = world.keep(0);
  await world.settled();
  const progress = await keeping.end();
  expect(progress).toMatchObject({ events: 1_000, delivered: 1_000, refused: 0, unknown: 0, cursor: 1_001 });
  const numbers = numbersByPerson(world);
  expect(numbers.size).toBe(200);
  for (const found of numbers.values()) expect(found).toEqual(upTo(5));
  expect(await world.rows('SELECT state, count(*)::int AS n FROM brazier.call GROUP BY state')).toEqual([
    { state: 'delivered', n: 1_000 },
  ]);
  expect(
    await world.rows(
      'SELECT entered::int, exits::int, sent::int, accepted::int, no_call FROM brazier.engagement_count',
    ),
  ).toEqual([{ entered: 600, exits: 400, sent: 1_000, accepted: 1_000, no_call: {} }]);
  expect(await world.rows('SELECT owner, lease_until FROM brazier.shard')).toEqual([
    { owner: null, lease_until: null },
  ]);
});
