import fc from 'fast-check';
import {
  boundaries,
  conditionArbitrary,
  historyArbitrary,
  profileAfter,
} from './condition-samples.test-support';
import { evaluate } from './evaluate';
import { emptyState } from './profile-state';
import { type FieldCondition, type ProfileState, type SegmentCondition } from './vocabulary';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);

function bought(...ats: number[]): ProfileState {
  const recent = ats.toSorted((a, b) => a - b);
  const [firstAt = 0] = recent;
  const history = { count: ats.length, firstAt, lastAt: recent.at(-1) ?? 0, recent, last: { price: 5 } };
  return { ...emptyState('1', NOW - DAY_MS), events: { Purchase: history } };
}

describe('how often', () => {
  const three = bought(NOW - 3 * DAY_MS, NOW - 2 * DAY_MS, NOW - DAY_MS);

  test.each([
    [{ atLeast: 3 }, true],
    [{ atLeast: 4 }, false],
    [{ atMost: 3 }, true],
    [{ atMost: 2 }, false],
    [{ exactly: 3 }, true],
    [{ exactly: 2 }, false],
    [{ atLeast: 2, atMost: 3 }, true],
  ])('%p of three, ever', (bounds, holds) => {
    expect(evaluate({ event: 'Purchase', ...bounds }, three, NOW)).toEqual({ holds });
  });

  test('never is no time', () => {
    expect(evaluate({ event: 'Visit', atMost: 0, withinDays: 1 }, three, NOW)).toEqual({ holds: true });
    expect(evaluate({ event: 'constructor', atLeast: 1 }, three, NOW)).toEqual({ holds: false });
  });

  test('a window ends now and leaves out its own beginning', () => {
    const within = (withinDays: number): SegmentCondition => ({ event: 'Purchase', atLeast: 1, withinDays });
    expect(evaluate(within(1), three, NOW)).toEqual({ holds: false });
    expect(evaluate(within(1), three, NOW - 1)).toEqual({ holds: true, changesAt: NOW });
    expect(evaluate(within(2), three, NOW)).toEqual({ holds: true, changesAt: NOW + DAY_MS });
  });

  test('a window is as long as its unit says', () => {
    const one = bought(NOW);
    expect(evaluate({ event: 'Purchase', atLeast: 1, withinMinutes: 2 }, one, NOW).changesAt).toBe(
      NOW + 2 * MINUTE_MS,
    );
    expect(evaluate({ event: 'Purchase', atLeast: 1, withinHours: 2 }, one, NOW).changesAt).toBe(
      NOW + 120 * MINUTE_MS,
    );
  });

  test('what has happened too often fits when enough of it is gone', () => {
    expect(evaluate({ event: 'Purchase', atMost: 1, withinDays: 4 }, three, NOW)).toEqual({
      holds: false,
      changesAt: NOW + 2 * DAY_MS,
    });
  });

  test('what is yet to come is not counted before it is there', () => {
    expect(evaluate({ event: 'Purchase', atLeast: 1, withinDays: 1 }, bought(NOW + 5), NOW)).toEqual({
      holds: false,
      changesAt: NOW + 5,
    });
  });
});

