import { parseProfileImport } from './profile-import';

const PEOPLE = { integration: 'shop', source: { key: 'p.csv' }, identifiers: { email: 'mail' }, by: 'Ada' };

test('what is left out gets its default, and the key tells the format', () => {
  expect(parseProfileImport(PEOPLE)).toMatchObject({
    ok: true,
    value: {
      traits: 'allOther',
      source: { format: 'csv', compression: 'none', csv: { delimiter: ',', quote: '"', escape: '"' } },
    },
  });
  expect(parseProfileImport({ ...PEOPLE, source: { key: 'p.jsonl.gz' } })).toMatchObject({
    value: { source: { format: 'ndjson', compression: 'gzip' } },
  });
  const told = { key: 'p.parquet', format: 'ndjson', compression: 'zstd' };
  expect(parseProfileImport({ ...PEOPLE, source: told })).toMatchObject({ value: { source: told } });
});

test.each<[string, object]>([
  ['source.format', { source: { key: 'p.parquet' } }],
  ['source.secretAccessKey', { source: { key: 'p.csv', accessKeyId: 'env:ID' } }],
  ['source.key', { source: { key: '{{date:yyyy-MM-dd}}.csv' } }],
  ['identifiers', { identifiers: {} }],
  ['by', { by: undefined }],
])('%s is named where it is wrong', (field, more) => {
  const parsed = parseProfileImport({ ...PEOPLE, ...more });
  expect(parsed).toMatchObject({ ok: false, fault: { code: 'INPUT_INVALID' } });
  expect(parsed.ok ? '' : parsed.fault.message).toContain(field);
});

test('a key in the clear is told as a secret', () => {
  const source = { key: 'p.csv', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'env:KEY' };
  expect(parseProfileImport({ ...PEOPLE, source })).toMatchObject({ fault: { code: 'SECRET_LITERAL' } });
});
