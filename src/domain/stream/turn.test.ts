import { emptyState } from './profile-state';
import { nextTurn } from './turn';
import { type ProfileState, type SegmentCondition } from './vocabulary';

const DAY_MS = 86_400_000;
const NOW = 100 * DAY_MS;

const state: ProfileState = {
  ...emptyState('1', 0),
  events: {
    Purchase: { count: 2, firstAt: NOW - 2, lastAt: NOW - 1, recent: [NOW - 2, NOW - 1] },
    Visit: { count: 1, firstAt: NOW - DAY_MS, lastAt: NOW - DAY_MS, recent: [NOW - DAY_MS] },
  },
};
const bought: SegmentCondition = { event: 'Purchase', atLeast: 1, withinDays: 3 };
const visited: SegmentCondition = { event: 'Visit', atLeast: 1, withinDays: 2 };

test('a turn is the moment at which the answer becomes another', () => {
  expect(nextTurn(bought, state, NOW)).toEqual({ holds: true, changesAt: NOW - 1 + 3 * DAY_MS });
  expect(nextTurn({ not: bought }, state, NOW)).toEqual({ holds: false, changesAt: NOW - 1 + 3 * DAY_MS });
});

test('a moment at which the answer might change, and does not, is none', () => {
  const either: SegmentCondition = { any: [{ all: [bought, visited] }, { all: [bought, { not: visited }] }] };
  expect(nextTurn(either, state, NOW)).toEqual({ holds: true, changesAt: NOW - 1 + 3 * DAY_MS });
  expect(nextTurn({ all: [{ not: visited }, visited] }, state, NOW)).toEqual({ holds: false });
});

test('what time does not change never turns', () => {
  expect(nextTurn({ event: 'Purchase', atLeast: 1 }, state, NOW)).toEqual({ holds: true });
});
