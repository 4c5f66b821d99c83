import fc from 'fast-check';
import { allowsOrigin, checkBrazeEndpoint } from './endpoint';

test.each([
  'https://rest.iad-01.braze.com',
  'https://rest.us-10.braze.com/',
  'https://rest.fra-02.braze.eu//',
  'HTTPS://REST.IAD-03.BRAZE.COM ',
])('%s is one of Braze’s', (endpoint) => {
  const origin = endpoint.trim().toLowerCase().replace(/\/+$/, '');
  expect(checkBrazeEndpoint(endpoint, [])).toEqual({ ok: true, origin });
});

test.each([
  ['rest.iad-01.braze.com', 'malformed'],
  ['https://', 'malformed'],
  ['https://rest.iad-01.braze.com/users/track', 'malformed'],
  ['https://rest.iad-01.braze.com?x=1', 'malformed'],
  ['https://me:pw@rest.iad-01.braze.com', 'malformed'],
  ['https://rest.iad-01.braze.com@evil.example.com', 'malformed'],
  ['http://rest.iad-01.braze.com', 'notAllowed'],
  ['https://rest.iad-01.braze.com:8443', 'notAllowed'],
  ['https://dashboard-01.braze.com', 'notAllowed'],
  ['https://rest.iad-01.braze.com.evil.example.com', 'notAllowed'],
  ['https://evil.example.com', 'notAllowed'],
])('%s gets no key (%s)', (endpoint, problem) => {
  expect(checkBrazeEndpoint(endpoint, [])).toMatchObject({ ok: false, problem });
});

test('an allowed origin passes, whatever its trailing slash, and only that origin', () => {
  const allowed = ['http://localhost:8091/'];
  expect(checkBrazeEndpoint('http://localhost:8091', allowed)).toEqual({
    ok: true,
    origin: 'http://localhost:8091',
  });
  expect(checkBrazeEndpoint('http://localhost:8092', allowed).ok).toBe(false);
  expect(checkBrazeEndpoint('https://localhost:8091', allowed).ok).toBe(false);
  expect(allowsOrigin(allowed, 'http://localhost:8091//')).toBe(true);
});

test('no other web address gets a key', () => {
  fc.assert(
    fc.property(fc.webUrl(), (url) => {
      expect(checkBrazeEndpoint(url, []).ok).toBe(
        /^https:\/\/rest\.[a-z0-9-]+\.braze\.(com|eu)\/*$/.test(url),
      );
    }),
  );
});
