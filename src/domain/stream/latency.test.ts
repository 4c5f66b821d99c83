import fc from 'fast-check';
import { addLatencies, countLatency, type LatencyCounts, latencySummary, percentileMs } from './latency';

function counted(latenciesMs: readonly number[]): LatencyCounts {
  const counts: LatencyCounts = [];
  for (const latencyMs of latenciesMs) countLatency(counts, latencyMs);
  return counts;
}

const DAY_MS = 86_400_000;
const latencyArbitrary = fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 80_000_000 }));

test('a percentile is at least the true one, and a fifth more at most', () => {
  fc.assert(
    fc.property(
      fc.array(latencyArbitrary, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
      (latenciesMs, share) => {
        const rank = Math.ceil(latenciesMs.length * share);
        const truth = latenciesMs.toSorted((a, b) => a - b)[rank - 1] ?? Number.NaN;
        const told = percentileMs(counted(latenciesMs), share);
        expect(told).toBeGreaterThanOrEqual(truth);
        expect(told).toBeLessThanOrEqual(Math.max(1, truth * 1.2 + 1));
      },
    ),
  );
});

test('what shards have counted adds up to what one would have counted', () => {
  fc.assert(
    fc.property(fc.array(fc.array(latencyArbitrary, { maxLength: 10 }), { maxLength: 5 }), (shards) => {
      expect(addLatencies(shards.map(counted))).toEqual(counted(shards.flat()));
    }),
  );
});

test('a clock that went back counts as no time, and more than a day as the last bucket', () => {
  expect(counted([-5])).toEqual([1]);
  expect(counted([3 * DAY_MS, 9 * DAY_MS]).at(-1)).toBe(2);
  expect(latencySummary(counted([3 * DAY_MS]))).toEqual(latencySummary(counted([9 * DAY_MS])));
});

test('nothing counted is nothing to tell', () => {
  expect(latencySummary([])).toEqual({ p50: 0, p99: 0, max: 0 });
  expect(percentileMs([0, 0], 0.5)).toBe(0);
  expect(addLatencies([])).toEqual([]);
});

test('a median, a 99th percentile and a maximum are told apart', () => {
  const { p50, p99, max } = latencySummary(counted([...Array<number>(98).fill(10), 1_000, 60_000]));
  expect([p50 >= 10 && p50 < 13, p99 >= 1_000 && p99 < 1_202, max >= 60_000 && max < 72_002]).toEqual([
    true,
    true,
    true,
  ]);
});
