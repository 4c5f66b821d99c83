import { createTestDatabase, type TestDatabase } from '../../test/postgres/database';
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

test('what is old and worked off goes, in as many steps as it takes; everything else stays', async () => {
  await run(`INSERT INTO brazier.shard (integration, layout, shard, cursor) VALUES ('shop', 1, 0, 12000)`);
  // 12,001 is old and not worked off yet, 12,002 is young; 7 and 8 tell of an engagement.
  await run(`INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, source, event_id, captured_at, entry)
    SELECT 'shop', 1, 0, n, CASE WHEN n IN (7, 8) THEN 'control' ELSE 'event' END, 'site', n::text,
      now() - make_interval(days => CASE WHEN n = 12002 THEN 89 ELSE 91 END), '{}' FROM generate_series(1, 12002) AS n`);
  await run(`INSERT INTO brazier.call (integration, layout, shard, profile_id, engagement, action, external_api, version,
      event_id, state, planned_at, answered_at)
    SELECT 'shop', 1, 0, 1, 'welcome', 'entry', 'note', 1, name, state, now() - interval '100 days',
      now() - make_interval(days => age)
    FROM (VALUES ('old', 'delivered', 91), ('young', 'delivered', 89), ('open', 'planned', NULL),
      ('begun', 'started', NULL), ('refused', 'refused', 91), ('undecided', 'unknown', NULL)) AS t(name, state, age)`);
  await run(`INSERT INTO brazier.set_aside (integration, layout, shard, seq, reason_code, at)
    VALUES ('shop', 1, 0, 3, 'X', now() - interval '91 days'), ('shop', 1, 0, 4, 'X', now())`);

  const activities = createForgetActivities({
    retention: createEventRetention(own.database),
    days: 90,
  });
  expect(await activities.forgetOldEvents()).toEqual({ events: 11_998, calls: 2, setAside: 1, isDone: true });
  expect(await run('SELECT seq::int FROM brazier.event_log ORDER BY seq')).toEqual(
    [7, 8, 12_001, 12_002].map((seq) => ({ seq })),
  );
  expect(await run('SELECT event_id FROM brazier.call ORDER BY id')).toEqual(
    ['young', 'open', 'begun', 'undecided'].map((event_id) => ({ event_id })),
  );
  expect(await run('SELECT seq::int FROM brazier.set_aside')).toEqual([{ seq: 4 }]);
  expect(await activities.forgetOldEvents()).toEqual({ events: 0, calls: 0, setAside: 0, isDone: true });
});

test('a run whose time is up leaves the rest to the next one', async () => {
  let nowMs = 0;
  const activities = createForgetActivities({
    retention: {
      forget: ({ rows }) => {
        nowMs += 100_000;
        return Promise.resolve({ ok: true, value: { events: rows, calls: 0, setAside: 0 } });
      },
    },
    days: 90,
    now: () => nowMs,
  });
  expect(await activities.forgetOldEvents()).toEqual({
    events: 15_000,
    calls: 0,
    setAside: 0,
    isDone: false,
  });
});

test('without a database there is nothing to delete', async () => {
  const activities = createForgetActivities({ retention: undefined, days: 90 });
  expect(await activities.forgetOldEvents()).toEqual({ events: 0, calls: 0, setAside: 0, isDone: true });
});
