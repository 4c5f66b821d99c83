import { isPlainName, looksSecret } from './secret-looks';

test.each([
  ['https://user:hush@rest.example.com', true],
  ['smtp://:hush@mail.example.com', true],
  ['the key AKIAIOSFODNN7EXAMPLE of Ada', true],
  ['-----BEGIN RSA PRIVATE KEY-----\nMII', true],
  ['Authorization: Bearer abc.def-ghi', true],
  ['-https://user:hush@rest.example.com', true],
  ['3https://user:hush@rest.example.com', true],
  [`${'long'.repeat(50)}://user:hu:sh@rest.example.com`, true],
  ['see a://b, or https://user:hush@rest.example.com', true],
  ['3://user:hush@rest.example.com', false],
  ['https://user@rest.example.com', false],
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

const MEGABYTE = 1024 * 1024;

/** What drives a pattern to try every part of a text from every place in it. */
const REPEATED = [
  'a',
  'a.',
  'a:',
  '://',
  'a://',
  'a://a',
  'a://:',
  ':',
  'AKIA',
  'ASIAA1',
  'A1B2',
  '-----BEGIN ',
];
REPEATED.push('-----BEGIN PRIVATE KEY', ' PRIVATE KEY', 'Bearer', 'Bearer ', ' ', '\t', '@', '0', 'é');
const BEGUN = ['', 'a://', 'a://:', 'Bearer ', '-----BEGIN ', 'AKIA'];

test.each(BEGUN.flatMap((begun) => REPEATED.map((part) => [begun, part])))(
  'a megabyte of %j and then %j again and again is looked through once',
  (begun, part) => {
    const text = begun + part.repeat(MEGABYTE / part.length);
    expect(looksSecret(`${text} https://user:hush@rest.example.com`)).toBe(true);
    expect(looksSecret(text)).toBe(looksSecret(begun + part.repeat(100)));
    expect(isPlainName(text)).toBe(false);
  },
);
