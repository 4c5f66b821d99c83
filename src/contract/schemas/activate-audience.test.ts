import fc from 'fast-check';
import { TERMS_VERSION } from '../names';
import { checkActivationInput, parseActivation } from './activate-audience';
import { inferFormat } from './audience-source';

const minimal = {
  integration: 'acme',
  audience: '  Active customers ',
  source: { key: 'exports/active.csv' },
  terms: { acceptedBy: 'Kim Lee', version: TERMS_VERSION },
};

function refusal(input: unknown): { code: string; message: string } {
  const outcome = parseActivation(input);
  if (outcome.ok) throw new Error('the input was accepted');
  return outcome.fault;
}

test('fills in every default', () => {
  expect(parseActivation(minimal)).toEqual({
    ok: true,
    value: {
      integration: 'acme',
      audience: 'Active customers',
      attribute: 'lexer_audience',
      listAction: 'maintain',
      createProfiles: false,
      source: {
        key: 'exports/active.csv',
        format: 'csv',
        compression: 'none',
        csv: { delimiter: ',', quote: '"', escape: '"' },
        idColumn: 'external_id',
        identifier: 'external_id',
        quietSeconds: 60,
      },
      terms: minimal.terms,
      confirmation: { kind: 'person', recipients: [], timeoutSeconds: 259_200, remindAfterSeconds: [86_400] },
      guards: { maxRemovalShare: 0.5, approvalTimeoutSeconds: 86_400 },
      verification: { entering: 500, leaving: 500, deadlineSeconds: 600 },
      dryRun: false,
      completionMail: true,
      skipUnchanged: false,
    },
  });
});

test('fills in the rest of an object that is given in part', () => {
  const outcome = parseActivation({
    ...minimal,
    confirmation: { kind: 'mail', allowedSenders: ['@braze.example.com'] },
    guards: { maxRemovalShare: 0.1 },
    verification: { entering: 'all' },
    source: { prefix: 'daily/', csv: { delimiter: ';' }, format: 'csv' },
  });
  expect(outcome).toMatchObject({
    ok: true,
    value: {
      confirmation: { kind: 'mail', timeoutSeconds: 259_200, remindAfterSeconds: [86_400] },
      guards: { maxRemovalShare: 0.1, approvalTimeoutSeconds: 86_400 },
      verification: { entering: 'all', leaving: 500 },
      source: { prefix: 'daily/', csv: { delimiter: ';', quote: '"' } },
    },
  });
});

test.each([
  ['a.csv', 'csv', 'none'],
  ['a.CSV.GZ', 'csv', 'gzip'],
  ['a/b.ndjson.zst', 'ndjson', 'zstd'],
  ['a.jsonl', 'ndjson', 'none'],
  ['a.parquet', 'parquet', 'none'],
  ['members', 'csv', 'none'],
])('%s is read as %s, %s', (key, format, compression) => {
  expect(inferFormat(key)).toEqual({ format, compression });
  expect(parseActivation({ ...minimal, source: { key } })).toMatchObject({
    ok: true,
    value: { source: { format } },
  });
});

test('a format that is given wins over the extension', () => {
  const outcome = parseActivation({
    ...minimal,
    source: { key: 'a.txt.gz', format: 'ndjson', compression: 'none' },
  });
  expect(outcome).toMatchObject({ ok: true, value: { source: { format: 'ndjson', compression: 'none' } } });
});

test.each([[undefined], [null], ['{"integration":"acme"}'], [[minimal]], [7]])('%p is no input', (input) => {
  const { code, message } = refusal(input);
  expect(code).toBe('INPUT_INVALID');
  expect(message).toMatch(/^activateAudience takes one JSON object; /);
});

test('names every bad field with its path, all at once', () => {
  const { code, message } = refusal({
    ...minimal,
    integration: 'Acme!',
    audience: ' ',
    source: { key: 5 },
    listAction: 'replace',
    guards: { maxRemovalShare: 2 },
    confirmation: { kind: 'person', recipients: ['kim'] },
    verification: { leaving: -1 },
  });
  expect(code).toBe('INPUT_INVALID');
  expect(message).toContain('integration: must be lower-case');
  expect(message).toContain('audience: must not be blank');
  expect(message).toContain('source.key: must be a string, not a number');
  expect(message).toContain('listAction: must be "maintain" or "add" or "remove"');
  expect(message).toContain('guards.maxRemovalShare: must be at most 1');
  expect(message).toContain('confirmation.recipients[0]: must be an e-mail address');
  expect(message).toContain('verification.leaving: ');
});

test('says what is missing', () => {
  const { message } = refusal({ terms: minimal.terms });
  expect(message).toContain('integration: is missing');
  expect(message).toContain('audience: is missing');
  expect(message).toContain('source: is missing');
});

