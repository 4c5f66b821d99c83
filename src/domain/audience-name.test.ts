import fc from 'fast-check';
import { audienceKeyText, checkAudienceName } from './audience-name';

test.each([
  ['  VIP customers ', 'VIP customers'],
  ['\u00a0VIP\ufeff', 'VIP'],
  ['x'.repeat(255), 'x'.repeat(255)],
])('%j is the audience %j', (raw, name) => {
  expect(checkAudienceName(raw)).toEqual({ ok: true, name });
});

test.each(['', ' \t ', 'x'.repeat(256), 'a\u0000b', 'a\nb', '\ud800'])('%j is no audience', (raw) => {
  expect(checkAudienceName(raw).ok).toBe(false);
});

test('a name that passes passes again unchanged', () => {
  fc.assert(
    fc.property(fc.string(), (raw) => {
      const first = checkAudienceName(raw);
      if (first.ok) expect(checkAudienceName(first.name)).toEqual(first);
    }),
  );
});

test('different audiences have different key texts', () => {
  const part = fc.constantFrom('', 'a', 'b', ',', '"', 'a","b', '\\', '[', ']');
  fc.assert(
    fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (one, other) => {
      const same = one.every((text, index) => text === other[index]);
      expect(audienceKeyText(...one) === audienceKeyText(...other)).toBe(same);
    }),
  );
});
