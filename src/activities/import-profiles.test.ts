import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { openAgain, openStateBucket, readText } from '../../test/activities/state-bucket';
import { createTestDatabase, type TestDatabase } from '../../test/postgres/database';
import { type Bucket } from '../adapters/bucket/bucket';
import { createDuckDb } from '../adapters/duckdb/duckdb';
import { readBacklog } from '../adapters/postgres/backlog';
import { createIntake, type Intake } from '../adapters/postgres/intake';
import { readSource } from '../adapters/source/read-source';
import { success } from '../contract/errors';
import {
  type ImportProfilesInput,
  type ImportProfilesResult,
  type ImportProgress,
} from '../contract/profile-import';
import { parseProfileImport } from '../contract/schemas/profile-import';
import {
  createImportActivities,
  type ImportProfileFileInput,
  type ProfileImportPorts,
} from './import-profiles';

const childEntry = join(__dirname, '..', '..', 'dist', 'src', 'adapters', 'duckdb', 'child.js');
const exchange = { bucket: 'unused', region: 'us-east-1', path: '' };

let db: TestDatabase;
let bucket: Bucket;
let workDir: string;
let ensured: string[];
beforeAll(async () => {
  bucket = await openStateBucket();
  workDir = await mkdtemp(join(tmpdir(), 'brazier-import-'));
});
beforeEach(async () => {
  db = await createTestDatabase();
  ensured = [];
});
afterEach(async () => {
  expect(await readdir(workDir)).toEqual([]);
  await db.close();
});
afterAll(async () => {
  bucket.close();
  await rm(workDir, { recursive: true });
});

interface Attempt {
  ports?: Partial<ProfileImportPorts>;
  intake?: Intake;
  maxBacklog?: number;
  heartbeatDetails?: unknown;
  /** What Temporal was told. */
  told?: ImportProgress[];
}

function inputOf(key: string, more: Partial<ImportProfilesInput> = {}): ImportProfilesInput {
  const identifiers = { externalId: 'id', email: 'mail' };
  return { integration: 'shop', source: { key }, identifiers, by: 'Ada', ...more };
}

async function attempt(input: ImportProfilesInput, options: Attempt = {}): Promise<ImportProfilesResult> {
  const parsed = parseProfileImport(input);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  const activities = createImportActivities({
    stateBucket: bucket,
    openBucket: () => Promise.resolve(success(openAgain(bucket))),
    readSource,
    duckdb: createDuckDb({ childEntry }),
    workDir,
    stream: {
      intake: options.intake ?? createIntake(db.database, { shards: 4, patienceMs: 5_000 }),
      readBacklog: (integration) => readBacklog(db.database, integration),
      maxBacklog: options.maxBacklog ?? 1_000_000,
      ensureStream: (integration) => Promise.resolve(void ensured.push(integration)),
    },
    heartbeat: (_token, details) => {
      options.told?.push(details as ImportProgress);
      return Promise.resolve('acknowledged');
    },
    ...options.ports,
  });
  const { heartbeatDetails } = options;
  const environment = new MockActivityEnvironment({ attempt: 1, heartbeatDetails });
  const call = { asked: parsed.value, exchange };
  const result: ImportProfilesResult = await environment.run(
    (input: ImportProfileFileInput) => activities.importProfileFile(input),
    call,
  );
  return result;
}

async function put(key: string, content: string | Buffer): Promise<string> {
  expect((await bucket.put(key, content)).ok).toBe(true);
  return key;
}

async function entries(): Promise<{ source: string; event_id: string; entry: object }[]> {
  const rows = await db.database.run((queries) =>
    queries.query<{ source: string; event_id: string; entry: object }>(
      'SELECT source, event_id, entry FROM brazier.event_log ORDER BY event_id::int',
    ),
  );
  if (!rows.ok) throw new Error(rows.fault.message);
  return rows.value;
}

async function refusal(run: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApplicationFailure) return error;
  throw error instanceof Error ? error : new Error('It was not refused.');
}

const PEOPLE =
  'id,mail,plan,note\n1,Ann@Example.com,gold,"says ""}],""\nand more"\n2,,,\n,ben@example.com,silver,\n';

