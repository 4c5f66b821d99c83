import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { type EndedCall } from '../../contract/stream';
import { type CallRecord, emptyCommit } from '../../domain/stream/shard-work';
import { type CallTail, createCallTail, LATE_MS } from './call-tail';
import { type Database, type Queries, type Statement } from './database';
import { readEndedCalls } from './ended-calls';
import { createEventRetention } from './event-retention';
import { createShardStore, type ShardStore } from './shard-store';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

async function read(tail: CallTail): Promise<EndedCall[]> {
  const calls: EndedCall[] = [];
  for await (const call of tail.next()) {
    if (!call.ok) throw new Error(call.fault.message);
    calls.push(call.value);
  }
  return calls;
}

const eventIds = (calls: readonly EndedCall[]) => calls.map(({ eventId }) => eventId);

/** A shard of an integration, and the epoch of whoever looks after it. */
async function begin(integration: string): Promise<{ store: ShardStore; epoch: number }> {
  await run(`INSERT INTO brazier.shard (integration, layout, shard, cursor) VALUES ($1, 1, 0, 0)`, [
    integration,
  ]);
  const store = createShardStore(own.database, { integration, layout: 1, shard: 0 });
  const begun = await store.begin('test', { leaseMs: 10_000, requestTimeoutMs: 1_000 });
  if (!begun.ok) throw new Error(begun.fault.message);
  return { store, epoch: begun.value.epoch };
}

async function run(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
  const outcome = await own.database.run((queries) => queries.query<Record<string, unknown>>(text, values));
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
}

/** Before a long outage of the database. */
const BEFORE_MS = Date.now() - 600_000;

function record(eventId: string, more: Partial<CallRecord>): CallRecord {
  return {
    ...{ profileId: '7', engagement: 'one', action: 'entry', externalApi: 'api', version: 1, attempts: 1 },
    ...{ eventId, state: 'planned', capturedAtMs: BEFORE_MS - 250, plannedAtMs: BEFORE_MS },
    ...more,
  };
}

/** Ends that Braze answered before an outage and that are written down after it, by each way in which calls end. */
async function writeCarried(integration: string, { store, epoch }: { store: ShardStore; epoch: number }) {
  const planned = await store.commit(epoch, {
    ...emptyCommit(),
    calls: [record('begun', {}), record('begun-too', {}), record('overtaken', {})],
  });
  if (!planned.ok || planned.value === false) throw new Error('the shard is somebody else’s');
  const [begun = '', other = '', overtaken = ''] = planned.value;
  await run(
    `UPDATE brazier.call SET written_at = now() - interval '10 min' WHERE integration = $1 AND state = 'planned'`,
    [integration],
  );
  const answeredAtMs = BEFORE_MS;
  const written = await store.commit(epoch, {
    ...emptyCommit(),
    calls: [
      record('at-once', { state: 'delivered', answeredAtMs }),
      record('refused', { state: 'refused', reason: 'X', answeredAtMs }),
    ],
    updates: [
      { id: begun, state: 'delivered', attempts: 1, answeredAtMs },
      { id: other, state: 'unknown', reason: 'X', attempts: 1, answeredAtMs },
    ],
  });
  expect(written).toMatchObject({ ok: true, value: expect.any(Array) as unknown });
  expect(await store.supersede(epoch, [overtaken])).toEqual({ ok: true, value: true });
}

const CARRIED = ['at-once', 'begun', 'begun-too', 'overtaken', 'refused'];

test('ends that were carried over an outage are told once they are written down, with when Braze answered', async () => {
  const shard = await begin('carried');
  const tail = createCallTail(own.database, { integration: 'carried', sinceSeconds: 0 });
  expect(await read(tail)).toEqual([]);
  await writeCarried('carried', shard);
  const told = await read(tail);
  expect(eventIds(told).sort()).toEqual(CARRIED);
  expect(told.filter(({ state }) => state === 'delivered')).toMatchObject(
    ['at-once', 'begun'].map((eventId) => ({
      eventId,
      at: new Date(BEFORE_MS).toISOString(),
      latencyMs: 250,
    })),
  );
  expect(await read(tail)).toEqual([]);
});