describe('a field', () => {
  const ada: ProfileState = {
    ...bought(NOW - DAY_MS),
    identifiers: {
      externalId: 'ada',
      emails: ['old@example.com', 'ada@example.com'],
      phones: [],
      anonymousIds: ['x'],
    },
    traits: {
      plan: 'gold',
      age: 30,
      tags: ['vip', 7],
      address: { city: 'Ulm', 'zip.code': 'x' },
      'a.b': 'whole',
      nothing: { inner: null },
      since: '2026-11-20',
      renewed: '2026-11-21T10:00:00+02:00',
      local: '2026-11-21 10:00',
      stamp: NOW - 5 * DAY_MS,
      soon: NOW + DAY_MS,
    },
  };
  const holds = (field: string, test: Omit<FieldCondition, 'field'>): boolean =>
    evaluate({ field, ...test }, ada, NOW).holds;

  test.each<[string, Omit<FieldCondition, 'field'>, boolean]>([
    ['externalId', { equals: 'ada' }, true],
    ['email', { equals: 'ada@example.com' }, true],
    ['email', { equals: 'old@example.com' }, false],
    ['phone', { exists: false }, true],
    ['phone', { exists: true }, false],
    ['phone', { equals: '' }, false],
    ['anonymousId', { startsWith: 'x' }, true],
    ['firstSeenAt', { withinDays: 2 }, true],
    ['traits.plan', { equals: 'Gold' }, false],
    ['traits.plan', { oneOf: ['free', 'gold'] }, true],
    ['traits.plan', { oneOf: ['free'] }, false],
    ['traits.plan', { contains: 'ol' }, true],
    ['traits.plan', { contains: 5 }, false],
    ['traits.plan', { startsWith: 'go' }, true],
    ['traits.plan', { moreThan: 1 }, false],
    ['traits.age', { equals: '30' }, false],
    ['traits.age', { contains: 3 }, false],
    ['traits.age', { startsWith: '3' }, false],
    ['traits.age', { moreThan: 30 }, false],
    ['traits.age', { atLeast: 30 }, true],
    ['traits.age', { lessThan: 30 }, false],
    ['traits.age', { atMost: 30 }, true],
    ['traits.tags', { contains: 7 }, true],
    ['traits.tags', { contains: 'vi' }, false],
    ['traits.tags.0', { exists: true }, false],
    ['traits.tags.length', { exists: true }, false],
    ['traits.address.city', { equals: 'Ulm' }, true],
    ['traits.address.zip.code', { equals: 'x' }, true],
    ['traits.address.street', { exists: false }, true],
    ['traits.a.b', { equals: 'whole' }, true],
    ['traits.nothing.inner', { exists: true }, false],
    ['traits.nothing.inner.deeper', { exists: true }, false],
    ['traits.constructor', { exists: true }, false],
    ['traits.__proto__.constructor', { exists: true }, false],
    ['events.Purchase.count', { atLeast: 1 }, true],
    ['events.Purchase.lastAt', { withinDays: 1 }, false],
    ['events.Purchase.firstAt', { olderThanDays: 1 }, true],
    ['events.Purchase.last.price', { equals: 5 }, true],
    ['events.Visit.last.price', { exists: false }, true],
    ['events.Visit.count', { atMost: 5 }, false],
    ['nonsense', { exists: true }, false],
    ['traits.since', { withinDays: 3 }, true],
    ['traits.since', { withinDays: 2 }, false],
    ['traits.since', { olderThanDays: 2 }, true],
    ['traits.renewed', { withinDays: 1 }, true],
    ['traits.local', { withinDays: 1 }, true],
    ['traits.stamp', { olderThanDays: 5 }, true],
    ['traits.soon', { withinDays: 3 }, false],
    ['traits.soon', { olderThanDays: 1 }, false],
    ['traits.plan', { withinDays: 3 }, false],
    ['traits.plan', { olderThanDays: 3 }, false],
    ['traits.address', { withinDays: 3 }, false],
  ])('%s %p: %p', (field, test, expected) => {
    expect(holds(field, test)).toBe(expected);
  });

  test('a time moves people by itself', () => {
    expect(evaluate({ field: 'traits.since', withinDays: 3 }, ada, NOW).changesAt).toBe(NOW + DAY_MS);
    expect(evaluate({ field: 'traits.since', olderThanDays: 3 }, ada, NOW).changesAt).toBe(NOW + DAY_MS);
    expect(evaluate({ field: 'traits.soon', withinDays: 3 }, ada, NOW).changesAt).toBe(NOW + DAY_MS);
  });

  test('a time that no calendar has is none', () => {
    const odd = { ...ada, traits: { at: '2026-13-45', text: '22 Nov 2026', long: '2026-11-22T99:00Z' } };
    for (const field of ['traits.at', 'traits.text', 'traits.long'])
      expect(evaluate({ field, olderThanDays: 1 }, odd, NOW)).toEqual({ holds: false });
  });
});

describe('all, any and not', () => {
  const state = bought(NOW - DAY_MS, NOW);
  const soon: SegmentCondition = { event: 'Purchase', atLeast: 1, withinMinutes: 1 };
  const later: SegmentCondition = { event: 'Purchase', atLeast: 1, withinDays: 1 };
  const never: SegmentCondition = { event: 'Visit', atLeast: 1 };

  test('what holds changes with the first of its terms', () => {
    expect(evaluate({ all: [soon, later] }, state, NOW)).toEqual({
      holds: true,
      changesAt: NOW + MINUTE_MS,
    });
  });

  test('what fails does so until the last of those terms that fail', () => {
    expect(evaluate({ all: [{ not: soon }, { not: later }] }, state, NOW)).toEqual({
      holds: false,
      changesAt: NOW + DAY_MS,
    });
    expect(evaluate({ all: [{ not: soon }, never] }, state, NOW)).toEqual({ holds: false });
  });

  test('any is the other way round', () => {
    expect(evaluate({ any: [soon, later] }, state, NOW)).toEqual({ holds: true, changesAt: NOW + DAY_MS });
    expect(evaluate({ any: [{ not: soon }, never] }, state, NOW)).toEqual({
      holds: false,
      changesAt: NOW + MINUTE_MS,
    });
  });
});

test('nothing changes before changesAt, whatever the condition and the history', () => {
  fc.assert(
    fc.property(conditionArbitrary, historyArbitrary, fc.nat(3), (condition, history, skipped) => {
      const state = profileAfter(history);
      const moments = boundaries(history).flatMap((at) => [at - 1, at, at + 1]);
      const now = moments[skipped * 7] ?? 1_000_000;
      const { holds, changesAt } = evaluate(condition, state, now);
      if (changesAt !== undefined) expect(changesAt).toBeGreaterThan(now);
      const same = moments.filter((at) => at >= now && at < (changesAt ?? Infinity));
      expect(same.map((at) => evaluate(condition, state, at).holds)).toEqual(same.map(() => holds));
    }),
    { numRuns: 150 },
  );
});

test.each([1e300, -1e300, 8.64e15 + 2, 2 ** 63])('a number beyond all moments (%d) is no time', (moment) => {
  const state = { ...emptyState('1', 0), traits: { until: moment } };
  expect(evaluate({ field: 'traits.until', olderThanDays: 3 }, state, 0)).toEqual({ holds: false });
  expect(evaluate({ field: 'traits.until', withinDays: 3 }, state, 0)).toEqual({ holds: false });
});
