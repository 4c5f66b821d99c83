import fc from 'fast-check';
import { readRateSignal } from './rate-signal';

const NOW_MS = 1_790_000_000_000;

test('reads the epoch dialect', () => {
  const headers = {
    'x-ratelimit-limit': '3000',
    'x-ratelimit-remaining': '2999',
    'x-ratelimit-reset': '1790000003',
  };
  expect(readRateSignal(headers, 201, NOW_MS)).toEqual({ limit: 3000, remaining: 2999, resetInMs: 3000 });
});

test('reads seconds left', () => {
  expect(readRateSignal({ 'x-ratelimit-reset': '42' }, 201, NOW_MS).resetInMs).toBe(42_000);
});

test.each([
  [{ 'x-ratelimit-retry-after': '7', 'x-ratelimit-reset': '1790000003' }, 7000],
  [{ 'retry-after': '2' }, 2000],
  [{ 'retry-after': new Date(NOW_MS + 5000).toUTCString() }, 5000],
  [{ 'x-ratelimit-reset': '1790000003' }, 3000],
  [{ 'x-ratelimit-reset': '3' }, 3000],
  [{}, undefined],
  [{ 'retry-after': 'soon' }, undefined],
])('a 429 with %p pauses %p ms', (headers, pauseMs) => {
  expect(readRateSignal(headers, 429, NOW_MS).pauseMs).toBe(pauseMs);
});

test('only a 429 pauses', () => {
  expect(readRateSignal({ 'retry-after': '7' }, 503, NOW_MS).pauseMs).toBeUndefined();
});

test('nothing foreign makes a negative or unreal number', () => {
  const header = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.double().map(String),
    fc.array(fc.string()),
  );
  const record = fc.record({
    'x-ratelimit-limit': header,
    'x-ratelimit-remaining': header,
    'x-ratelimit-reset': header,
    'retry-after': header,
  });
  fc.assert(
    fc.property(record, fc.constantFrom(201, 429), (headers, status) => {
      for (const value of Object.values(readRateSignal(headers, status, NOW_MS))) {
        if (value !== undefined) expect(Number.isFinite(value) && value >= 0).toBe(true);
      }
    }),
  );
});
