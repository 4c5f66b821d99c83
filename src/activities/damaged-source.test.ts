import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { DAMAGED_ROWS } from '../../test/activities/damaged-rows';
import { DAMAGED_FILES, type Fate } from '../../test/activities/damaged-files';
import { type Frozen, openSourceWorld, type SourceWorld } from '../../test/activities/source-world';
import { openPassage } from '../../test/e2e/s3-passage';

/** Some files have 50 MB. */
jest.setTimeout(180_000);

let world: SourceWorld;
beforeAll(async () => (world = await openSourceWorld()));
afterAll(() => world.close());

async function put(name: string, content: string | Buffer): Promise<void> {
  expect((await world.bucket.put(`in/${name}`, content)).ok).toBe(true);
}

/** Words that nobody but the database's own documentation explains. */
const JARGON = /duckdb|varchar|struct|error|exception|null_padding|ignore_errors|strict_mode|buffer|\/tmp\//i;

/** A refusal is one whole sentence without a member, and leaves nothing behind; usable rows are counted. */
async function expectFate(frozen: Frozen, fate: Fate, writtenBefore: string[]): Promise<void> {
  if ('code' in fate) {
    expect(frozen).toMatchObject({ fault: { code: fate.code } });
    const message = 'fault' in frozen ? frozen.fault.message : '';
    expect(message).toContain(fate.says);
    expect(message).toMatch(/^\S.*[.?]$/s);
    expect(message).not.toMatch(/secret/);
    expect(message).not.toMatch(JARGON);
    expect(await world.written()).toEqual(writtenBefore);
  } else {
    expect(frozen).toMatchObject({ snapshot: { counts: fate } });
  }
  expect(await world.leftovers()).toEqual([]);
}

test.each([...DAMAGED_FILES, ...DAMAGED_ROWS])('$what', async ({ name, content, source, fate }) => {
  await put(name, content());
  const before = await world.written();
  await expectFate(await world.freeze({ key: `in/${name}`, ...source }), fate, before);
});

/** What a query finds, as a Parquet file. */
async function parquetOf(sql: string): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'brazier-parquet-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`COPY (${sql}) TO '${directory}/a.parquet' (FORMAT parquet)`);
    return await readFile(`${directory}/a.parquet`);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(directory, { recursive: true });
  }
}

const IDS = `SELECT 'secret-' || range AS external_id FROM range(5000)`;
const UNREADABLE = 'SOURCE_UNREADABLE';

describe('Parquet', () => {
  test.each<[string, string, (whole: Buffer) => Buffer, Fate]>([
    ['whole numbers', 'SELECT 17::BIGINT AS external_id', (whole) => whole, { rows: 1, members: 1 }],
    ['text kept as bytes', `SELECT 'a'::BLOB AS external_id`, (whole) => whole, { rows: 1, members: 1 }],
    ['no row', `${IDS} WHERE false`, (whole) => whole, { rows: 0, members: 0 }],
    [
      'bytes that are no text',
      `SELECT '\\xFFsecret'::BLOB AS external_id`,
      (whole) => whole,
      { code: UNREADABLE, says: 'a column that is read holds bytes that are not text' },
    ],
    [
      'lists',
      `SELECT ['secret'] AS external_id`,
      (whole) => whole,
      { code: UNREADABLE, says: 'column "external_id" holds lists; identifiers are text' },
    ],
    [
      'fractions',
      'SELECT 1.5::DOUBLE AS external_id',
      (whole) => whole,
      { code: UNREADABLE, says: 'holds numbers with fractions' },
    ],
    [
      'another column',
      'SELECT 1 AS customer',
      (whole) => whole,
      { code: 'SOURCE_COLUMN_MISSING', says: 'Columns: "customer".' },
    ],
    [
      'a cut file',
      IDS,
      (whole) => whole.subarray(0, whole.length - 9),
      { code: 'SOURCE_INCOMPLETE', says: 'in/a.parquet: ends before its Parquet footer.' },
    ],
    [
      'damaged pages',
      IDS,
      (whole) => Buffer.concat([whole.subarray(0, 200), Buffer.alloc(400, 0xff), whole.subarray(600)]),
      { code: UNREADABLE, says: 'is damaged' },
    ],
    [
      'something else',
      IDS,
      () => Buffer.from('external_id\nsecret\n'),
      { code: UNREADABLE, says: 'does not begin as a Parquet file does' },
    ],
  ])('with %s', async (_what, sql, damage, fate) => {
    await put('a.parquet', damage(await parquetOf(sql)));
    await expectFate(await world.freeze({ key: 'in/a.parquet' }), fate, await world.written());
  });
});

