import { type ControlEntry } from '../../contract/stream';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { lockIntake } from './intake-lock';
import { appendControl } from './log-append';
import { makeStream } from './make-stream';

let own: TestDatabase;
beforeAll(async () => (own = await createTestDatabase()));
afterAll(() => own.close());

const entry = (engagement: string, revision: number): ControlEntry => ({
  engagement,
  change: 'activate',
  revision,
  definition: {
    integration: 'shop',
    name: engagement,
    state: 'active',
    segment: { name: 'everybody', version: 1, condition: { all: [] } },
    action: { externalApi: 'note', version: 1, parameters: {} },
    frequency: 'once',
    includeCurrent: false,
    onUnknown: 'hold',
    onResume: 'skip',
  },
});

test('transactions at once leave each shard one entry per place, and no place free', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `engagement-${index}`);
  const outcomes = await Promise.all(
    names.map((name) =>
      own.database.transaction(async (queries) => {
        await lockIntake(queries, 'shop');
        await makeStream(queries, 'shop', 3);
        return appendControl(queries, 'shop', entry(name, 2));
      }),
    ),
  );
  const places = outcomes.map((outcome) => (outcome.ok ? outcome.value : outcome.fault));
  expect(places).toContainEqual({
    layout: 1,
    shards: [
      { shard: 0, seq: '12' },
      { shard: 1, seq: '12' },
      { shard: 2, seq: '12' },
    ],
  });
  const read = await own.database.run((queries) =>
    queries.query(
      `SELECT shard, count(*)::int AS entries, min(seq)::int AS first, max(seq)::int AS last,
         count(DISTINCT entry->>'engagement')::int AS engagements
       FROM brazier.event_log WHERE kind = 'control' GROUP BY shard ORDER BY shard`,
    ),
  );
  expect(read).toEqual({
    ok: true,
    value: [0, 1, 2].map((shard) => ({ shard, entries: 12, first: 1, last: 12, engagements: 12 })),
  });
});
