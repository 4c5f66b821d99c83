import { readFile, writeFile } from 'node:fs/promises';
import { correctedRow, nextRow, type LedgerRow } from '../../domain/ledger';
import { plannedChange } from '../../domain/plan-rules';
import { createDuckDb } from './duckdb';
import { CHILD_ENTRY, lots, query, useDuckDb } from './duckdb.test-support';
import { text } from './engine';
import { type ExceptionLine } from './jobs';

const { duckdb, file, folder, freeze } = useDuckDb();

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
      ...{ kind: 'plan', scratch: folder(), action, identifier: 'external_id' },
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
      scratch: folder(),
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
    const job = {
      kind: 'plan',
      scratch: folder(),
      action: 'maintain',
      identifier: 'user_alias',
      files,
    } as const;
    await duckdb.run({ ...job, snapshot: file('snapshot.parquet') });
    expect(await readFile(file('add.ndjson'), 'utf8')).toBe('{"alias_name":"a\\"d","alias_label":"c,m"}\n');
  });

  test('a million members out of core: lines and rows stay in step', async () => {
    const size = 1_000_000;
    const ids = (offset: number) => `SELECT 'user-' || (range + ${offset}) AS id FROM range(${size})`;
    await query(`COPY (${ids(10_000)}) TO ${text(file('snapshot.parquet'))} (FORMAT parquet)`);
    const ledger = `SELECT id, 'held' AS state, 1::BIGINT AS generation FROM (${ids(0)})`;
    await query(`COPY (${ledger}) TO ${text(file('ledger.parquet'))} (FORMAT parquet)`);
    const small = createDuckDb({ childEntry: CHILD_ENTRY, memoryLimitMiB: 64 });
    const files = { add: planFiles('add'), remove: planFiles('remove') };
    const job = { kind: 'plan', scratch: folder(), identifier: 'external_id', files } as const;
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
    ...{ kind: 'fold', scratch: folder(), generation: 9, exceptions: file('exceptions.ndjson') },
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
  const job = { kind: 'correct', scratch: folder(), corrections, output: file('corrected.parquet') } as const;
  await duckdb.run({ ...job, ledger: file('after.parquet') });
  expect(await readLedger('corrected.parquet')).toEqual(corrected);
});