test('rows of a CSV bring texts, empty fields nothing, and the same file changes nothing the second time', async () => {
  const key = await put('people.csv', PEOPLE);
  const first = await attempt(inputOf(key));
  expect(first).toMatchObject({ rows: 3, accepted: 3, duplicates: 0, rejected: 0, reasons: [] });
  expect(first.source).toContain('people.csv');
  const rows = await entries();
  expect(rows.map(({ event_id, entry }) => [event_id, entry])).toEqual([
    [
      '1',
      expect.objectContaining({
        identifiers: { externalId: '1', email: 'ann@example.com' },
        traits: { plan: 'gold', note: 'says "}],"\nand more' },
      }),
    ],
    ['2', expect.objectContaining({ identifiers: { externalId: '2' }, traits: {} })],
    ['3', expect.objectContaining({ identifiers: { email: 'ben@example.com' }, traits: { plan: 'silver' } })],
  ]);
  expect(rows[0]?.source).toContain(`import:${first.etag}`);
  expect(ensured).toEqual(['shop']);
  expect(await attempt(inputOf(key))).toMatchObject({ rows: 3, accepted: 0, duplicates: 3 });
  expect(await entries()).toHaveLength(3);
  const other = inputOf(key, { traits: { tier: 'plan' } });
  expect(await attempt(other)).toMatchObject({ accepted: 3, duplicates: 0 });
});

test.each(['gzip', 'none'] as const)(
  'NDJSON keeps its types and loses no row to odd characters (%s)',
  async (compression) => {
    const people = [
      { id: 7, mail: null, age: 41, tags: ['a\u2028b', '{{'], address: { city: 'Köln' }, left: null },
      { id: 'x', vip: true },
    ];
    const text = people.map((person) => JSON.stringify(person)).join('\n');
    const body = compression === 'gzip' ? gzipSync(text) : text;
    const key = await put(`people.ndjson${compression === 'gzip' ? '.gz' : ''}`, body);
    expect(await attempt(inputOf(key))).toMatchObject({ rows: 2, accepted: 2 });
    expect((await entries()).map(({ entry }) => entry)).toMatchObject([
      {
        identifiers: { externalId: '7' },
        traits: { age: 41, tags: ['a\u2028b', '{{'], address: { city: 'Köln' }, left: null },
      },
      { identifiers: { externalId: 'x' }, traits: { vip: true } },
    ]);
  },
);

test.each<[string, string, string | Buffer, Partial<ImportProfilesInput>, string]>([
  ['cut gzip', 'cut.csv.gz', gzipSync(PEOPLE.repeat(500)).subarray(0, -20), {}, 'SOURCE_INCOMPLETE'],
  [
    'damaged gzip',
    'bad.csv.gz',
    Buffer.concat([gzipSync(PEOPLE).subarray(0, 30), Buffer.alloc(40, 1)]),
    {},
    'SOURCE_UNREADABLE',
  ],
  [
    'a quote left open at the end',
    'open.csv',
    `${PEOPLE.repeat(1)}4,a@example.com,"x\n`,
    {},
    'SOURCE_UNREADABLE',
  ],
  [
    'half a JSON object at the end',
    'half.ndjson',
    '{"id":1,"mail":"a@example.com"}\n{"id":',
    {},
    'SOURCE_UNREADABLE',
  ],
  [
    'fewer rows than told',
    'few.csv',
    PEOPLE,
    { source: { key: 'few.csv', expectedRows: 4 } },
    'SOURCE_INCOMPLETE',
  ],
  ['a column that is not there', 'col.csv', 'id,name\n1,x\n', {}, 'SOURCE_COLUMN_MISSING'],
  ['two columns of one name', 'twice.csv', 'id,mail,a,a\n1,,2,3\n', {}, 'SOURCE_COLUMN_MISSING'],
  ['a field that no row has', 'none.ndjson', '{"id":1}\n', {}, 'SOURCE_COLUMN_MISSING'],
])('%s: refused, and not one row is taken', async (_what, name, content, more, code) => {
  const key = await put(name, content);
  const failure = await refusal(attempt(inputOf(key, more)));
  expect(failure).toMatchObject({ type: code, nonRetryable: true });
  expect(failure.message).not.toContain('example.com');
  expect(await entries()).toEqual([]);
  expect(ensured).toEqual([]);
});