test('refuses unknown fields by name, with the one that was probably meant', () => {
  const { code, message } = refusal({
    ...minimal,
    list_action: 'add',
    source: { ...minimal.source, idColum: 'id' },
    zebra: 1,
  });
  expect(code).toBe('INPUT_INVALID');
  expect(message).toContain('"list_action" (did you mean "listAction"?)');
  expect(message).toContain('source: unknown field "idColum" (did you mean "idColumn"?)');
  expect(message).toContain('"zebra"');
  expect(message).not.toContain('"zebra" (');
});

test.each([
  [{ key: 'a.csv', prefix: 'b/' }],
  [{}],
  [{ key: 's3://bucket/a.csv' }],
  [{ key: 'a.csv', identifier: 'user_alias' }],
  [{ key: 'a.csv', identifier: 'user_alias', aliasLabel: 'crm', aliasLabelColumn: 'label' }],
  [{ key: 'a.csv', aliasLabel: 'crm' }],
  [{ key: 'a.csv', accessKeyId: 'env:ID' }],
  [{ key: 'a.csv', csv: { delimiter: '"' } }],
  [{ key: 'a.csv', csv: { delimiter: ',,' } }],
])('the source %p contradicts itself', (source) => {
  expect(refusal({ ...minimal, source }).code).toBe('INPUT_INVALID');
});

test('user_alias is fine with one kind of label', () => {
  const source = { key: 'a.csv', identifier: 'user_alias', aliasLabel: 'crm' };
  expect(parseActivation({ ...minimal, source }).ok).toBe(true);
});

test.each(['email', 'external_id', '$x', '_update_existing_only', '  '])(
  '%p cannot be the attribute',
  (attribute) => {
    expect(refusal({ ...minimal, attribute })).toMatchObject({ code: 'INPUT_INVALID' });
  },
);

test('a secret in place of a reference is told and never repeated', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9-]{8,40}$/),
      fc.constantFrom('', 'env:', 'file:'),
      (secret, prefix) => {
        const source = {
          ...minimal.source,
          accessKeyId: 'env:S3_ID',
          secretAccessKey: `${prefix}${secret}!`,
        };
        const { code, message } = refusal({ ...minimal, source });
        expect(code).toBe('SECRET_LITERAL');
        expect(message).toContain('source.secretAccessKey');
        expect(message).not.toContain(`${secret}!`);
      },
    ),
  );
});

test('an unknown field that holds a key is told to be rotated too', () => {
  expect(refusal({ ...minimal, restApiKey: 'c0ffee-c0ffee' }).code).toBe('SECRET_LITERAL');
  expect(refusal({ ...minimal, restApiKey: 'env:BRAZE_KEY' }).code).toBe('INPUT_INVALID');
});

test('keys inside an address count as secrets', () => {
  const { code, message } = refusal({
    ...minimal,
    source: { key: 'a.csv', endpoint: 'https://id:hush@s3.example.com' },
  });
  expect(code).toBe('SECRET_LITERAL');
  expect(message).not.toContain('hush');
});

test.each([
  [{ acceptedBy: 'Kim Lee', version: '2020-01' }],
  [{ version: TERMS_VERSION }],
  [{ acceptedBy: ' ', version: TERMS_VERSION }],
  [undefined],
])('the terms %p are not accepted', (terms) => {
  expect(refusal({ ...minimal, terms }).code).toBe('TERMS_NOT_ACCEPTED');
});

test('terms beside other problems are one of the problems', () => {
  const { code, message } = refusal({ ...minimal, terms: {}, source: {} });
  expect(code).toBe('INPUT_INVALID');
  expect(message).toContain('terms.version: the terms in force are');
});

test('no value of a bad input is repeated', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^Q[0-9]{12}$/), (value) => {
      const input = {
        integration: value,
        audience: 1,
        source: { key: 'a.csv', format: value, endpoint: value, region: `${value} ` + '!' },
        terms: { acceptedBy: 'Kim', version: value },
        confirmation: { kind: value },
      };
      expect(refusal(input).message).not.toContain(value);
    }),
  );
});

test('a manifest speaks of one key or prefix, so it does not go with the newest folder', () => {
  const { code, message } = refusal({
    ...minimal,
    source: { newestUnder: 'exports/', manifestKey: 'manifest' },
  });
  expect(code).toBe('INPUT_INVALID');
  expect(message).toContain('source.manifestKey: belongs to one key or prefix, not to newestUnder');
});

test('an input that is only checked stays as its author wrote it, and a refusal says that nothing was started', () => {
  expect(checkActivationInput(minimal)).toEqual({ ok: true, value: minimal });
  const refused = checkActivationInput({ ...minimal, audience: '' });
  expect(refused).toMatchObject({ ok: false, fault: { code: 'INPUT_INVALID' } });
  expect(JSON.stringify(refused)).toContain('Nothing was started and nothing has kept the input.');
});
