import { isPlainName, looksSecret } from './secret-looks';

test.each([
  ['https://user:hush@rest.example.com', true],
  ['smtp://:hush@mail.example.com', true],
  ['the key AKIAIOSFODNN7EXAMPLE of Ada', true],
  ['-----BEGIN RSA PRIVATE KEY-----\nMII', true],
  ['Authorization: Bearer abc.def-ghi', true],
  ['https://rest.iad-01.braze.com', false],
  ['https://example.com/a:b@c', false],
  ['AKIA is how they begin', false],
  ['bearer of good news', false],
  ['Gold customers', false],
])('%j: %p', (text, secret) => {
  expect(looksSecret(text)).toBe(secret);
});

test.each([
  ['listAction', true],
  ['list_action', true],
  ['$top', true],
  ['utm 2026', true],
  ['', false],
  ['7up', false],
  ['a1b2c3d4e5', false],
  ['11111111-2222-3333-4444-555555555555', false],
  ['wJalrXUtnFEMIKMDENGbPxRfiCYEXAMPLEKEY', false],
  ['a/b+c=', false],
])('a name that may be repeated: %j: %p', (name, plain) => {
  expect(isPlainName(name)).toBe(plain);
});
