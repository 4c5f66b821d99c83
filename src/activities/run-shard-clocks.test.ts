import { setTimeout as sleep } from 'node:timers/promises';
import { createShardStore } from '../adapters/postgres/shard-store';
import { type Engagement } from '../contract/engagement';
import { bucketOf, shardOfBucket } from '../domain/stream/sharding';
import { mergePeople } from '../../test/stream/merge-people';
import { engagement, startShardWorld, type ShardWorld } from '../../test/stream/shard-world';
import { type RunShardPorts } from './run-shard';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const MINUTE_MS = 60_000;
/** Whoever enters leaves a minute later if nothing happens. */
const lately = engagement('lately', {
  segment: { name: 'lately', version: 1, condition: { event: 'step', atLeast: 1, withinMinutes: 1 } },
});

/** These people have entered, nobody looks after the shards, and time has come for them to leave. */
async function startDue(people: readonly number[], definition = lately, shards = 1): Promise<ShardWorld> {
  const world = await startShardWorld({ engagement: definition, shards });
  closing.push(() => world.close());
  const dueAtMs = Date.now() + 2_000;
  await world.post(people.map((person) => ({ person, capturedAtMs: dueAtMs - MINUTE_MS })));
  await keepAll(world);
  await sleep(dueAtMs + 100 - Date.now());
  return world;
}

async function keepAll(world: ShardWorld, storeOf?: RunShardPorts['storeOf'], restMs = 0): Promise<void> {
  const keeping = Array.from({ length: world.shards }, (_, shard) =>
    world.keep(shard, storeOf === undefined ? {} : { storeOf }),
  );
  await world.settled();
  await sleep(restMs);
  for (const each of keeping) await each.end();
}

/** Each person's calls, in their order; which of them only time has brought about. */
async function callsByPerson(world: ShardWorld): Promise<Map<number, string[]>> {
  const rows = await world.rows<{ person: number; call: string }>(
    `SELECT profile_id::int AS person, action || CASE WHEN cause_seq IS NULL THEN ' by clock' ELSE '' END AS call
     FROM brazier.call WHERE state = 'delivered' ORDER BY id`,
  );
  const calls = new Map<number, string[]>();
  for (const { person, call } of rows) calls.set(person, [...(calls.get(person) ?? []), call]);
  return calls;
}

test.each<['pause' | 'stop' | 'upgrade', Engagement]>([
  ['pause', { ...lately, state: 'paused' }],
  ['stop', { ...lately, state: 'stopped' }],
  [
    'upgrade',
    { ...lately, segment: { name: 'never', version: 2, condition: { event: 'never', atLeast: 1 } } },
  ],
])(
  'whoever was due before a change (%s) is told of it, though nobody had looked',
  async (change, definition) => {
    const world = await startDue([1]);
    await world.change(change, definition);
    await keepAll(world);
    expect(await callsByPerson(world)).toEqual(new Map([[1, ['entry', 'exit by clock']]]));
  },
);

/** Two people in two shards, who turn out to be one when both are due. */
async function startMerge(
  definition: Engagement,
): Promise<{ world: ShardWorld; one: number; other: number }> {
  const shardOf = (person: number) => shardOfBucket(bucketOf(String(person)), 2);
  const one = 1;
  const other = [2, 3, 4, 5, 6, 7, 8].find((person) => shardOf(person) !== shardOf(one)) ?? 0;
  const world = await startDue([one, other], definition, 2);
  await mergePeople(world, one, other);
  return { world, one, other };
}

test('whoever was due before a merge is told of it, under both profiles', async () => {
  const { world, one, other } = await startMerge(lately);
  await keepAll(world);
  const told = ['entry', 'exit by clock'];
  expect(await callsByPerson(world)).toEqual(
    new Map([
      [one, told],
      [other, told],
    ]),
  );
});

test('no clock brings a profile back that was merged away', async () => {
  const { world, one, other } = await startMerge({ ...lately, exitAction: undefined });
  // Clocks find what is due a second later.
  await sleep(1_200);
  const storeOf: RunShardPorts['storeOf'] = (key) => {
    const real = createShardStore(world.database, key);
    return {
      ...real,
      async commit(epoch, commit) {
        const state = commit.states.find(({ profileId }) => profileId === String(other));
        // Clocks are looked at before the profile is let go in the database, and what they bring is written after it was folded.
        if (state !== undefined) await sleep(state.isRetired === true ? 300 : 1_000);
        return real.commit(epoch, commit);
      },
    };
  };
  await keepAll(world, storeOf, 500);
  const rows = await world.rows('SELECT profile_id::int AS person FROM brazier.profile_state');
  expect(rows).toEqual([{ person: one }]);
});
