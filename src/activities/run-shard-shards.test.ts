import { setTimeout as sleep } from 'node:timers/promises';
import { createShardStore } from '../adapters/postgres/shard-store';
import { setShards } from '../adapters/postgres/stream-layout';
import { bucketOf, shardOfBucket } from '../domain/stream/sharding';
import { mergePeople } from '../../test/stream/merge-people';
import { type Keeping, numbersByPerson, SHOP } from '../../test/stream/shard-world';
import { shardWorlds } from '../../test/stream/shard-worlds';

const open = shardWorlds();

const start = (shards: number) => open({ shards });

const people = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

/** So many of these people as are in the shard, of two. */
function inShard(shard: number, from: number, count: number): number[] {
  return people(from, from + 1_000)
    .filter((person) => shardOfBucket(bucketOf(String(person)), 2) === shard)
    .slice(0, count);
}

test('the former owner of a shard writes and sends nothing once another has begun', async () => {
  const world = await start(1);
  world.braze.workspace.faults.add({ match: { every: 1 }, fault: { kind: 'slow', delayMs: 300 } });
  await world.post(Array.from({ length: 400 }, (_, at) => ({ person: (at % 100) + 1 })));
  const answers: { epoch: number; written: unknown }[] = [];
  const former = world.keep(0, {
    timeoutMs: 1_000,
    storeOf(key) {
      const real = createShardStore(world.database, key);
      return {
        ...real,
        async commit(epoch, commit) {
          const written = await real.commit(epoch, commit);
          answers.push({ epoch, written: written.ok && written.value !== false });
          return written;
        },
      };
    },
  });
  while (world.braze.workspace.statistics.objects.attributes === 0) await sleep(5);
  const next = world.keep(0, { timeoutMs: 1_000 });
  await former.ended;
  const [{ epoch, cursor } = { epoch: 0, cursor: 0 }] = await world.rows<{ epoch: number; cursor: number }>(
    'SELECT epoch::int, cursor::int FROM brazier.shard',
  );
  expect(epoch).toBe(2);
  expect(former.progress().epoch).toBe(1);
  const told = answers.map(({ written }) => written);
  // It stops at the first commit that is refused.
  expect(told.filter((written, at) => !written && at < told.length - 1)).toEqual([]);
  expect(cursor).toBeLessThanOrEqual(401);
  world.braze.workspace.faults.clear();
  await world.settled();
  await next.end();
  for (const numbers of numbersByPerson(world).values()) {
    expect(numbers).toEqual([...numbers].sort());
    expect([...new Set(numbers)]).toEqual([1, 2, 3, 4]);
  }
  expect(await world.rows('SELECT accepted::int, entered::int FROM brazier.engagement_count')).toEqual([
    { accepted: 400, entered: 200 },
  ]);
});

test('survivors wait for the other shard, in both directions at once', async () => {
  const world = await start(2);
  const pairs = [0, 1].flatMap((shard) => {
    const [survivors, losers] = [inShard(shard, 1, 5), inShard(1 - shard, 2_000, 5)];
    return survivors.map((survivor, at) => ({ survivor, loser: losers[at] ?? 0, shard }));
  });
  const everybody = pairs.flatMap(({ survivor, loser }) => [survivor, loser]);
  await world.post(everybody.map((person) => ({ person })));
  await world.post(pairs.map(({ survivor }) => ({ person: survivor })));
  for (const { survivor, loser } of pairs) await mergePeople(world, survivor, loser);
  await world.post(pairs.flatMap(({ survivor }) => [{ person: survivor }, { person: survivor }]));
  const barrier = await world.rows<{ seq: number }>(
    `SELECT min(seq)::int AS seq FROM brazier.event_log WHERE shard = 0 AND entry->>'role' = 'in'`,
  );

  const one = world.keep(0);
  while (one.progress().cursor < (barrier[0]?.seq ?? 0) - 1) await sleep(20);
  await sleep(500);
  expect(one.progress().cursor).toBe((barrier[0]?.seq ?? 0) - 1);
  expect(one.progress().waiting).toMatchObject({ reason: 'merge' });
  expect(one.progress().backlog).toBeGreaterThan(0);
  const other = world.keep(1);
  await world.settled();
  await Promise.all([one.end(), other.end()]);

  const met = numbersByPerson(world);
  for (const { survivor, loser } of pairs) {
    expect(met.get(`p${loser}`)).toEqual([1]);
    // As the other they were inside, and their own last event has led them out: the merge itself says so to Braze, in its place.
    expect(met.get(`p${survivor}`)).toEqual([1, 2, expect.any(Number), 3, 4]);
  }
  const states = await world.rows<{ id: string; absorbed: string[]; count: number }>(
    `SELECT profile_id::text AS id, state->'absorbed' AS absorbed FROM brazier.profile_state ORDER BY 1`,
  );
  expect(states).toEqual(
    pairs
      .map(({ survivor, loser }) => ({ id: String(survivor), absorbed: [String(loser)] }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
});

test('a stream is divided anew, and again, between events: none is lost and nobody’s order changes', async () => {
  const world = await start(4);
  const round = () =>
    world.post(
      people(1, 301).map((person) => ({ person })),
      layout,
    );
  let layout = 1;
  const keeping: Keeping[] = [];
  const keepAll = () => {
    for (let shard = 0; shard < world.shards; shard += 1) keeping.push(world.keep(shard, { layout }));
  };
  await round();
  keepAll();
  await round();
  for (const shards of [7, 3]) {
    await round();
    const divided = await setShards(world.database, SHOP, shards);
    expect(divided).toMatchObject({ ok: true, value: { shards } });
    layout += 1;
    world.shards = shards;
    await round();
    keepAll();
    await round();
  }
  for (const each of [1, 2, 3]) await world.settled(each);
  const drained = await Promise.all(keeping.slice(0, 11).map(({ ended }) => ended));
  expect(drained.every(({ isDrained }) => isDrained)).toBe(true);
  const kept = await Promise.all(keeping.slice(11).map((each) => each.end()));
  expect(kept.every(({ isDrained }) => !isDrained)).toBe(true);

  const met = numbersByPerson(world);
  expect(met.size).toBe(300);
  // The engagement was activated in the first layout, and in no other.
  for (const numbers of met.values()) expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(
    await world.rows(
      "SELECT layout, count(DISTINCT shard)::int AS shards, count(*)::int AS n FROM brazier.event_log WHERE kind = 'event' GROUP BY 1 ORDER BY 1",
    ),
  ).toEqual([
    { layout: 1, shards: 4, n: 900 },
    { layout: 2, shards: 7, n: 900 },
    { layout: 3, shards: 3, n: 600 },
  ]);
  expect(await world.rows("SELECT count(*)::int AS n FROM brazier.event_log WHERE kind = 'control'")).toEqual(
    [{ n: 4 }],
  );
});
