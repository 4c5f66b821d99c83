import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { readEvents } from '../../contract/schemas/capture';
import { type EventInput } from '../../contract/capture';
import { createIntake, type Intake, type IntakeEvent, type IntakeReceipt } from './intake';

const INTEGRATION = 'shop';
const NOW_MS = Date.UTC(2026, 10, 22);

let db: TestDatabase;
let intake: Intake;
beforeEach(async () => {
  db = await createTestDatabase();
  intake = createIntake(db.database, { shards: 4, patienceMs: 5_000 });
});
afterEach(() => db.close());

function eventsOf(inputs: readonly EventInput[], source = 'web'): IntakeEvent[] {
  const read = readEvents({ events: inputs }, { nowMs: NOW_MS });
  if (!read.ok) throw new Error(read.fault.message);
  expect(read.value.refused).toEqual([]);
  return read.value.events.map(({ id, identities, rest }) => ({ source, id, identities, rest }));
}

async function take(inputs: readonly EventInput[], source?: string): Promise<IntakeReceipt> {
  const outcome = await intake(INTEGRATION, eventsOf(inputs, source));
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
}

interface LogRow {
  shard: number;
  seq: number;
  kind: string;
  profile: string;
  event_id: string | null;
  entry: Record<string, unknown>;
}

async function query<Row extends object>(text: string): Promise<Row[]> {
  const rows = await db.database.run((queries) => queries.query(text));
  if (!rows.ok) throw new Error(rows.fault.message);
  // The tests' own statements: each names the columns of its row.
  return rows.value as Row[];
}

const log = () =>
  query<LogRow>(
    `SELECT shard, seq::int, kind, profile_id::text AS profile, event_id, entry FROM brazier.event_log
     ORDER BY captured_at, shard, seq`,
  );

let made = 0;
function event(identifiers: EventInput['identifiers'], fields: Partial<EventInput> = {}): EventInput {
  made += 1;
  return { id: `e${made}`, name: 'Seen', identifiers, ...fields };
}

test('the first event makes the stream, its shards, its person and an entry as it was posted', async () => {
  const receipt = await take([
    event(
      { email: ' Ann@Example.com ', anonymousId: 'a1' },
      {
        id: 'first',
        time: '2026-11-21T12:00:00+01:00',
        properties: { price: 9.5, tags: ['"}],"x":[{', '{{'] },
      },
    ),
  ]);
  expect(receipt).toEqual({ isDuplicate: [false], created: 1, merged: 0, conflicts: 0, isFirst: true });
  const [row, ...others] = await log();
  expect(others).toEqual([]);
  expect(row).toMatchObject({
    seq: 1,
    kind: 'event',
    event_id: 'first',
    entry: {
      id: 'first',
      name: 'Seen',
      at: Date.UTC(2026, 10, 21, 11),
      identifiers: { email: 'ann@example.com', anonymousId: 'a1' },
      properties: { price: 9.5, tags: ['"}],"x":[{', '{{'] },
      traits: {},
    },
  });
  expect(await query('SELECT layout, shards FROM brazier.stream')).toEqual([{ layout: 1, shards: 4 }]);
  expect(await query('SELECT count(*)::int AS n FROM brazier.shard')).toEqual([{ n: 4 }]);
  expect(
    await query('SELECT shard, captured::int, unified::int FROM brazier.stream_count WHERE captured > 0'),
  ).toEqual([{ shard: row?.shard, captured: 1, unified: 1 }]);
});

test('an event is taken once: in one group, in the next one, but once from each source', async () => {
  const ann = event({ externalId: 'ann' }, { id: 'same' });
  expect((await take([ann, ann])).isDuplicate).toEqual([false, true]);
  expect((await take([event({ externalId: 'ben' }), ann])).isDuplicate).toEqual([false, true]);
  expect((await take([ann], 'app')).isDuplicate).toEqual([false]);
  expect((await take([ann], 'app')).isDuplicate).toEqual([true]);
  expect((await log()).map(({ event_id }) => event_id).filter((id) => id === 'same')).toHaveLength(2);
});

test('an anonymous person who signs in becomes the known one, and both shards are told in order', async () => {
  await take([event({ externalId: 'ann' }), event({ anonymousId: 'a1' }), event({ anonymousId: 'a1' })]);
  const [known, anonymous] = (await log()).filter(({ event_id }) => event_id !== null);
  const people = await query<{ id: string; merged_into: string | null }>(
    'SELECT id::text, merged_into::text FROM brazier.profile ORDER BY id',
  );
  expect(people).toHaveLength(2);
  expect(known?.profile).not.toBe(anonymous?.profile);
  const receipt = await take([event({ externalId: 'ann', anonymousId: 'a1' }, { id: 'signed in' })]);
  expect(receipt).toMatchObject({ created: 0, merged: 1 });
  const rows = await log();
  const [out, into] = ['out', 'in'].map((role) => rows.find(({ entry }) => entry['role'] === role));
  const survivor = rows.find(({ event_id }) => event_id === 'signed in')?.profile;
  expect(out).toMatchObject({ kind: 'merge', entry: { into: survivor } });
  expect(into).toMatchObject({
    kind: 'merge',
    profile: survivor,
    entry: { from: out?.profile, layout: 1, shard: out?.shard, seq: out?.seq },
  });
  await take([event({ anonymousId: 'a1' }, { id: 'later' })]);
  expect((await log()).find(({ event_id }) => event_id === 'later')?.profile).toBe(survivor);
  expect(await query('SELECT DISTINCT profile_id::text AS profile FROM brazier.identity')).toEqual([
    { profile: survivor },
  ]);
});