test('rows that cannot be taken are counted, told by number alone and listed in the state bucket', async () => {
  const rows = [
    '{"id":"ann","mail":"a@example.com","ok":1}',
    '[1]',
    '{"mail":"  ","id":null}',
    `{"id":"${'x'.repeat(600)}"}`,
    '{"id":{"secret":1}}',
    `{"id":"big","text":"${'y'.repeat(9_000)}"}`,
    `{"id":"deep","text":${'['.repeat(40)}${']'.repeat(40)}}`,
    '{"id":"proto","__proto__":{"a":1}}',
    '"secret"',
  ];
  const key = await put('mixed.ndjson', `${rows.join('\n')}\n`);
  const result = await attempt(inputOf(key));
  expect(result).toMatchObject({ rows: 9, accepted: 1, rejected: 8 });
  expect(result.reasons[0]).toEqual({ reason: 'is not a JSON object', rows: 2, firstRows: [2, 9] });
  expect(JSON.stringify(result)).not.toMatch(/example\.com|xxxx|yyyy|secret/);
  const listed = (await readText(bucket, result.rejectedKey ?? '')).trim().split('\n');
  expect(listed.map((line) => JSON.parse(line) as { row: number })).toMatchObject(
    [2, 3, 4, 5, 6, 7, 8, 9].map((row) => ({ row, reason: expect.any(String) })),
  );
  expect(await entries()).toHaveLength(1);
});

const MANY = `id,mail,n\n${Array.from({ length: 2_300 }, (_, n) => `p${n},,${n}`).join('\n')}\n`;

test('an attempt that dies between two groups is gone on with after the last group that was told', async () => {
  const key = await put('many.csv', MANY);
  const told: ImportProgress[] = [];
  const intake = createIntake(db.database, { shards: 4, patienceMs: 5_000 });
  let groups = 0;
  const dying: Intake = (integration, events) => {
    groups += 1;
    if (groups === 4) throw new Error('killed');
    return intake(integration, events);
  };
  await expect(attempt(inputOf(key), { intake: dying, told })).rejects.toThrow('killed');
  const last = told.at(-1);
  expect(last).toMatchObject({ rows: 2_300, row: 1_500, accepted: 1_500, duplicates: 0 });
  const sizes: number[] = [];
  const counting: Intake = (integration, events) => {
    sizes.push(events.length);
    return intake(integration, events);
  };
  expect(await attempt(inputOf(key), { intake: counting, heartbeatDetails: last })).toMatchObject({
    rows: 2_300,
    accepted: 2_300,
    duplicates: 0,
  });
  expect(sizes).toEqual([500, 300]);
  expect((await entries()).map(({ event_id }) => Number(event_id))).toEqual(
    Array.from({ length: 2_300 }, (_, n) => n + 1),
  );
});

test('a file that was replaced between two attempts is not gone on with', async () => {
  const key = await put('swap.csv', PEOPLE);
  const before = { etag: 'another', rows: 3, row: 2, accepted: 2, duplicates: 0 };
  const failure = await refusal(attempt(inputOf(key), { heartbeatDetails: before }));
  expect(failure).toMatchObject({ type: 'SOURCE_CHANGED', nonRetryable: true });
  expect(await entries()).toEqual([]);
});

test('a full backlog is waited for', async () => {
  const key = await put('wait.csv', PEOPLE);
  let looks = 0;
  const stream = {
    intake: createIntake(db.database, { shards: 4, patienceMs: 5_000 }),
    readBacklog: () => Promise.resolve(success((looks += 1) < 3 ? 10 : 9)),
    maxBacklog: 10,
    ensureStream: () => Promise.resolve(),
  };
  expect(await attempt(inputOf(key), { ports: { stream } })).toMatchObject({ accepted: 3 });
  expect(looks).toBe(3);
});

test('without a database there is nothing to import into', async () => {
  const failure = await refusal(attempt(inputOf('any.csv'), { ports: { stream: undefined } }));
  expect(failure).toMatchObject({ type: 'STREAM_NOT_CONFIGURED' });
});
