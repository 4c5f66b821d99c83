import { createHash } from 'node:crypto';
import { TERMS_VERSION } from '../contract/names';
import { audienceKey, createInputActivities } from './check-input';

const activities = createInputActivities();
const input = {
  integration: 'acme',
  audience: ' VIP ',
  source: { key: 'vip.csv', identifier: 'email' },
  terms: { acceptedBy: 'Kim Lee', version: TERMS_VERSION },
};

test('an activation gets the key of its trimmed audience', async () => {
  const hash = createHash('sha256').update('["lexer_audience","VIP","email"]').digest('hex');
  expect(await activities.checkActivation(input)).toMatchObject({
    audience: 'VIP',
    audienceKey: hash.slice(0, 32),
  });
});

test('keys differ by attribute, value and identifier kind', () => {
  const keys = [
    audienceKey('a', 'v', 'email'),
    audienceKey('b', 'v', 'email'),
    audienceKey('a', 'w', 'email'),
    audienceKey('a', 'v', 'phone'),
  ];
  expect(new Set(keys).size).toBe(4);
});

test.each([
  ['INPUT_INVALID', { ...input, audience: '' }],
  ['INPUT_INVALID', undefined],
  ['TERMS_NOT_ACCEPTED', { ...input, terms: { version: TERMS_VERSION } }],
  ['SECRET_LITERAL', { ...input, source: { key: 'a.csv', accessKeyId: 'env:ID', secretAccessKey: 'hush' } }],
])('a bad activation fails for good with %s', async (type, bad) => {
  await expect(activities.checkActivation(bad)).rejects.toMatchObject({ type, nonRetryable: true });
});

test('what Temporal has kept is to be rotated', async () => {
  const bad = { ...input, password: 'hush' };
  await expect(activities.checkActivation(bad)).rejects.toMatchObject({
    message: expect.stringMatching(/"password".*rotate it\.$/),
  });
});

test('a set-up is checked the same way', async () => {
  const setup = {
    name: 'acme',
    braze: { endpoint: 'https://rest.iad-01.braze.com', restKey: 'env:BRAZE_KEY' },
    exchange: { bucket: 'acme-exchange', region: 'eu-central-1' },
  };
  expect(await activities.checkSetup(setup)).toMatchObject({ name: 'acme', features: { readBack: true } });
  await expect(activities.checkSetup({ ...setup, name: 'A' })).rejects.toMatchObject({
    type: 'INPUT_INVALID',
  });
});