test('who appears and merges within one group is written as if each event had come alone', async () => {
  const receipt = await take([
    event({ anonymousId: 'a1' }, { id: '1' }),
    event({ email: 'ann@example.com' }, { id: '2' }),
    event({ anonymousId: 'a1', email: 'ann@example.com' }, { id: '3' }),
    event({ externalId: 'ann', email: 'ann@example.com' }, { id: '4' }),
    event({ externalId: 'ben', email: 'ann@example.com' }, { id: '5' }),
    event({ anonymousId: 'a1' }, { id: '6' }),
  ]);
  expect(receipt).toMatchObject({ created: 3, merged: 1, conflicts: 1 });
  const whose = Object.fromEntries(
    (await log()).map(({ event_id, profile }): [string, string] => [event_id ?? '', profile]),
  );
  expect(whose['1']).toBe(whose['3']);
  expect(whose['4']).toBe(whose['1']);
  expect(whose['6']).toBe(whose['1']);
  expect(new Set([whose['1'], whose['2'], whose['5']]).size).toBe(3);
  expect(
    await query('SELECT external_id, merged_into IS NULL AS is_there FROM brazier.profile ORDER BY id'),
  ).toEqual([
    { external_id: 'ann', is_there: true },
    { external_id: null, is_there: false },
    { external_id: 'ben', is_there: true },
  ]);
});

test('groups that are committed at once leave no gap, no duplicate and each person in order', async () => {
  const other = createIntake(db.database, { shards: 4, patienceMs: 5_000 });
  const posts = Array.from({ length: 40 }, (_, post) =>
    eventsOf(
      Array.from({ length: 25 }, (_unused, n) =>
        event(
          { externalId: `p${(post + n) % 10}` },
          { id: `${post}-${n}`, properties: { n: post * 25 + n } },
        ),
      ),
    ),
  );
  const both = async (mine: Intake, first: number) => {
    for (const post of posts.slice(first).concat(posts.slice(0, first))) await mine(INTEGRATION, post);
  };
  await Promise.all([both(intake, 0), both(other, 20)]);
  const rows = await log();
  expect(rows).toHaveLength(1_000);
  expect(new Set(rows.map(({ event_id }) => event_id)).size).toBe(1_000);
  expect(new Set(rows.map(({ profile }) => profile)).size).toBe(10);
  for (const shard of [0, 1, 2, 3]) {
    const seqs = rows.filter((row) => row.shard === shard).map(({ seq }) => seq);
    // By the time of capture they are in order as well: nothing comes before what was read already.
    expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
  }
  expect(await query('SELECT sum(last_seq)::int AS n FROM brazier.shard_head')).toEqual([{ n: 1_000 }]);
});

test('whoever listens is told of the shards that have something new', async () => {
  const listener = new Client({ connectionString: db.url });
  const heard: unknown[] = [];
  await listener.connect();
  const both = new Promise<void>((resolve) => {
    listener.on('notification', ({ payload }) => {
      if (heard.push(JSON.parse(payload ?? '')) === 2) resolve();
    });
  });
  try {
    await listener.query('LISTEN brazier_log');
    await take([event({ externalId: 'ann' })]);
    await take([event({ externalId: 'ann' })]);
    await both;
  } finally {
    await listener.end();
  }
  const [row] = await log();
  expect(heard).toEqual([0, 1].map(() => ({ integration: INTEGRATION, layout: 1, shards: [row?.shard] })));
});

test('somebody new with the e-mail address of another known person is taken, and so are those before and after', async () => {
  await take([event({ externalId: 'ann', email: 'ann@example.com' })]);
  const receipt = await take([
    event({ externalId: 'cat' }),
    event({ externalId: 'ben', email: 'ann@example.com' }),
    event({ email: 'ann@example.com' }),
  ]);
  expect(receipt).toMatchObject({ isDuplicate: [false, false, false], created: 2, conflicts: 1 });
  const people = await query('SELECT external_id FROM brazier.profile ORDER BY id');
  expect(people).toEqual([{ external_id: 'ann' }, { external_id: 'cat' }, { external_id: 'ben' }]);
  expect((await log()).map(({ profile }) => profile)).toHaveLength(4);
});
