import * as fc from 'fast-check';
import { findRunTokens, mailMessageId, runTokenFrom } from './run-token';

const digest = fc.stringMatching(/^[0-9a-f]{64}$/);

test('a digest always gives the same token, of 20 unambiguous digits', () => {
  fc.assert(
    fc.property(digest, (hex) => {
      expect(runTokenFrom(hex)).toBe(runTokenFrom(hex));
      expect(runTokenFrom(hex)).toMatch(/^brz-[0-9abcdefghjkmnpqrstvwxyz]{20}$/);
    }),
  );
});

test('digests that differ in their first 100 bits give different tokens', () => {
  fc.assert(
    fc.property(digest, fc.integer({ min: 0, max: 24 }), (hex, at) => {
      const other =
        hex.slice(0, at) + ((Number.parseInt(hex.charAt(at), 16) + 1) % 16).toString(16) + hex.slice(at + 1);
      expect(runTokenFrom(other)).not.toBe(runTokenFrom(hex));
    }),
  );
});

test('a known digest gives a known token', () => {
  expect(runTokenFrom('0'.repeat(64))).toBe('brz-00000000000000000000');
  expect(runTokenFrom('f'.repeat(64))).toBe('brz-zzzzzzzzzzzzzzzzzzzz');
  expect(runTokenFrom('00001' + '0'.repeat(59))).toBe('brz-00010000000000000000');
});

test.each(['', '0'.repeat(24), 'G'.repeat(64), 'A'.repeat(64)])('no token from %j', (hex) => {
  expect(() => runTokenFrom(hex)).toThrow('hex digits');
});

test('every token is found in any text that surrounds it by non-letters', () => {
  fc.assert(
    fc.property(digest, fc.string(), fc.string(), (hex, before, after) => {
      const token = runTokenFrom(hex);
      expect(findRunTokens(`${before} ${token}\n${after}`)).toContain(token);
      expect(findRunTokens(`(${token.toUpperCase()})`)).toEqual([token]);
    }),
  );
});

test.each([
  'brz-0000000000000000000',
  'brz-000000000000000000000',
  'xbrz-00000000000000000000',
  'brz-0000000000000000000o',
])('no token in %j', (text) => {
  expect(findRunTokens(text)).toEqual([]);
});

test('a token is listed once', () => {
  const token = runTokenFrom('a'.repeat(64));
  expect(findRunTokens(`${token} ${token}`)).toEqual([token]);
});

test('Message-IDs depend on run, kind and part only', () => {
  expect(mailMessageId('completion', 'brz-x', 'example.com')).toBe('<completion.brz-x@brazier.example.com>');
  expect(mailMessageId('reminder', 'brz-x', 'example.com', '2.0')).toBe(
    '<reminder.brz-x.2.0@brazier.example.com>',
  );
});