test('pages go on to ends that were carried over an outage', async () => {
  const shard = await begin('carried-pages');
  const behind = LATE_MS / 1_000 + 20;
  await run(
    `INSERT INTO brazier.call (integration, layout, shard, profile_id, engagement, action, external_api, version, event_id,
       state, answered_at, written_at)
     SELECT 'carried-pages', 1, 0, 7, 'one', 'entry', 'api', 1, 'before', 'delivered', at, at
     FROM (SELECT now() - make_interval(secs => $1) AS at) AS moment`,
    [behind],
  );
  const ask = async (after?: string) => {
    const page = await readEndedCalls(own.database, { integration: 'carried-pages', after, limit: 3 });
    if (!page.ok) throw new Error(page.fault.message);
    return { ids: eventIds(page.value.calls), next: page.value.next };
  };
  const first = await ask();
  expect(first).toEqual({ ids: ['before'], next: expect.stringMatching(/Z\/[0-9]+$/) as unknown });
  await writeCarried('carried-pages', shard);
  // Another transaction may yet commit before them.
  expect(await ask(first.next)).toEqual({ ids: [], next: first.next });
  await run(
    `UPDATE brazier.call SET written_at = written_at - make_interval(secs => $2) WHERE integration = $1 AND id > $3`,
    ['carried-pages', LATE_MS / 1_000 + 1, first.next?.split('/')[1]],
  );
  const second = await ask(first.next);
  const third = await ask(second.next);
  expect(second.ids).toHaveLength(3);
  expect([...second.ids, ...third.ids].sort()).toEqual(CARRIED);
});

/** The database, and how it goes about what is asked of calls. */
function explaining(): { explained: Database; plans: string[] } {
  const plans: string[] = [];
  const observed = (queries: Queries): Queries => {
    const explain = async (statement: string | Statement, values?: readonly unknown[]) => {
      const text = typeof statement === 'string' ? statement : statement.text;
      if (!text.includes('brazier.call')) return;
      const lines = await queries.query<{ line: string }>(`EXPLAIN ${text}`, values);
      plans.push(lines.map((line) => Object.values(line).join()).join('\n'));
    };
    return {
      async query(statement, values) {
        await explain(statement, values);
        return queries.query(statement, values);
      },
      async execute(statement, values) {
        await explain(statement, values);
        return queries.execute(statement, values);
      },
    };
  };
  const { database } = own;
  return {
    explained: { ...database, run: (work) => database.run((queries) => work(observed(queries))) },
    plans,
  };
}

test('neither following ends, nor reading pages of them, nor the retention reads the whole table', async () => {
  await run(
    `INSERT INTO brazier.call (integration, layout, shard, profile_id, engagement, action, external_api, version, state,
       answered_at, written_at)
     SELECT (ARRAY['big', 'bigger'])[1 + n % 2], 1, 0, n, 'one', 'entry', 'api', 1,
       CASE WHEN n % 10 < 2 THEN 'refused' ELSE 'delivered' END, at, at
     FROM generate_series(1, 20000) AS n, LATERAL (SELECT now() - make_interval(secs => n * 10) AS at) AS moment`,
  );
  await run(`INSERT INTO brazier.shard (integration, layout, shard) VALUES ('big', 1, 0), ('bigger', 1, 0)`);
  await run('ANALYZE brazier.call, brazier.shard');
  const { explained, plans } = explaining();
  const tail = createCallTail(explained, { integration: 'big', sinceSeconds: 605 });
  expect(await read(tail)).toHaveLength(30);
  const page = await readEndedCalls(explained, { integration: 'big', limit: 100 });
  expect(page).toMatchObject({ ok: true, value: { calls: { length: 100 } } });
  const next = page.ok ? page.value.next : undefined;
  await readEndedCalls(explained, { integration: 'big', engagement: 'one', after: next, limit: 100 });
  expect(plans).toHaveLength(3);
  for (const plan of plans) {
    expect(plan).toContain('call_ended');
    expect(plan).toContain('call_failed');
    expect(plan).not.toContain('Seq Scan on call');
  }
  plans.length = 0;
  await createEventRetention(explained).forget({ days: 2, rows: 10 });
  const forgetting = plans.find((plan) => plan.startsWith('Delete on call'));
  expect(forgetting).toContain('call_ended');
  expect(forgetting).not.toContain('Seq Scan on call');
});
