import * as fc from 'fast-check';
import {
  createConfirmationLinks,
  LinkSecretTooShortError,
  readLink,
  signLink,
  type LinkClaims,
} from './links';

const SECRET = 's'.repeat(32);
const NOW = 1_800_000_000_000;
const claims = (over: Partial<LinkClaims> = {}): LinkClaims => ({
  workflowId: 'activate/shop active',
  runId: 'run-1',
  recipient: { index: 0, email: 'ann@example.com' },
  generation: 7,
  planHash: 'abc123',
  expiresAt: NOW + 1000,
  ...over,
});
const anyClaims = fc.record({
  workflowId: fc.string({ minLength: 1, unit: 'grapheme' }),
  runId: fc.string({ minLength: 1 }),
  recipient: fc.record({ index: fc.nat(), email: fc.emailAddress() }),
  generation: fc.nat(),
  planHash: fc.string(),
  expiresAt: fc.integer({ min: NOW + 1, max: NOW * 2 }),
});

test('what was signed is read back, from a token that is safe in a path', () => {
  fc.assert(
    fc.property(anyClaims, (given) => {
      const token = signLink(SECRET, given);
      expect(token).toMatch(/^[\w-]+\.[\w-]+$/);
      expect(readLink(SECRET, token, NOW)).toEqual({ ok: true, value: given });
    }),
  );
});

test('a token with any one character changed, added or dropped is invalid', () => {
  const alphabet = 'ABCXYZabcxyz0189-_.=+/ '.split(/(?:)/u);
  fc.assert(
    fc.property(
      anyClaims,
      fc.nat(),
      fc.constantFrom(...alphabet),
      fc.nat(2),
      (given, place, character, edit) => {
        const token = signLink(SECRET, given);
        const at = place % token.length;
        const changed =
          token.slice(0, at) + (edit === 1 ? '' : character) + token.slice(edit === 0 ? at : at + 1);
        fc.pre(changed !== token);
        expect(readLink(SECRET, changed, NOW)).toMatchObject({ ok: false, fault: { code: 'LINK_INVALID' } });
      },
    ),
  );
});

test('a token of another secret, or with claims of another token, is invalid', () => {
  const token = signLink(SECRET, claims());
  const [payload] = signLink(SECRET, claims({ runId: 'run-2' })).split('.');
  const [, signature] = token.split('.');
  expect(readLink('t'.repeat(32), token, NOW)).toMatchObject({ fault: { code: 'LINK_INVALID' } });
  expect(readLink(SECRET, `${payload}.${signature}`, NOW)).toMatchObject({ fault: { code: 'LINK_INVALID' } });
});

test.each(['', '.', '..', 'x', 'x.y', `${signLink(SECRET, claims())}.x`])('%j is invalid', (token) => {
  expect(readLink(SECRET, token, NOW)).toMatchObject({ ok: false, fault: { code: 'LINK_INVALID' } });
});

test('a link expires at its moment, and says so only if it is genuine', () => {
  const token = signLink(SECRET, claims({ expiresAt: NOW }));
  expect(readLink(SECRET, token, NOW - 1).ok).toBe(true);
  expect(readLink(SECRET, token, NOW)).toMatchObject({ ok: false, fault: { code: 'LINK_EXPIRED' } });
  expect(readLink('t'.repeat(32), token, NOW)).toMatchObject({ fault: { code: 'LINK_INVALID' } });
});

test('a short secret is refused everywhere', () => {
  expect(() => signLink('s'.repeat(31), claims())).toThrow(LinkSecretTooShortError);
  expect(() => readLink('', signLink(SECRET, claims()), NOW)).toThrow(LinkSecretTooShortError);
  expect(() => createConfirmationLinks({ secret: 'short', gatewayUrl: 'https://b.example.com' })).toThrow(
    '32',
  );
});

test('links lie below the public address, and run tokens depend on run and secret', () => {
  const links = createConfirmationLinks({ secret: SECRET, gatewayUrl: 'https://b.example.com/brazier/' });
  expect(links.linkFor(claims())).toBe(`https://b.example.com/brazier/confirm/${signLink(SECRET, claims())}`);
  const others = createConfirmationLinks({ secret: 't'.repeat(32), gatewayUrl: 'https://b.example.com' });
  const tokens = [
    links.runToken('w', 'r'),
    links.runToken('w', 'r2'),
    links.runToken('wr', '2'),
    others.runToken('w', 'r'),
  ];
  expect(new Set(tokens).size).toBe(4);
  expect(links.runToken('w', 'r')).toBe(tokens[0]);
});