describe('an object', () => {
  test('that is not there is not found', async () => {
    const fate = { code: 'SOURCE_NOT_FOUND', says: '/in/none.csv' } as const;
    await expectFate(await world.freeze({ key: 'in/none.csv' }), fate, await world.written());
  });

  test('that these keys may not read is told by its bucket and action', async () => {
    await put('a.csv', 'external_id\nsecret\n');
    const fate = { code: 'S3_ACCESS_DENIED', says: 'HTTP 403' } as const;
    await expectFate(
      await world.freeze({ key: 'in/a.csv' }, { secret: 'wrong' }),
      fate,
      await world.written(),
    );
  });
});

describe('a prefix', () => {
  test('that was found as the newest folder is named where its rows are not as many as was said', async () => {
    await put('daily/2026-11-21/a.csv', 'external_id\nsecret\n');
    const frozen = await world.freeze({ newestUnder: 'in/daily', expectedRows: 3 });
    const says = '/in/daily/2026-11-21/: has 1 rows; source.expectedRows says 3';
    await expectFate(frozen, { code: 'SOURCE_INCOMPLETE', says }, await world.written());
  });

  test('with one object that may not be read names it', async () => {
    const passage = await openPassage();
    passage.leadTo(process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '');
    passage.deny('closed.csv');
    try {
      await put('some/a.csv', 'external_id\nsecret\n');
      await put('some/closed.csv', 'external_id\nsecret\n');
      const fate = { code: 'S3_ACCESS_DENIED', says: '/in/some/closed.csv' } as const;
      const frozen = await world.freeze({ prefix: 'in/some/' }, { endpoint: passage.url });
      await expectFate(frozen, fate, await world.written());
    } finally {
      await passage.close();
    }
  });

  test('that grows while it is read is a changed source and names what came', async () => {
    const passage = await openPassage();
    passage.leadTo(process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '');
    try {
      await put('grows/a.csv', 'external_id\nsecret\n');
      passage.once('grows/a.csv', 'in the middle of it', () => put('grows/b.csv', 'external_id\nsecret\n'));
      const fate = { code: 'SOURCE_CHANGED', says: 'in/grows/b.csv was added' } as const;
      const frozen = await world.freeze({ prefix: 'in/grows/' }, { endpoint: passage.url });
      await expectFate(frozen, fate, await world.written());
    } finally {
      await passage.close();
    }
  });

  test.each([
    [
      'NDJSON among CSV',
      'b.ndjson',
      '{"external_id":"secret"}\n',
      'SOURCE_COLUMN_MISSING',
      'b.ndjson: column',
    ],
    [
      'Parquet among CSV',
      'b.parquet',
      'PAR1\u0015\u0004',
      'SOURCE_UNREADABLE',
      'b.parquet: is a Parquet file',
    ],
  ] as const)('with %s names the odd one', async (what, name, content, code, says) => {
    const folder = what.replaceAll(' ', '-');
    await put(`${folder}/a.csv`, 'external_id\nsecret\n');
    await put(`${folder}/${name}`, content);
    const frozen = await world.freeze({ prefix: `in/${folder}/` });
    await expectFate(frozen, { code, says }, await world.written());
  });
});

test('unusable rows are kept in a file with their reasons, and the usable ones go on', async () => {
  await put('a.csv', 'external_id\na\n"b\tc"\n"b\tc"\n\nd\n');
  const frozen = await world.freeze({ key: 'in/a.csv' });
  if (!('snapshot' in frozen)) throw new Error(frozen.fault.message);
  expect(frozen.snapshot.counts).toMatchObject({
    rows: 5,
    members: 2,
    blank: 1,
    unusable: { controlCharacter: 2 },
  });
  const rejected = await world.bucket.getBytes(frozen.snapshot.rejected!);
  expect(rejected.ok && rejected.value.toString()).toBe(
    '{"id":"b\\tc","rows":2,"reason":"controlCharacter","object":"in/a.csv","row":2}\n',
  );
});
