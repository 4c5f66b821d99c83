import { readFile, writeFile } from 'node:fs/promises';
import { memberOf } from '../../domain/identifiers';
import { lots, query, useDuckDb } from './duckdb.test-support';
import { text } from './engine';

const { file, freeze, snapshotIds } = useDuckDb();

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
