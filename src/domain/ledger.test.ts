import fc from 'fast-check';
import { correctedRow, nextRow, nextState } from './ledger';

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
