import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { correctedRow, nextRow, type LedgerRow } from '../../domain/ledger';
import { memberOf } from '../../domain/identifiers';
import { plannedChange } from '../../domain/plan-rules';
import { createDuckDb, DuckDbProcessError } from './duckdb';
import { text } from './engine';
import { type ExceptionLine, type FreezeJob } from './jobs';

const childEntry = join(__dirname, '..', '..', '..', 'dist', 'src', 'adapters', 'duckdb', 'child.js');
const duckdb = createDuckDb({ childEntry });
let scratch: string;

beforeEach(async () => (scratch = await mkdtemp(join(tmpdir(), 'brazier-duckdb-'))));
afterEach(() => rm(scratch, { recursive: true, force: true }));

const file = (name: string) => join(scratch, name);

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A generator that repeats itself: a failing case can be run again. */
function lots(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

async function freeze(format: FreezeJob['format'], body: string | Buffer, rest: Partial<FreezeJob> = {}) {
  const path = file(`source.${format}`);
  if (body.length > 0) await writeFile(path, body);
  const job: FreezeJob = {
    kind: 'freeze',
    scratch,
    files: [{ path, name: `in/source.${format}`, compression: 'none' }],
    format,
    csv: { delimiter: ',', quote: '"', escape: '"' },
    idColumn: 'id',
    identifier: 'external_id',
    snapshot: file('snapshot.parquet'),
    rejected: file('rejected.ndjson'),
    ...rest,
  };
  return duckdb.run(job);
}

async function snapshotIds(): Promise<string[]> {
  const rows = await query(`SELECT id FROM ${text(file('snapshot.parquet'))} ORDER BY id`);
  return rows.map((row) => String(row['id']));
}

describe('freeze', () => {
  test('counts blanks, duplicates and the unusable, and keeps each usable identifier once', async () => {
    const body = `n,id\n1,a\n2,\n3," a"\n4,"b,""c"""\n5,x\u0001y\n6,x\u0001y\n7,\u00a0\n8,A\n`;
    const result = await freeze('csv', body);
    expect(result).toEqual({
      ok: true,
      value: {
        rows: 8,
        members: 3,
        blank: 2,
        duplicate: 1,
        unusable: { controlCharacter: 2 },
        rejectedLines: 1,
      },
    });
    expect(await snapshotIds()).toEqual(['A', 'a', 'b,"c"']);
    const rejected = JSON.parse(await readFile(file('rejected.ndjson'), 'utf8')) as unknown;
    const place = { object: 'in/source.csv', row: 5 };
    expect(rejected).toEqual({ id: 'x\u0001y', rows: 2, reason: 'controlCharacter', ...place });
  });

  test.each([
    ['csv', (ids: string[]) => `id\n${ids.map((id) => `"${id}"\n`).join('')}`],
    ['ndjson', (ids: string[]) => ids.map((id) => `${JSON.stringify({ id })}\n`).join('')],
    ['parquet', undefined],
  ] as const)(
    'unusable rows of several %s files tell object and row; some of every reason come first, the longest last',
    async (format, write) => {
      const rows = 30_000;
      const ids = Array.from({ length: rows }, (_, at) => `${at % 300 === 7 ? 'x\ty' : 'ok'}${at}`);
      ids[11] = 'z'.repeat(20_000);
      ids[rows - 1] = 'y'.repeat(1_000);
      const files = ['one', 'two'].map((name) => ({
        path: file(`${name}.${format}`),
        name: `in/${name}`,
        compression: 'none' as const,
      }));
      for (const { path, name } of files) {
        const some = name === 'in/two' ? ids : ['a', 'b\tc'];
        if (write) await writeFile(path, write(some));
        else {
          const source = `SELECT unnest([${some.map((id) => text(id)).join()}]) AS id`;
          await query(`COPY (${source}) TO ${text(path)} (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
        }
      }
      const result = await freeze(format, '', { files });
      expect(result).toMatchObject({
        ok: true,
        value: { unusable: { tooLong: 2, controlCharacter: 101 }, rejectedLines: 103 },
      });
      const lines = (await readFile(file('rejected.ndjson'), 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { id: string; reason: string; object: string; row: number });
      expect(lines[0]).toMatchObject({ id: 'b\tc', object: 'in/one', row: 2 });
      expect(lines.slice(0, 22).filter(({ reason }) => reason === 'tooLong')).toHaveLength(2);
      expect(lines[21]?.id).toHaveLength(20_000);
      for (const { id, object, row } of lines.slice(1)) {
        expect(object).toBe('in/two');
        expect(ids[row - 1]).toBe(id);
      }
    },
  );

  test.each([
    [
      'an unterminated quote',
      'csv',
      'id,n\na,1\n"secret-b,2\nc,3\n',
      'line 3 has a quote that is not closed',
    ],
    ['a short row', 'csv', 'id,n\na,1\nsecret-b\n', 'line 3 has 1 column instead of 2'],
    ['a long row', 'csv', 'id,n\na,1\nsecret-b,2,3\n', 'line 3 has more columns than the 2'],
    [
      'a malformed line',
      'ndjson',
      '{"id":"a"}\n{"id":"secret-b"\n{"id":"c"}\n',
      'line 2 is not one JSON object',
    ],
    ['a cut line', 'ndjson', '{"id":"a"}\n{"id":"secret-b', 'line 2 is not one JSON object'],
    ['a line that is no object', 'ndjson', '{"id":"a"}\n["secret-b"]\n', 'line 2 is not one JSON object'],
    ['no Parquet', 'parquet', 'text', 'does not begin as a Parquet file does'],
  ] as const)('%s is unreadable, and no fault quotes a member', async (_what, format, body, message) => {
    const result = await freeze(format, body);
    expect(result).toMatchObject({ ok: false, fault: { code: 'SOURCE_UNREADABLE' } });
    expect(!result.ok && result.fault.message).toContain(message);
    expect(!result.ok && result.fault.message).not.toContain('secret');
  });

  test.each([
    ['csv', 'ID,name\na,b\n', '"ID", "name"'],
    ['csv', 'id,id\na,b\n', 'more than once'],
    ['ndjson', '{"ID":"a","name":1}\n', '"ID", "name"'],
    ['csv', 'secret-a,secret-b\nsecret-c,x\n', '2 whose names are not repeated'],
    ['ndjson', '{"secret-a":"x"}\n', '1 whose names are not repeated'],
  ] as const)(
    'a %s without the column names those there, unless they may be members',
    async (format, body, message) => {
      const result = await freeze(format, body);
      expect(result).toMatchObject({ ok: false, fault: { code: 'SOURCE_COLUMN_MISSING' } });
      expect(!result.ok && result.fault.message).toContain(message);
      expect(!result.ok && result.fault.message).not.toContain('secret');
    },
  );

  test('a CSV without a header is unreadable; one with a header alone is empty', async () => {
    await writeFile(file('source.csv'), '');
    expect(await freeze('csv', '')).toMatchObject({ ok: false, fault: { code: 'SOURCE_UNREADABLE' } });
    expect(await freeze('csv', 'id\n')).toMatchObject({ ok: true, value: { rows: 0, members: 0 } });
  });

  test('NDJSON numbers become text digit by digit; other values are no identifiers', async () => {
    const ids = ['9007199254740993', '12345678901234567890123', '"007"', '1.5', 'true', '{"a":1}', 'null'];
    const result = await freeze('ndjson', ids.map((id) => `{"id":${id}}\n`).join('') + '{"other":1}\n');
    expect(result).toMatchObject({ ok: true, value: { rows: 8, blank: 2, unusable: { notText: 3 } } });
    expect(await snapshotIds()).toEqual(['007', '12345678901234567890123', '9007199254740993']);
  });

  test('Parquet numbers and UUIDs become text, a fraction is refused, a cut file too', async () => {
    const path = file('source.parquet');
    const uuid = '6d3c0dd6-93a7-4d8e-8f3b-000000000001';
    await query(
      `COPY (SELECT 9007199254740993::BIGINT AS id, '${uuid}'::UUID AS u, 1.5::DOUBLE AS d) TO ${text(path)} (FORMAT parquet)`,
    );
    expect((await freeze('parquet', '')).ok).toBe(true);
    expect(await snapshotIds()).toEqual(['9007199254740993']);
    expect((await freeze('parquet', '', { idColumn: 'u' })).ok).toBe(true);
    expect(await snapshotIds()).toEqual([uuid]);
    expect(await freeze('parquet', '', { idColumn: 'd' })).toMatchObject({
      fault: { code: 'SOURCE_UNREADABLE' },
    });
    const whole = await readFile(path);
    const cut = await freeze('parquet', whole.subarray(0, whole.length - 9));
    expect(cut).toMatchObject({ fault: { code: 'SOURCE_INCOMPLETE' } });
  });

  test.each(['external_id', 'user_alias', 'email', 'phone', 'braze_id'] as const)(
    '%s: SQL decides as the rule does',
    async (identifier) => {
      const pieces = [
        'a',
        'É',
        ' ',
        '\u00a0',
        '\ufeff',
        '\u0085',
        '\u2003',
        '@',
        '.',
        '+',
        '1',
        '2345',
        '\u0001',
        '"',
        '😀',
      ];
      const next = lots(7);
      const word = () => Array.from({ length: next(7) }, () => pieces[next(pieces.length)]!).join('');
      const rows = Array.from({ length: 1_500 }, () => ({ id: word(), label: word() }));
      rows.push({ id: 'é'.repeat(494), label: 'x' }, { id: 'é'.repeat(493), label: 'x' });
      rows.push({ id: 'ada@example.com', label: 'crm' }, { id: '+4915112345678', label: 'crm' });
      const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
      const result = await freeze('ndjson', body, { identifier, aliasLabelColumn: 'label' });
      const members = rows.map((row) => memberOf(identifier, row.id, row.label));
      const ids = new Set(members.flatMap((member) => ('id' in member ? [member.id] : [])));
      const unusable: Record<string, number> = {};
      for (const member of members) {
        if ('unusable' in member) unusable[member.unusable] = (unusable[member.unusable] ?? 0) + 1;
      }
      const { blank = 0, ...others } = unusable;
      expect(result).toMatchObject({ ok: true, value: { blank, unusable: others, members: ids.size } });
      expect(new Set(await snapshotIds())).toEqual(ids);
    },
  );
});

type Ledger = Map<string, LedgerRow>;

async function writeLedger(name: string, ledger: Ledger): Promise<string> {
  const rows = [...ledger].map(([id, row]) => `('${id}', '${row.state}', ${row.generation}::BIGINT)`);
  const values = rows.length === 0 ? `SELECT '', '', 0::BIGINT WHERE false` : `VALUES ${rows.join(', ')}`;
  await query(
    `COPY (SELECT * FROM (${values}) t(id, state, generation)) TO ${text(file(name))} (FORMAT parquet)`,
  );
  return file(name);
}

async function readLedger(name: string): Promise<Ledger> {
  const rows = await query(`SELECT id, state, generation FROM ${text(file(name))}`);
  const entry = (row: Record<string, unknown>): [string, LedgerRow] => {
    const state = row['state'] === 'held' ? 'held' : 'unsure';
    return [String(row['id']), { state, generation: Number(row['generation']) }];
  };
  return new Map(rows.map(entry));
}

function randomLedger(next: (below: number) => number): Ledger {
  const ledger: Ledger = new Map();
  for (let id = 0; id < 400; id += 1) {
    const state = ([undefined, 'held', 'unsure'] as const)[next(3)];
    if (state !== undefined) ledger.set(`id-${id}`, { state, generation: 1 + next(3) });
  }
  return ledger;
}

async function writeIds(name: string, ids: string[]): Promise<string> {
  const values = ids.map((id) => `('${id}')`).join(', ');
  await query(`COPY (SELECT * FROM (VALUES ${values}) t(id)) TO ${text(file(name))} (FORMAT parquet)`);
  return file(name);
}

const planFiles = (operation: string) => ({
  parquet: file(`${operation}.parquet`),
  lines: file(`${operation}.ndjson`),
});

describe('plan', () => {
  test.each(['maintain', 'add', 'remove'] as const)('%s: SQL plans as the rule does', async (action) => {
    const next = lots(11);
    const ledger = randomLedger(next);
    const source = Array.from({ length: 500 }, (_, id) => `id-${id}`).filter(() => next(2) === 0);
    const result = await duckdb.run({
      ...{ kind: 'plan', scratch, action, identifier: 'external_id' },
      snapshot: await writeIds('snapshot.parquet', source),
      ledger: await writeLedger('ledger.parquet', ledger),
      files: { add: planFiles('add'), remove: planFiles('remove') },
    });
    const people = [...new Set([...source, ...ledger.keys()])];
    const inSource = new Set(source);
    const planned = (change: string) =>
      people
        .filter((id) => plannedChange(action, inSource.has(id), ledger.get(id)?.state ?? 'absent') === change)
        .sort();
    for (const operation of ['add', 'remove'] as const) {
      const expected = planned(operation);
      expect(result.ok && result.value.totals[operation]).toBe(expected.length);
      if (expected.length === 0) continue;
      const rows = await query(
        `SELECT id FROM read_parquet(${text(file(`${operation}.parquet`))}, file_row_number = true) ORDER BY file_row_number`,
      );
      const ids = rows.map((row) => String(row['id']));
      expect([...ids].sort()).toEqual(expected);
      const lines = (await readFile(file(`${operation}.ndjson`), 'utf8')).trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(ids);
    }
  });

  test('a leaver whose e-mail address the source has in another spelling keeps the value', async () => {
    const held = { state: 'held', generation: 1 } as const;
    const ledger = new Map([
      ['Ann@example.com', held],
      ['bob@example.com', held],
      ['cid@example.com', held],
    ]);
    const job = {
      kind: 'plan',
      scratch,
      action: 'maintain',
      files: { add: planFiles('add'), remove: planFiles('remove') },
    } as const;
    const io = {
      snapshot: await writeIds('snapshot.parquet', ['ann@example.com', 'bob@example.com']),
      ledger: await writeLedger('ledger.parquet', ledger),
    };
    const result = await duckdb.run({ ...job, ...io, identifier: 'email' });
    expect(result).toMatchObject({
      ok: true,
      value: { totals: { source: 2, ledger: 3, add: 1, remove: 1 } },
    });
    const removed = await query(`SELECT id FROM read_parquet(${text(file('remove.parquet'))})`);
    expect(removed).toEqual([{ id: 'cid@example.com' }]);
    // Any other identifier is what it is: two spellings are two people.
    const exact = await duckdb.run({ ...job, ...io, identifier: 'external_id' });
    expect(exact).toMatchObject({ ok: true, value: { totals: { add: 1, remove: 2 } } });
  });

  test('an alias becomes the object that a request body holds', async () => {
    await writeFile(file('source.ndjson'), '{"id":"a\\"d","label":"c,m"}\n');
    await freeze('ndjson', '', { identifier: 'user_alias', aliasLabelColumn: 'label' });
    const files = { add: planFiles('add'), remove: planFiles('remove') };
    const job = { kind: 'plan', scratch, action: 'maintain', identifier: 'user_alias', files } as const;
    await duckdb.run({ ...job, snapshot: file('snapshot.parquet') });
    expect(await readFile(file('add.ndjson'), 'utf8')).toBe('{"alias_name":"a\\"d","alias_label":"c,m"}\n');
  });

  test('a million members out of core: lines and rows stay in step', async () => {
    const size = 1_000_000;
    const ids = (offset: number) => `SELECT 'user-' || (range + ${offset}) AS id FROM range(${size})`;
    await query(`COPY (${ids(10_000)}) TO ${text(file('snapshot.parquet'))} (FORMAT parquet)`);
    const ledger = `SELECT id, 'held' AS state, 1::BIGINT AS generation FROM (${ids(0)})`;
    await query(`COPY (${ledger}) TO ${text(file('ledger.parquet'))} (FORMAT parquet)`);
    const small = createDuckDb({ childEntry, memoryLimitMiB: 64 });
    const files = { add: planFiles('add'), remove: planFiles('remove') };
    const job = { kind: 'plan', scratch, identifier: 'external_id', files } as const;
    const both = { snapshot: file('snapshot.parquet'), ledger: file('ledger.parquet') };
    const result = await small.run({ ...job, ...both, action: 'maintain' });
    expect(result).toMatchObject({ ok: true, value: { totals: { add: 10_000, remove: 10_000 } } });
    await small.run({ ...job, snapshot: both.snapshot, action: 'maintain' });
    const [row] = await query(
      `SELECT count(*) AS n FROM read_parquet(${text(file('add.parquet'))}, file_row_number = true) p
        JOIN (SELECT column0 AS line, row_number() OVER () - 1 AS row FROM read_csv(${text(file('add.ndjson'))},
          header = false, quote = '', delim = '\u0001', auto_detect = false, columns = {'column0': 'VARCHAR'})) l
        ON l.row = p.file_row_number AND l.line = '"' || p.id || '"'`,
    );
    expect(Number(row?.['n'])).toBe(size);
  });
});

test('fold and correct: SQL keeps the ledger as the rules do', async () => {
  const next = lots(13);
  const before = randomLedger(next);
  const everybody = Array.from({ length: 500 }, (_, id) => `id-${id}`);
  const adds = everybody.filter((id) => before.get(id)?.state !== 'held' && next(2) === 0);
  const removes = [...before.keys()].filter((id) => !adds.includes(id) && next(2) === 0);
  const expected = new Map(before);
  const lines: ExceptionLine[] = [];
  for (const [operation, ids] of [
    ['add', adds],
    ['remove', removes],
  ] as const) {
    ids.forEach((id, row) => {
      const outcome = (['accepted', 'rejected', 'unknown', 'unsent'] as const)[next(4)]!;
      if (outcome !== 'accepted') lines.push({ operation, first: row, last: row, outcome, reason: 'no' });
      const after = nextRow(before.get(id), { operation, outcome, generation: 9 });
      if (after === undefined) expected.delete(id);
      else expected.set(id, after);
    });
  }
  await writeFile(file('exceptions.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const folded = await duckdb.run({
    ...{ kind: 'fold', scratch, generation: 9, exceptions: file('exceptions.ndjson') },
    ledger: await writeLedger('before.parquet', before),
    plan: { add: await writeIds('add.parquet', adds), remove: await writeIds('remove.parquet', removes) },
    ...{ output: file('after.parquet'), rejected: file('refused.ndjson') },
  });
  expect(await readLedger('after.parquet')).toEqual(expected);
  const unsure = [...expected.values()].filter((row) => row.state === 'unsure').length;
  expect(folded).toMatchObject({ ok: true, value: { members: expected.size, unsure } });

  const corrected = new Map(expected);
  const findings: string[] = [];
  for (const id of everybody) {
    const operation = next(2) === 0 ? 'add' : 'remove';
    const finding = next(2) === 0 ? 'late' : 'notInBraze';
    findings.push(`${JSON.stringify({ id, operation, finding })}\n`);
    const row = correctedRow(expected.get(id), { operation, finding, generation: 9 });
    if (row === undefined) corrected.delete(id);
    else corrected.set(id, row);
  }
  await writeFile(file('corrections.ndjson'), findings.join(''));
  const corrections = [{ path: file('corrections.ndjson'), generation: 9 }];
  const job = { kind: 'correct', scratch, corrections, output: file('corrected.parquet') } as const;
  await duckdb.run({ ...job, ledger: file('after.parquet') });
  expect(await readLedger('corrected.parquet')).toEqual(corrected);
});

describe('the process', () => {
  test('dies with the signal', async () => {
    await query(
      `COPY (SELECT range AS id FROM range(3000000)) TO ${text(file('source.parquet'))} (FORMAT parquet)`,
    );
    const cancel = new AbortController();
    const files = [{ path: file('source.parquet'), name: 'source', compression: 'none' as const }];
    const job = {
      kind: 'freeze',
      scratch,
      files,
      format: 'parquet',
      idColumn: 'id',
      identifier: 'external_id',
    } as const;
    const io = { csv: { delimiter: ',', quote: '"', escape: '"' }, snapshot: file('s'), rejected: file('r') };
    const running = duckdb.run({ ...job, ...io }, cancel.signal);
    cancel.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('too little memory or a missing entry is its own failure, not the data’s', async () => {
    const lost = createDuckDb({ childEntry: file('nowhere.js') });
    const correct = { kind: 'correct' as const, scratch, corrections: [], output: file('x') };
    await expect(lost.run(correct)).rejects.toBeInstanceOf(DuckDbProcessError);
  });
});
