import { findSecretTexts, holdsSecret } from './clear-text';

test.each([
  ['password', 'hush', true],
  ['api-key', 'hush', true],
  ['auth', { user: 'ada', pass: 'hush' }, true],
  ['smtp', { user: 'ada', login: { password: 'hush' } }, true],
  ['credentials', ['hush'], true],
  ['smtp', [{ token: 'hush' }], true],
  ['password', 'env:PASSWORD', false],
  ['password', ' ', false],
  ['password', 7, false],
  ['password', null, false],
  ['colour', 'red', false],
  ['colour', { shade: 'dark' }, false],
])('an unknown field %j with %j: %p', (name, value, secret) => {
  expect(holdsSecret(name, value)).toBe(secret);
});

test('secrets are found by their look at any depth', () => {
  const key = 'AKIAIOSFODNN7EXAMPLE';
  expect(findSecretTexts({ a: 'b', list: ['c', { d: key }], e: 7, f: null })).toEqual([['list', 1, 'd']]);
  expect(findSecretTexts(key)).toEqual([[]]);
});

/** A value under so many fields of one name. */
function under(name: string, levels: number, value: unknown): unknown {
  let nested = value;
  for (let level = 0; level < levels; level += 1) nested = { [name]: nested };
  return nested;
}

test.each([
  ['hush', true],
  ['env:PASSWORD', false],
])('a secret under a secret, 60 times, is looked at once: %j: %p', (value, secret) => {
  expect(holdsSecret('secret', under('secret', 60, value))).toBe(secret);
  expect(holdsSecret('secret', under('shade', 60, value))).toBe(secret);
});
