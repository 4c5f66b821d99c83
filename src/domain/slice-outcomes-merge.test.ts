import fc from 'fast-check';
import { mergeAttempts, type OutcomeExceptions, type OutcomeStretch, SliceOutcomes } from './slice-outcomes';

const MEMBERS = 30;
const line = fc.nat({ max: MEMBERS - 1 });
const report = fc.record({
  rejected: fc.array(fc.tuple(line, fc.constantFrom('no', 'never')), { maxLength: 6 }),
  unknown: fc.array(line, { maxLength: 6 }),
  unsent: fc.array(
    fc.tuple(line, line).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
    {
      maxLength: 2,
    },
  ),
});

function outcomes(stretches: readonly OutcomeStretch[] | undefined): string[] {
  const lines = Array.from({ length: MEMBERS }, () => 'accepted');
  for (const { first, last, outcome: result } of stretches ?? []) lines.fill(result, first, last + 1);
  return lines;
}

describe('mergeAttempts', () => {
  const RANKS = ['unsent', 'unknown', 'rejected', 'accepted'];

  test('takes the best answer for each line, in whatever order the reports come', () => {
    fc.assert(
      fc.property(fc.array(report, { minLength: 1, maxLength: 4 }), fc.nat({ max: 1 }), (reports, silent) => {
        const merged = outcomes(mergeAttempts(MEMBERS, reports, silent));
        expect(outcomes(mergeAttempts(MEMBERS, [...reports].reverse(), silent))).toEqual(merged);
        const single = reports.map((one) => outcomes(mergeAttempts(MEMBERS, [one], 0)));
        merged.forEach((result, index) => {
          const ranks = single.map((lines) => RANKS.indexOf(lines[index]!));
          expect(RANKS.indexOf(result)).toBe(Math.max(...ranks, silent));
        });
      }),
    );
  });

  test('a silent attempt may have sent everything, a slice never begun nothing', () => {
    expect(mergeAttempts(5, [], 1)).toEqual([{ first: 0, last: 4, outcome: 'unknown' }]);
    expect(mergeAttempts(0, [], 0)).toEqual([]);
    expect(mergeAttempts(5, [], 0)).toEqual([{ first: 0, last: 4, outcome: 'unsent' }]);
  });

  test.each([
    { rejected: [[5, 'x']], unknown: [], unsent: [] },
    { rejected: [], unknown: [-1], unsent: [] },
    { rejected: [], unknown: [0.5], unsent: [] },
    { rejected: [], unknown: [], unsent: [[3, 2]] },
    { rejected: [], unknown: [], unsent: [[3, 5]] },
  ] satisfies OutcomeExceptions[])('refuses lines that the slice does not have: %j', (bad) => {
    expect(mergeAttempts(5, [bad], 0)).toBeUndefined();
    const outcomes = new SliceOutcomes(5);
    expect(outcomes.mergeReceipt(bad)).toBe(false);
    expect(outcomes.pending()).toEqual([0, 1, 2, 3, 4]);
  });

  test('stretches are of one outcome, and of one reason where Braze gave one', () => {
    const rejected: [number, string][] = [
      [0, 'a'],
      [1, 'a'],
      [2, 'b'],
      [5, 'b'],
    ];
    expect(mergeAttempts(7, [{ rejected, unknown: [3], unsent: [] }], 0)).toEqual([
      { first: 0, last: 1, outcome: 'rejected', reason: 'a' },
      { first: 2, last: 2, outcome: 'rejected', reason: 'b' },
      { first: 3, last: 3, outcome: 'unknown' },
      { first: 5, last: 5, outcome: 'rejected', reason: 'b' },
    ]);
  });
});
