import { createTestDatabase, type TestDatabase } from '../../test/postgres/database';
import { discard } from '../adapters/postgres/discard';
import { createEventRetention } from '../adapters/postgres/event-retention';
import { createForgetActivities } from './forget-events';

let own: TestDatabase;
beforeAll(async () => (own = await createTestDatabase()));
afterAll(() => own.close());

async function run(text: string): Promise<Record<string, unknown>[]> {
  const outcome = await own.database.run((queries) => queries.query<Record<string, unknown>>(text));
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
}

const NOTHING_KEPT = { calls: 0, events: 0 };
const NOTHING_DONE = { events: 0, calls: 0, setAside: 0, isDone: true, kept: NOTHING_KEPT };

test('what is old and worked off goes, in as many steps as it takes; everything else stays', async () => {
  await run(`INSERT INTO brazier.shard (integration, layout, shard, cursor) VALUES ('shop', 1, 0, 12000)`);
  // 12,001 is old and not worked off yet, 12,002 is young; 7 and 8 tell of an engagement.
  await run(`INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, source, event_id, captured_at, entry)
    SELECT 'shop', 1, 0, n, CASE WHEN n IN (7, 8) THEN 'control' ELSE 'event' END, 'site', n::text,
      now() - make_interval(days => CASE WHEN n = 12002 THEN 89 ELSE 91 END), '{}' FROM generate_series(1, 12002) AS n`);
  await run(`INSERT INTO brazier.call (integration, layout, shard, profile_id, engagement, action, external_api, version,
      event_id, state, planned_at, answered_at, written_at)
    SELECT 'shop', 1, 0, 1, 'welcome', 'entry', 'note', 1, name, state, now() - interval '100 days',
      now() - make_interval(days => age), now() - make_interval(days => coalesce(age, 100))
    FROM (VALUES ('old', 'delivered', 91), ('young', 'delivered', 89), ('open', 'planned', NULL),
      ('begun', 'started', NULL), ('given-up', 'discarded', 91), ('overtaken', 'superseded', 91)) AS t(name, state, age)`);
  await run(`INSERT INTO brazier.set_aside (integration, layout, shard, seq, reason_code, at)
    VALUES ('shop', 1, 0, 3, 'X', now() - interval '91 days'), ('shop', 1, 0, 4, 'X', now())`);
  await run(`UPDATE brazier.set_aside SET discarded_at = now()`);

  const activities = createForgetActivities({
    retention: createEventRetention(own.database),
    days: 90,
  });
  expect(await activities.forgetOldEvents()).toEqual({
    events: 11_998,
    calls: 3,
    setAside: 1,
    isDone: true,
    kept: NOTHING_KEPT,
  });
  expect(await run('SELECT seq::int FROM brazier.event_log ORDER BY seq')).toEqual(
    [7, 8, 12_001, 12_002].map((seq) => ({ seq })),
  );
  expect(await run('SELECT event_id FROM brazier.call ORDER BY id')).toEqual(
    ['young', 'open', 'begun'].map((event_id) => ({ event_id })),
  );
  expect(await run('SELECT seq::int FROM brazier.set_aside')).toEqual([{ seq: 4 }]);
  expect(await activities.forgetOldEvents()).toEqual(NOTHING_DONE);
});

test('nothing of which a person has to decide goes, nor what it needs; once it is decided, it does', async () => {
  const mine = `WHERE integration = 'letters'`;
  await run(`INSERT INTO brazier.shard (integration, layout, shard, cursor) VALUES ('letters', 1, 0, 100)`);
  await run(`INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, source, event_id, captured_at, entry)
    SELECT 'letters', 1, 0, n, 'event', 'site', name, now() - interval '91 days', '{}'
    FROM (VALUES (1, 'refused'), (2, 'unknown'), (3, 'planned'), (4, 'delivered'), (5, 'aside'), (6, 'nameless'))
      AS t(n, name)`);
  // The delivered one is newer than the refused one of the same person and engagement: it is how that is known to be overtaken.
  await run(`INSERT INTO brazier.call (integration, layout, shard, profile_id, engagement, action, external_api, version,
      event_id, state, planned_at, answered_at, written_at)
    SELECT 'letters', 1, 0, person, 'welcome', 'entry', 'note', 1, name, name, now() - interval '91 days',
      CASE WHEN name NOT IN ('planned', 'unknown') THEN now() - interval '91 days' END, now() - interval '91 days'
    FROM (VALUES (11, 'refused'), (12, 'unknown'), (13, 'planned'), (15, 'delivered'), (14, 'delivered')) AS t(person, name)`);
  // Whoever was sent it turned out to be the one who was refused.
  await run(`INSERT INTO brazier.profile (id, integration, bucket, merged_into) OVERRIDING SYSTEM VALUE
    VALUES (11, 'letters', 0, 15), (15, 'letters', 0, NULL)`);
  await run(`INSERT INTO brazier.set_aside (integration, layout, shard, seq, event_id, reason_code, at)
    VALUES ('letters', 1, 0, 5, 'aside', 'X', now() - interval '91 days'),
      ('letters', 1, 0, 6, NULL, 'X', now() - interval '91 days')`);
  const activities = createForgetActivities({ retention: createEventRetention(own.database), days: 90 });
  expect(await activities.forgetOldEvents()).toEqual({
    ...{ events: 1, calls: 1, setAside: 0, isDone: true },
    kept: { calls: 2, events: 2 },
  });
  expect(await run(`SELECT event_id FROM brazier.event_log ${mine} ORDER BY seq`)).toEqual(
    ['refused', 'unknown', 'planned', 'aside', 'nameless'].map((event_id) => ({ event_id })),
  );
  expect(await run(`SELECT state FROM brazier.call ${mine} ORDER BY id`)).toEqual(
    ['refused', 'unknown', 'planned', 'delivered'].map((state) => ({ state })),
  );
  expect(await discard(own.database, { integration: 'letters' }, 'Ada')).toEqual({
    ok: true,
    value: { calls: 2, events: 2 },
  });
  expect(await activities.forgetOldEvents()).toEqual({
    ...{ events: 4, calls: 3, setAside: 2, isDone: true },
    kept: NOTHING_KEPT,
  });
  expect(await run(`SELECT event_id FROM brazier.event_log ${mine}`)).toEqual([{ event_id: 'planned' }]);
});

test('a run whose time is up leaves the rest to the next one', async () => {
  let nowMs = 0;
  const activities = createForgetActivities({
    retention: {
      forget: ({ rows }) => {
        nowMs += 100_000;
        return Promise.resolve({ ok: true, value: { events: rows, calls: 0, setAside: 0 } });
      },
      kept: () => Promise.resolve({ ok: true, value: { calls: 5, events: 0 } }),
    },
    days: 90,
    now: () => nowMs,
  });
  expect(await activities.forgetOldEvents()).toEqual({
    events: 15_000,
    calls: 0,
    setAside: 0,
    isDone: false,
    kept: { calls: 5, events: 0 },
  });
});

test('without a database there is nothing to delete', async () => {
  const activities = createForgetActivities({ retention: undefined, days: 90 });
  expect(await activities.forgetOldEvents()).toEqual(NOTHING_DONE);
});
