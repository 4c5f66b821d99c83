import fc from 'fast-check';
import { SliceOutcomes } from './slice-outcomes';
import { type RecordOutcome } from './vocabulary';

const ORDER: RecordOutcome[] = ['unsent', 'unknown', 'rejected', 'accepted'];

const answers = fc.integer({ min: 1, max: 12 }).chain((members) =>
  fc.record({
    members: fc.constant(members),
    given: fc.array(fc.tuple(fc.nat(members - 1), fc.constantFrom(...ORDER)), { maxLength: 40 }),
  }),
);

function best(outcomes: RecordOutcome[]): RecordOutcome {
  return ORDER.findLast((candidate) => outcomes.includes(candidate)) ?? 'unsent';
}

test('a line ends with the surest answer that it ever got, whatever the order', () => {
  fc.assert(
    fc.property(answers, ({ members, given }) => {
      const outcomes = new SliceOutcomes(members);
      for (const [line, outcome] of given) outcomes.merge(line, outcome, 'reason');
      for (let line = 0; line < members; line += 1) {
        expect(outcomes.of(line)).toBe(
          best(given.filter(([at]) => at === line).map(([, outcome]) => outcome)),
        );
      }
      const { accepted, rejected, unknown, unsent } = outcomes.counts();
      expect(accepted + rejected + unknown + unsent).toBe(members);
      expect(outcomes.pending()).toHaveLength(unknown + unsent);
    }),
  );
});

test('a receipt holds all there is to know: another attempt that reads it goes on from the same state', () => {
  fc.assert(
    fc.property(answers, ({ members, given }) => {
      const first = new SliceOutcomes(members);
      for (const [line, outcome] of given) first.merge(line, outcome, `reason ${line}`);
      const second = new SliceOutcomes(members);
      second.mergeReceipt(first.exceptions());
      expect(second.exceptions()).toEqual(first.exceptions());
      expect(second.counts()).toEqual(first.counts());
    }),
  );
});

test('several receipts merge line by line', () => {
  const outcomes = new SliceOutcomes(5);
  outcomes.mergeReceipt({ rejected: [[1, 'bad id']], unknown: [2], unsent: [[3, 4]] });
  outcomes.mergeReceipt({ rejected: [[2, 'bad mail']], unknown: [0, 1], unsent: [[4, 4]] });
  expect([0, 1, 2, 3, 4].map((line) => outcomes.of(line))).toEqual([
    'accepted',
    'rejected',
    'rejected',
    'accepted',
    'unsent',
  ]);
  expect(outcomes.exceptions()).toEqual({
    rejected: [
      [1, 'bad id'],
      [2, 'bad mail'],
    ],
    unknown: [],
    unsent: [[4, 4]],
  });
  expect(outcomes.pending()).toEqual([4]);
});

test('unsent lines are told in stretches', () => {
  const outcomes = new SliceOutcomes(8);
  outcomes.merge(2, 'unknown');
  outcomes.merge(5, 'accepted');
  expect(outcomes.exceptions().unsent).toEqual([
    [0, 1],
    [3, 4],
    [6, 7],
  ]);
});

test('a refusal that gave no reason says so, and a later acceptance forgets the reason', () => {
  const outcomes = new SliceOutcomes(2);
  outcomes.merge(0, 'rejected');
  outcomes.merge(1, 'rejected', 'bad id');
  outcomes.merge(1, 'accepted');
  expect(outcomes.exceptions().rejected).toEqual([[0, 'refused without a reason']]);
});

test('a line that the slice does not have changes nothing', () => {
  const outcomes = new SliceOutcomes(1);
  outcomes.merge(7, 'accepted');
  expect(outcomes.counts()).toEqual({ accepted: 0, rejected: 0, unknown: 0, unsent: 1 });
  expect(outcomes.of(7)).toBe('unsent');
});

test('accepting many lines at once is the same as accepting each', () => {
  const outcomes = new SliceOutcomes(4);
  outcomes.merge(1, 'rejected', 'bad id');
  outcomes.merge(2, 'rejected', 'bad mail');
  outcomes.mergeAccepted([0, 1]);
  expect(outcomes.exceptions()).toEqual({ rejected: [[2, 'bad mail']], unknown: [], unsent: [[3, 3]] });
  const fresh = new SliceOutcomes(1);
  fresh.mergeAccepted([0]);
  expect(fresh.counts()).toMatchObject({ accepted: 1 });
});

test('a refusal without a reason is one all the same, and a line that the slice does not have was never sent', () => {
  const outcomes = new SliceOutcomes(2);
  outcomes.merge(0, 'rejected');
  expect(outcomes.exceptions().rejected).toEqual([[0, 'refused without a reason']]);
  expect(outcomes.stretches()).toEqual([
    { first: 0, last: 0, outcome: 'rejected', reason: '' },
    { first: 1, last: 1, outcome: 'unsent' },
  ]);
  expect(outcomes.of(2)).toBe('unsent');
});
