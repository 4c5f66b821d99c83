import fc from 'fast-check';
import { fairShares } from './fair-shares';

const demands = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 2_000, noNaN: true })), {
  minLength: 1,
  maxLength: 8,
});
const limits = fc.double({ min: 0.1, max: 1_000, noNaN: true });
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test.each([
  [90, [100, 100, 100], [30, 30, 30]],
  [100, [10, 100, 100], [10, 45, 45]],
  [100, [100, 0], [100, 0]],
  [100, [10, 20], [45, 55]],
  [100, [0, 0], [0, 0]],
])('of %d, %j get %j', (limit, asked, shares) => {
  expect(fairShares(limit, asked)).toEqual(shares);
});

test('everything is given out as soon as anybody asks, and nothing beyond', () => {
  fc.assert(
    fc.property(limits, demands, (limit, asked) => {
      const given = sum(fairShares(limit, asked));
      expect(given).toBeCloseTo(asked.some((demand) => demand > 0) ? limit : 0, 6);
    }),
  );
});

test('nobody who asks gets less than an equal part or than was asked for, whichever is less', () => {
  fc.assert(
    fc.property(limits, demands, (limit, asked) => {
      const askers = asked.filter((demand) => demand > 0).length;
      fairShares(limit, asked).forEach((share, at) => {
        const demand = asked[at] ?? 0;
        if (demand === 0) expect(share).toBe(0);
        else expect(share).toBeGreaterThanOrEqual(Math.min(demand, limit / askers) * (1 - 1e-9));
      });
    }),
  );
});
