import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { fault } from '../../contract/errors';
import { type EndedCall } from '../../contract/stream';
import { type CallTail, createCallTail } from './call-tail';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

/** Calls of a shard, `secondsAgo` after their answers, which were written down at once; each was captured 250 ms before it. */
async function write(integration: string, engagement: string, state: string, secondsAgo: readonly number[]) {
  const written = await own.database.run((queries) =>
    queries.execute(
      `INSERT INTO brazier.call (integration, layout, shard, profile_id, engagement, action, external_api, version, event_id,
         state, captured_at, answered_at, written_at)
       SELECT $1, 1, 0, 7, $2, 'entry', 'api', 1, 'event-' || ago, $3,
         at - interval '250 ms', CASE WHEN $3 = 'planned' THEN NULL ELSE at END, at
       FROM unnest($4::float8[]) AS given(ago), LATERAL (SELECT now() - make_interval(secs => ago) AS at) AS moment`,
      [integration, engagement, state, secondsAgo],
    ),
  );
  expect(written.ok).toBe(true);
}

async function read(tail: CallTail): Promise<EndedCall[]> {
  const calls: EndedCall[] = [];
  for await (const call of tail.next()) {
    if (!call.ok) throw new Error(call.fault.message);
    calls.push(call.value);
  }
  return calls;
}

const eventIds = (calls: readonly EndedCall[]) => calls.map(({ eventId }) => eventId);

test('calls are told once, in the order in which that was written down, also those that are committed late', async () => {
  const tail = createCallTail(own.database, { integration: 'late', sinceSeconds: 60 });
  await write('late', 'one', 'delivered', [3, 30, 90]);
  await write('late', 'one', 'planned', [1]);
  const first = await read(tail);
  expect(eventIds(first)).toEqual(['event-30', 'event-3']);
  expect(first[0]).toMatchObject({ engagement: 'one', state: 'delivered', latencyMs: 250, profileId: '7' });
  expect(await read(tail)).toEqual([]);
  await write('late', 'one', 'refused', [5, 2]);
  expect(eventIds(await read(tail))).toEqual(['event-5', 'event-2']);
  expect(await read(tail)).toEqual([]);
});

test('a call that has ended again is told again; other engagements and integrations are not', async () => {
  const tail = createCallTail(own.database, { integration: 'again', engagement: 'one', sinceSeconds: 60 });
  await write('again', 'one', 'unknown', [4]);
  await write('again', 'two', 'delivered', [4]);
  await write('elsewhere', 'one', 'delivered', [4]);
  expect(await read(tail)).toMatchObject([{ state: 'unknown' }]);
  await own.database.run((queries) =>
    queries.execute(
      `UPDATE brazier.call SET state = 'delivered', written_at = now() WHERE integration = 'again' AND engagement = 'one'`,
    ),
  );
  expect(await read(tail)).toMatchObject([{ state: 'delivered' }]);
});

test('more than a page is told whole, also where the database fails in the middle of it', async () => {
  const count = 2_500;
  await write(
    'many',
    'one',
    'delivered',
    Array.from({ length: count }, (_, index) => 20 + index / 1_000),
  );
  let runs = 0;
  const failing: typeof own.database = {
    ...own.database,
    run: (work) => {
      runs += 1;
      return runs === 3 ? Promise.resolve(fault('DATABASE_UNAVAILABLE', 'away')) : own.database.run(work);
    },
  };
  const tail = createCallTail(failing, { integration: 'many', sinceSeconds: 60 });
  const ids: string[] = [];
  let faults = 0;
  for (let reading = 0; reading < 3; reading += 1)
    for await (const call of tail.next()) {
      if (call.ok) ids.push(call.value.id);
      else faults += 1;
    }
  expect(faults).toBe(1);
  expect(ids).toHaveLength(count);
  expect(new Set(ids).size).toBe(count);
});

test('what ends while the database is not reached yet is told as well', async () => {
  const tail = createCallTail(own.database, { integration: 'early', sinceSeconds: 0 });
  await write('early', 'one', 'delivered', [0]);
  expect((await tail.begin()).ok).toBe(true);
  expect(eventIds(await read(tail))).toEqual(['event-0']);
});
