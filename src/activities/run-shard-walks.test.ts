import { bucketOf } from '../domain/stream/sharding';
import { mergePeople } from '../../test/stream/merge-people';
import { engagement, SHOP, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** More than a shard keeps at hand. */
const MANY = 20_000;

async function start(): Promise<ShardWorld> {
  const world = await startShardWorld();
  closing.push(() => world.close());
  return world;
}

/** People of whom nothing is known but who they are. */
async function addStrangers(world: ShardWorld): Promise<void> {
  const states = Array.from({ length: MANY }, (_, at) => {
    const profileId = String(1_000 + at);
    const identifiers = { externalId: `p${profileId}`, emails: [], phones: [], anonymousIds: [] };
    return { profileId, identifiers, firstSeenAt: 1, traits: {}, events: {}, memberships: {} };
  });
  await world.rows(
    `INSERT INTO brazier.profile_state (profile_id, integration, bucket, state)
     SELECT (state->>'profileId')::bigint, $1, bucket, state
     FROM ROWS FROM (unnest($2::smallint[]), json_array_elements($3::json)) AS given (bucket, state)`,
    [SHOP, states.map(({ profileId }) => bucketOf(profileId)), JSON.stringify(states)],
  );
}

const everybody = engagement('everybody', {
  segment: { name: 'quiet', version: 1, condition: { not: { event: 'never', atLeast: 1 } } },
});

test('people whose events surround the activation of an engagement keep their history, however many it concerns', async () => {
  const world = await start();
  const [known, survivor, loser, fresh] = [1, 2, 3, 4];
  await world.post([known, known, survivor, loser].map((person) => ({ person })));
  const first = world.keep(0);
  await world.settled();
  await first.end();
  await addStrangers(world);
  await world.post([{ person: fresh }]);
  await world.change('activate', everybody);
  await world.post([{ person: known }, { person: fresh }]);
  await mergePeople(world, survivor, loser);
  const next = world.keep(0);
  await world.settled();
  await next.end();
  const rows = await world.rows(
    `SELECT profile_id::int AS person, (state->'events'->'step'->>'count')::int AS events, state->'absorbed' AS absorbed
     FROM brazier.profile_state WHERE profile_id < 1000 ORDER BY 1`,
  );
  expect(rows).toEqual([
    { person: known, events: 3, absorbed: null },
    { person: survivor, events: 2, absorbed: [String(loser)] },
    { person: fresh, events: 2, absorbed: null },
  ]);
});
