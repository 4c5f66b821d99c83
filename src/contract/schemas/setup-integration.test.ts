import { parseSetup } from './setup-integration';

const minimal = {
  name: 'acme',
  braze: { endpoint: 'https://rest.iad-01.braze.com/', restKey: 'env:BRAZE_KEY' },
  exchange: { bucket: 'acme-exchange', region: 'eu-central-1' },
};

test('fills in every default', () => {
  expect(parseSetup(minimal)).toEqual({
    ok: true,
    value: {
      name: 'acme',
      braze: {
        endpoint: 'https://rest.iad-01.braze.com',
        restKey: 'env:BRAZE_KEY',
        objectsPerRequest: 75,
        requestsPerSecond: 1000,
        exportIdsPerSecond: 40,
        connections: 128,
        requestTimeoutSeconds: 30,
        applyLagSeconds: 300,
      },
      exchange: { bucket: 'acme-exchange', region: 'eu-central-1', path: '' },
      attributes: ['lexer_audience'],
      features: { readBack: true, import: false },
    },
  });
});

test('keeps the default attribute among those declared, once', () => {
  const outcome = parseSetup({ ...minimal, attributes: ['vip', 'lexer_audience', 'vip'] });
  expect(outcome).toMatchObject({ ok: true, value: { attributes: ['lexer_audience', 'vip'] } });
});

test('a path loses its outer slashes, as object keys have none', () => {
  const outcome = parseSetup({ ...minimal, exchange: { ...minimal.exchange, path: '/braze/out/' } });
  expect(outcome).toMatchObject({ ok: true, value: { exchange: { path: 'braze/out' } } });
});

test('small numbers for a sandbox are legal', () => {
  expect(
    parseSetup({ ...minimal, braze: { ...minimal.braze, applyLagSeconds: 0, requestsPerSecond: 1 } }).ok,
  ).toBe(true);
});

test('settings that were parsed parse again to the same', () => {
  const once = parseSetup(minimal);
  expect(once.ok && parseSetup(once.value)).toEqual(once);
});

test.each([
  ['restKey', { ...minimal, braze: { ...minimal.braze, restKey: '3f2b-hush' } }, 'SECRET_LITERAL'],
  ['missing restKey', { ...minimal, braze: { endpoint: minimal.braze.endpoint } }, 'INPUT_INVALID'],
  ['name', { ...minimal, name: 'Acme' }, 'INPUT_INVALID'],
  [
    'endpoint',
    { ...minimal, braze: { ...minimal.braze, endpoint: 'rest.iad-01.braze.com' } },
    'INPUT_INVALID',
  ],
  [
    'one key of two',
    { ...minimal, exchange: { ...minimal.exchange, accessKeyId: 'env:ID' } },
    'INPUT_INVALID',
  ],
])('%s is refused with its code', (_, input, code) => {
  const outcome = parseSetup(input);
  expect(outcome).toMatchObject({ ok: false, fault: { code } });
  expect(JSON.stringify(outcome)).not.toContain('hush');
});
