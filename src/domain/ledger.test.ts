import fc from 'fast-check';
import { correctedRow, nextRow, nextState } from './ledger';
import { mergeReports, neverStarted, type OutcomeStretch } from './ledger-receipts';

const state = fc.constantFrom('held', 'unsure', 'absent');
const operation = fc.constantFrom('add', 'remove');
const outcome = fc.constantFrom('accepted', 'rejected', 'unknown', 'unsent');

describe('nextState', () => {
  test.each([
    ['absent', 'add', 'accepted', 'held'],
    ['unsure', 'add', 'accepted', 'held'],
    ['absent', 'add', 'rejected', 'absent'],
    ['unsure', 'add', 'rejected', 'unsure'],
    ['absent', 'add', 'unknown', 'unsure'],
    ['held', 'remove', 'accepted', 'absent'],
    ['held', 'remove', 'rejected', 'held'],
    ['unsure', 'remove', 'rejected', 'unsure'],
    ['held', 'remove', 'unknown', 'unsure'],
  ] as const)('%s, %s %s: %s', (previous, op, result, next) => {
    expect(nextState(previous, op, result)).toBe(next);
  });

  test('what was not sent changes nothing, and doubt is never lost without an answer', () => {
    fc.assert(
      fc.property(state, operation, (previous, op) => {
        expect(nextState(previous, op, 'unsent')).toBe(previous);
        expect(nextState(previous, op, 'unknown')).toBe('unsure');
        if (previous === 'unsure') expect(nextState(previous, op, 'rejected')).toBe('unsure');
      }),
    );
  });

  test('sending twice is sending once: a second accepted answer changes nothing', () => {
    fc.assert(
      fc.property(state, operation, outcome, (previous, op, first) => {
        const once = nextState(nextState(previous, op, first), op, 'accepted');
        expect(nextState(once, op, 'accepted')).toBe(once);
      }),
    );
  });
});

test('a row carries the generation of its last change', () => {
  const row = { state: 'held', generation: 3 } as const;
  const change = { operation: 'remove', generation: 7 } as const;
  expect(nextRow(row, { ...change, outcome: 'rejected' })).toEqual(row);
  expect(nextRow(row, { ...change, outcome: 'unknown' })).toEqual({ state: 'unsure', generation: 7 });
  expect(nextRow(row, { ...change, outcome: 'accepted' })).toBeUndefined();
  expect(nextRow(undefined, { operation: 'add', generation: 7, outcome: 'accepted' })).toEqual({
    state: 'held',
    generation: 7,
  });
});

test('a correction speaks only of its own generation', () => {
  const row = { state: 'held', generation: 3 } as const;
  const late = { operation: 'add', finding: 'late' } as const;
  expect(correctedRow(row, { ...late, generation: 3 })).toEqual({ state: 'unsure', generation: 3 });
  expect(correctedRow(row, { ...late, generation: 2 })).toBe(row);
  expect(correctedRow(row, { operation: 'add', finding: 'notInBraze', generation: 3 })).toBeUndefined();
  expect(correctedRow(undefined, { ...late, generation: 3 })).toBeUndefined();
  const kept = { operation: 'remove', finding: 'late', generation: 3 } as const;
  expect(correctedRow(undefined, kept)).toEqual({ state: 'unsure', generation: 3 });
  expect(correctedRow(row, kept)).toBe(row);
  expect(correctedRow(undefined, { ...kept, finding: 'notInBraze' })).toBeUndefined();
});

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

describe('mergeReports', () => {
  const RANKS = ['unsent', 'unknown', 'rejected', 'accepted'];

  test('takes the best answer for each line, in whatever order the reports come', () => {
    fc.assert(
      fc.property(fc.array(report, { minLength: 1, maxLength: 4 }), fc.nat({ max: 1 }), (reports, silent) => {
        const merged = outcomes(mergeReports(MEMBERS, reports, silent));
        expect(outcomes(mergeReports(MEMBERS, [...reports].reverse(), silent))).toEqual(merged);
        const single = reports.map((one) => outcomes(mergeReports(MEMBERS, [one], 0)));
        merged.forEach((result, index) => {
          const ranks = single.map((lines) => RANKS.indexOf(lines[index]!));
          expect(RANKS.indexOf(result)).toBe(Math.max(...ranks, silent));
        });
      }),
    );
  });

  test('a silent attempt may have sent everything, a slice never begun nothing', () => {
    expect(mergeReports(5, [], 1)).toEqual([{ first: 0, last: 4, outcome: 'unknown' }]);
    expect(neverStarted(0)).toEqual([]);
    expect(neverStarted(5)).toEqual([{ first: 0, last: 4, outcome: 'unsent' }]);
  });

  test.each([
    { rejected: [[5, 'x']], unknown: [], unsent: [] },
    { rejected: [], unknown: [-1], unsent: [] },
    { rejected: [], unknown: [], unsent: [[3, 2]] },
  ] as const)('refuses lines that the slice does not have', (bad) => {
    expect(mergeReports(5, [bad], 0)).toBeUndefined();
  });
});
