import { approvalReasons, nothingToDoReason } from './guards';
import { type PlanCounts } from './vocabulary';

const GUARDS = { maxRemovalShare: 0.3, approvalTimeoutSeconds: 60 };

function plan(counts: Partial<PlanCounts>): PlanCounts {
  return {
    ledger: 1_000,
    source: 1_000,
    add: 0,
    remove: 0,
    stay: 0,
    notOurs: 0,
    leaversKept: 0,
    unsureRetried: 0,
    ...counts,
  };
}

describe('a plan waits for a person', () => {
  test('not while removals stay at or below the share', () => {
    expect(approvalReasons(plan({ remove: 300 }), GUARDS)).toEqual([]);
  });

  test('as soon as one member more would leave', () => {
    expect(approvalReasons(plan({ remove: 301 }), GUARDS)).toEqual([
      '301 of 1,000 members (30.1 %) would lose the value, more than the 30 % that may without asking.',
    ]);
  });

  test('when an empty source would take everybody off, whatever the share allows', () => {
    const reasons = approvalReasons(plan({ source: 0, remove: 1_000 }), { ...GUARDS, maxRemovalShare: 1 });
    expect(reasons).toEqual(['The source is empty: all 1,000 members would lose the value.']);
  });

  test('for both reasons at once', () => {
    expect(approvalReasons(plan({ source: 0, remove: 1_000 }), GUARDS)).toHaveLength(2);
  });

  test('never for adds, however many, nor for an empty source that removes nobody', () => {
    expect(approvalReasons(plan({ add: 1_000_000 }), GUARDS)).toEqual([]);
    expect(approvalReasons(plan({ source: 0, ledger: 0 }), { ...GUARDS, maxRemovalShare: 0 })).toEqual([]);
  });
});

test.each([
  [{ source: 0, ledger: 0 }, 'the source is empty and nobody holds the value through us'],
  [{ source: 0, ledger: 5 }, 'the source is empty, which changes nobody under this list action'],
  [{ source: 5, ledger: 9, stay: 5 }, 'everybody in the source holds the value already'],
  [{ source: 5, ledger: 9, notOurs: 5 }, 'nobody in the source is concerned by this list action'],
])('a plan of zero says why: %j', (counts, reason) => {
  expect(nothingToDoReason(plan(counts))).toBe(reason);
});
