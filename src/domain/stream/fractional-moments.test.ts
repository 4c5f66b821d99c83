import fc from 'fast-check';
import { evaluate } from './evaluate';
import { timeOfValue } from './profile-fields';
import { emptyState } from './profile-state';
import { stepClock } from './step';
import { type EngagementRules } from './transition';
import { nextTurn } from './turn';
import { type ProfileState, type SegmentCondition } from './vocabulary';

const DAY_MS = 86_400_000;

/** Between 2001 and 2004: with a window of years, the sum has fewer bits for the fraction than the moment has. */
const momentArbitrary = fc.double({ min: 1e12, max: 2 ** 40, noNaN: true });
const daysArbitrary = fc.integer({ min: 1, max: 3_650 });

function profileOf(moment: number, dueAt: number): ProfileState {
  const history = { count: 1, firstAt: moment, lastAt: moment, recent: [moment], last: {} };
  return {
    ...emptyState('1', 0),
    traits: { since: moment },
    events: { Purchase: history },
    memberships: { recent: { inside: true, since: 0, entries: 1, sent: 1, dueAt } },
  };
}

function rules(condition: SegmentCondition): EngagementRules {
  return {
    ...{ name: 'recent', state: 'active', segment: { condition } },
    ...{ frequency: 'everyTime', includeCurrent: false, onResume: 'skip' },
  };
}

test.each([
  [1_098_978_108_928.000_1, 1_098_978_108_928],
  [5.9, 5],
  [7, 7],
])('a time in a trait counts in whole milliseconds: %d', (value, moment) => {
  expect(timeOfValue(value)).toBe(moment);
});

test('what holds until a moment that cannot be told from now holds for less than a millisecond more', () => {
  const [moment, withinDays] = [1_098_978_108_928.000_1, 8_060];
  const end = moment + withinDays * DAY_MS;
  const condition: SegmentCondition = { event: 'Purchase', atLeast: 1, withinDays };
  const { changesAt } = evaluate(condition, profileOf(moment, end), end);
  expect(changesAt).toBe(Math.floor(end) + 1);
  expect(evaluate(condition, profileOf(moment, end), Math.floor(end) + 1)).toEqual({ holds: false });
  expect(nextTurn(condition, profileOf(moment, end), end)).toEqual({ holds: true, changesAt });
});

test('time moves everybody through the end of a window, whatever fractions their moments have', () => {
  const conditions = (withinDays: number): SegmentCondition[] => [
    { event: 'Purchase', atLeast: 1, withinDays },
    { field: 'traits.since', withinDays },
    { field: 'events.Purchase.lastAt', withinDays },
    { not: { field: 'traits.since', olderThanDays: withinDays } },
  ];
  fc.assert(
    fc.property(
      ...[momentArbitrary, daysArbitrary, fc.nat(3), fc.double({ min: 0, max: 2, noNaN: true })],
      (moment, days, which, waitMs) => {
        const condition = conditions(days)[which]!;
        const due = moment + days * DAY_MS;
        const state = profileOf(moment, due);
        // What is asked first fails where the clock would never stop.
        const { changesAt } = evaluate(condition, state, due);
        if (changesAt !== undefined) expect(changesAt).toBeGreaterThan(due);
        const now = due + waitMs;
        const step = stepClock(state, now, [rules(condition)]);
        if (step.dueAtMs !== undefined) expect(step.dueAtMs).toBeGreaterThan(now);
        expect(step.dueAtMs === undefined).toBe(step.state.memberships['recent']?.inside === false);
        expect(stepClock(step.state, due + 2, [rules(condition)]).state.memberships['recent']).toMatchObject({
          inside: false,
          dueAt: undefined,
        });
      },
    ),
    { numRuns: 400 },
  );
});
