import {
  engagement,
  callsOf,
  numbersByPerson,
  startShardWorld,
  type ShardWorld,
} from '../../../test/stream/shard-world';
import { countDeadLetters, readDeadLetters } from './dead-letters';
import { redrive } from './redrive';
import { setShards } from './stream-layout';

const filter = { integration: 'shop' };

let world: ShardWorld;
afterEach(() => world.close());

/** What was refused or is unknown, with what the counts say of it. */
async function letters() {
  const page = await readDeadLetters(world.database, filter, { limit: 100 });
  if (!page.ok) throw new Error(page.fault.message);
  return page.value.letters;
}

async function counts() {
  const [row] = await world.rows<Record<string, number>>(
    `SELECT sum(sent)::int AS sent, sum(accepted)::int AS accepted, sum(refused)::int AS refused, sum(unknown)::int AS unknown
     FROM brazier.engagement_count`,
  );
  return row;
}

test('an unknown call that was held is delivered after its re-drive, in another layout too', async () => {
  world = await startShardWorld({ engagement: engagement('odds', { onUnknown: 'hold' }) });
  await world.post([{ person: 1 }, { person: 2 }]);
  const calls = callsOf('events');
  const keeping = world.keep(0, { calls });
  await world.settled();
  // As after a lost answer.
  await world.rows(
    `UPDATE brazier.call SET state = 'unknown', reason = 'connection lost', request = $1 WHERE profile_id = 1 RETURNING id`,
    [
      JSON.stringify({
        endpoint: 'users.track',
        body: {
          events: [
            {
              external_id: 'p1',
              name: 'noted',
              time: '2026-11-22T00:00:00Z',
              properties: { n_odds: 7, key: '' },
            },
          ],
        },
        secrets: [{ pointer: '/events/0/properties/key', reference: 'env:PARTNER_KEY' }],
        isIdempotent: false,
      }),
    ],
  );
  await world.rows('UPDATE brazier.engagement_count SET unknown = 1, accepted = 1 RETURNING shard');
  const found = await letters();
  expect(found).toMatchObject([
    { kind: 'call', state: 'unknown', reason: 'connection lost', profileId: '1' },
  ]);
  // A reference stands where the secret would.
  expect(JSON.stringify(found[0]?.request?.body)).toContain('"key":"env:PARTNER_KEY"');
  expect(await redrive(world.database, { ...filter, state: 'refused' }, 'Ada')).toMatchObject({
    value: { calls: 0 },
  });
  await keeping.end();
  await setShards(world.database, 'shop', 2);
  const old = world.keep(0, { calls });
  expect(await old.ended).toMatchObject({ isDrained: true });
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { calls: 1, superseded: 0 } });
  const shards = [0, 1].map((shard) => world.keep(shard, { calls, layout: 2, shards: 2 }));
  await world.settled(2);
  for (const shard of shards) await shard.end();
  expect(await letters()).toEqual([]);
  expect(numbersByPerson(world).get('p1')).toEqual([1, 7]);
  expect(await counts()).toEqual({ sent: 2, accepted: 2, refused: 0, unknown: 0 });
  expect(
    await world.rows(`SELECT state, layout, redriven_by FROM brazier.call WHERE redriven_at IS NOT NULL`),
  ).toEqual([{ state: 'delivered', layout: 2, redriven_by: 'Ada' }]);
});

test('refused attributes that newer ones have overtaken are not sent; others wait for what is under way', async () => {
  world = await startShardWorld();
  await world.post([{ person: 1 }, { person: 2 }, { person: 1 }]);
  const keeping = world.keep(0);
  await world.settled();
  const refused = (n: number) =>
    `UPDATE brazier.call SET state = 'refused', reason = 'Braze: no such attribute', request =
       jsonb_build_object('endpoint', 'users.track', 'secrets', '[]'::jsonb, 'isIdempotent', true, 'body',
         jsonb_build_object('attributes', jsonb_build_array(jsonb_build_object('external_id', 'p' || profile_id, 'n_odds', ${n}))))`;
  await world.rows(
    `${refused(1)} WHERE id = (SELECT min(id) FROM brazier.call WHERE profile_id = 1) RETURNING id`,
  );
  await world.rows(`${refused(1)} WHERE profile_id = 2 RETURNING id`);
  const counted = await countDeadLetters(world.database, { ...filter, reason: 'NO SUCH' });
  expect(counted).toMatchObject({ value: { refused: 2, overtaken: 1, notKept: 0 } });
  // By the time that the shard looks, the second person has newer values as well.
  await keeping.end();
  const [before] = await world.rows<{ at: string }>('SELECT clock_timestamp()::text AS at');
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { calls: 1, superseded: 1 } });
  // Ended anew, and told as such.
  expect(
    await world.rows('SELECT state FROM brazier.call WHERE written_at > $1::timestamptz', [before?.at]),
  ).toEqual([{ state: 'superseded' }]);
  await world.post([{ person: 2 }]);
  const next = world.keep(0);
  await world.settled();
  await next.end();
  const found = await world.rows<{ person: number; state: string }>(
    `SELECT profile_id::int AS person, state FROM brazier.call ORDER BY profile_id, id`,
  );
  expect(found.filter(({ person }) => person === 1)).toEqual([
    { person: 1, state: 'superseded' },
    { person: 1, state: 'delivered' },
  ]);
  // Taken up before the new event was read, or superseded by it: never sent after it.
  expect(numbersByPerson(world).get('p2')?.at(-1)).toBe(2);
  expect(numbersByPerson(world).get('p1')).toEqual([1, 2]);
});

test('letters come in pages, each once', async () => {
  world = await startShardWorld();
  await world.post(Array.from({ length: 7 }, (_, at) => ({ person: at + 1 })));
  const keeping = world.keep(0);
  await world.settled();
  await keeping.end();
  await world.rows(`UPDATE brazier.call SET state = 'refused', reason = 'x', request = NULL RETURNING id`);
  const seen: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await readDeadLetters(world.database, filter, { after, limit: 3 });
    if (!page.ok) throw new Error(page.fault.message);
    seen.push(...page.value.letters.map(({ id }) => id));
    after = page.value.next;
    if (after === undefined) break;
  }
  expect(new Set(seen).size).toBe(7);
  expect(seen).toHaveLength(7);
  // Nothing was kept of them: they stay.
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { calls: 0, notKept: 7 } });
});

test('an event that was set aside comes into the log once more, once', async () => {
  world = await startShardWorld();
  await world.post([{ person: 1 }]);
  const keeping = world.keep(0);
  await world.settled();
  await world.rows(
    `INSERT INTO brazier.set_aside (integration, layout, shard, seq, event_id, profile_id, reason_code, detail)
     SELECT integration, layout, shard, seq, event_id, profile_id, 'notUnderstood', 'working on it failed: TypeError'
     FROM brazier.event_log WHERE kind = 'event' RETURNING id`,
  );
  expect(await letters()).toMatchObject([{ kind: 'event', state: 'setAside', reason: 'notUnderstood' }]);
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { events: 1 } });
  expect(await redrive(world.database, filter, 'Ada')).toMatchObject({ value: { events: 0 } });
  await world.settled();
  expect(await keeping.end()).toMatchObject({ events: 2 });
  expect(
    await world.rows(`SELECT source, event_id FROM brazier.event_log WHERE kind = 'event' ORDER BY seq`),
  ).toEqual([
    { source: 'tests', event_id: 'e1' },
    { source: expect.stringMatching(/^redriven\/\d+\/tests$/), event_id: 'e1' },
  ]);
});
