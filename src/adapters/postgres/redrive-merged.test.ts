import { mergePeople } from '../../../test/stream/merge-people';
import {
  callsOf,
  engagement,
  numbersByPerson,
  startShardWorld,
  type ShardWorld,
} from '../../../test/stream/shard-world';
import { countDeadLetters } from './dead-letters';
import { redrive } from './redrive';

const filter = { integration: 'shop' };

let world: ShardWorld;
afterEach(() => world.close());

/** As if Braze had refused the first call of each of these people. */
async function refuseFirst(...people: number[]): Promise<void> {
  await world.rows(
    `UPDATE brazier.call SET state = 'refused', reason = 'Braze: no such attribute', request =
       jsonb_build_object('endpoint', 'users.track', 'secrets', '[]'::jsonb, 'isIdempotent', true, 'body',
         jsonb_build_object('attributes', jsonb_build_array(jsonb_build_object('external_id', 'p' || profile_id, 'n_odds', 1000))))
     WHERE id IN (SELECT min(id) FROM brazier.call WHERE profile_id = ANY($1::bigint[]) GROUP BY profile_id) RETURNING id`,
    [people],
  );
}

async function statesOf(): Promise<string[]> {
  const rows = await world.rows<{ state: string }>('SELECT state FROM brazier.call ORDER BY id');
  return rows.map(({ state }) => state);
}

test('values of a person who turned out to be another are overtaken by what the survivor was sent', async () => {
  world = await startShardWorld();
  await world.post([{ person: 1 }, { person: 2 }, { person: 3 }]);
  const keeping = world.keep(0);
  await world.settled();
  // In two steps: 1 is 2, and 2 is 3.
  await mergePeople(world, 2, 1);
  await mergePeople(world, 3, 2);
  await world.post([{ person: 3 }]);
  await world.settled();
  await refuseFirst(1);
  expect(await countDeadLetters(world.database, filter)).toMatchObject({
    value: { refused: 1, overtaken: 1 },
  });
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { calls: 0, superseded: 1 } });
  await world.settled();
  await keeping.end();
  expect((await statesOf()).filter((state) => state !== 'delivered')).toEqual(['superseded']);
  expect([...numbersByPerson(world).values()].flat()).not.toContain(1000);
});

test('what a profile was sent before it turned out to be the person overtakes as well', async () => {
  world = await startShardWorld();
  await world.post([{ person: 1 }, { person: 2 }, { person: 2 }]);
  const keeping = world.keep(0);
  await world.settled();
  await refuseFirst(1);
  // Two others, each of whom is the same third.
  await mergePeople(world, 3, 1);
  expect(await countDeadLetters(world.database, filter)).toMatchObject({ value: { overtaken: 0 } });
  await mergePeople(world, 3, 2);
  expect(await countDeadLetters(world.database, filter)).toMatchObject({ value: { overtaken: 1 } });
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { calls: 0, superseded: 1 } });
  await keeping.end();
});

test('a merge between the re-drive and the shard’s look: the shard finds what has overtaken the call', async () => {
  world = await startShardWorld();
  await world.post([{ person: 1 }, { person: 2 }, { person: 2 }]);
  const keeping = world.keep(0);
  await world.settled();
  await keeping.end();
  await refuseFirst(1);
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { calls: 1, superseded: 0 } });
  await mergePeople(world, 2, 1);
  await world.post([{ person: 2 }]);
  // The entry of the merge waits until the call has ended, and the call is taken up though the entry waits.
  const next = world.keep(0);
  await world.settled();
  await next.end();
  expect((await statesOf())[0]).toBe('superseded');
  expect([...numbersByPerson(world).values()].flat()).not.toContain(1000);
});

/** As if it were not known whether the calls of everybody have reached Braze. */
async function doubtAll(): Promise<void> {
  await world.rows(
    `UPDATE brazier.call SET state = 'unknown', reason = 'connection lost', request =
       jsonb_build_object('endpoint', 'users.track', 'secrets', '[]'::jsonb, 'isIdempotent', false, 'body',
         jsonb_build_object('events', jsonb_build_array(jsonb_build_object('external_id', 'p' || profile_id, 'name', 'noted',
           'time', '2026-11-22T00:00:00Z', 'properties', jsonb_build_object('n_odds', 1000))))) RETURNING id`,
  );
}

test('merges of people whose re-driven calls are behind many others come to their end', async () => {
  world = await startShardWorld({ shards: 2, engagement: engagement('odds', { onUnknown: 'hold' }) });
  const calls = callsOf('events');
  const people = Array.from({ length: 430 }, (_, at) => ({ person: at + 1 }));
  await world.post(people);
  const keeping = [0, 1].map((shard) => world.keep(shard, { calls }));
  await world.settled();
  for (const each of keeping) await each.end();
  await doubtAll();
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { calls: 430 } });
  // Of people in either shard: each waits for the other, and for itself.
  for (let person = 410; person < 430; person += 2) await mergePeople(world, person, person + 1);
  const next = [0, 1].map((shard) => world.keep(shard, { calls }));
  await world.settled();
  for (const each of next) await each.end();
  const met = numbersByPerson(world);
  // What the merge itself has led to has no number of an event.
  for (const { person } of people) expect(met.get(`p${person}`)?.slice(0, 2)).toEqual([1, 1000]);
});

test('two people who re-drive the same letters at once, and once more: each goes out once', async () => {
  world = await startShardWorld({ shards: 2, engagement: engagement('odds', { onUnknown: 'hold' }) });
  const calls = callsOf('events');
  const people = Array.from({ length: 520 }, (_, at) => ({ person: at + 1 }));
  await world.post(people);
  const keeping = [0, 1].map((shard) => world.keep(shard, { calls }));
  await world.settled();
  await doubtAll();
  await world.rows(
    `INSERT INTO brazier.set_aside (integration, layout, shard, seq, event_id, profile_id, reason_code, detail)
     SELECT integration, layout, shard, seq, event_id, profile_id, 'notUnderstood', 'working on it failed: TypeError'
     FROM brazier.event_log WHERE kind = 'event' AND profile_id <= 20 RETURNING id`,
  );
  const outcomes = await Promise.all(['Ada', 'Bob', 'Ada'].map((by) => redrive(world.database, filter, by)));
  const done = outcomes.map((outcome) => (outcome.ok ? outcome.value : undefined));
  expect(done.reduce((sum, one) => sum + (one?.calls ?? 0), 0)).toBe(520);
  expect(done.reduce((sum, one) => sum + (one?.events ?? 0), 0)).toBe(20);
  expect(done.reduce((sum, one) => sum + (one?.notKept ?? 0), 0)).toBe(0);
  await world.settled();
  expect(await redrive(world.database, filter, 'Bob')).toMatchObject({ value: { calls: 0, events: 0 } });
  await world.settled();
  for (const each of keeping) await each.end();
  const met = numbersByPerson(world);
  for (const { person } of people) expect(met.get(`p${person}`)?.filter((n) => n === 1000)).toEqual([1000]);
});
