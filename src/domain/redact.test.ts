import fc from 'fast-check';
import { redact } from './redact';

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const escaped = (text: string) =>
  text.replaceAll(/[^A-Za-z0-9_-]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const inHtml = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
const WRITERS: [string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['inside JSON', inJson],
  ['inside JSON inside JSON', (text) => inJson(inJson(text))],
  ['three deep', (text) => inJson(inJson(inJson(text)))],
  ['with every slash escaped', (text) => inJson(text).replaceAll('/', String.raw`\/`)],
  ['with escapes', escaped],
  [
    'with escapes in capitals',
    (text) => escaped(text).replaceAll(/(?<=\\u)..../g, (hex) => hex.toUpperCase()),
  ],
  ['with escapes inside JSON', (text) => inJson(escaped(text))],
  ['inside a URL', (text) => encodeURIComponent(text)],
  ['inside a form', (text) => new URLSearchParams({ text }).toString().slice('text='.length)],
  ['inside HTML', inHtml],
];

test.each(WRITERS)('a secret is found %s', (_name, write) => {
  const characters = fc.constantFrom(...Array.from(String.raw`aZ09_-.+/="'\<>& {}%*`), '\n', '\t', 'é', '😀');
  fc.assert(
    fc.property(fc.string({ unit: characters, minLength: 1, maxLength: 40 }), (secret) => {
      expect(redact(`("${write('x')}${write(`k${secret}k`)}")`, [`k${secret}k`])).toBe('("x[redacted]")');
    }),
  );
});

test('nothing is left over of a secret that holds another, and a blank one is none', () => {
  expect(redact('abc abcdef', ['abc', '', 'abcdef', 'abc'])).toBe('[redacted] [redacted]');
  expect(redact('abc', [''])).toBe('abc');
  expect(redact('half \ud83d!', ['\ud83d!'])).toBe('half [redacted]');
});

test('neither a long secret nor a hostile text takes long', () => {
  const secret = '"\\/+'.repeat(5_000);
  expect(redact(JSON.stringify({ secret }), [secret])).toMatch(/^\{"secret":"(\[redacted\])+"\}$/);
  const hostile = '\\'.repeat(5_000);
  const begun = performance.now();
  expect(redact(hostile, ['\\\\\\"\\x', '"\\"'])).toBe(hostile);
  expect(performance.now() - begun).toBeLessThan(5_000);
});
