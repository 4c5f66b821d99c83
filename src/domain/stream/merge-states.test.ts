import fc from 'fast-check';
import { historyArbitrary, profileAfter } from './condition-samples.test-support';
import { mergeStates } from './merge-states';
import { emptyState } from './profile-state';
import { type Membership, type ProfileState } from './vocabulary';

const one = emptyState('1', 500);
const two = emptyState('2', 400);

function member(over: Partial<Membership> = {}): Membership {
  return { inside: true, since: 100, entries: 1, sent: 1, ...over };
}
function merged(mine: Membership | undefined, theirs: Membership | undefined): Membership | undefined {
  const holding = (state: ProfileState, kept: Membership | undefined): ProfileState =>
    kept === undefined ? state : { ...state, memberships: { e: kept } };
  return mergeStates(holding(one, mine), holding(two, theirs)).memberships['e'];
}

test('what is known of the survivor wins, and what is missing is filled in', () => {
  const survivor: ProfileState = {
    ...one,
    identifiers: { externalId: 'ada', emails: ['new@example.com'], phones: [], anonymousIds: ['x'] },
    traits: { plan: 'gold' },
  };
  const loser: ProfileState = {
    ...two,
    identifiers: { emails: ['old@example.com', 'new@example.com'], phones: ['+491'], anonymousIds: [] },
    traits: { plan: 'free', city: 'Ulm' },
    evaluatedAt: 70,
  };
  expect(mergeStates(survivor, loser)).toEqual({
    profileId: '1',
    identifiers: {
      externalId: 'ada',
      emails: ['old@example.com', 'new@example.com'],
      phones: ['+491'],
      anonymousIds: ['x'],
    },
    firstSeenAt: 400,
    traits: { plan: 'gold', city: 'Ulm' },
    events: {},
    memberships: {},
    evaluatedAt: 70,
    absorbed: ['2'],
  });
});

test('whoever is inside under either is inside, since the earlier entry; entries and sendings add up', () => {
  expect(merged(member({ since: 300, dueAt: 900 }), member({ since: 200, entries: 2, dueAt: 800 }))).toEqual(
    member({ since: 200, entries: 3, sent: 2, dueAt: 800 }),
  );
  const outside = member({ inside: false, since: 50 });
  expect(merged(outside, member())).toMatchObject({ inside: true, since: 100 });
  expect(merged(member(), outside)).toMatchObject({ inside: true, since: 100 });
  expect(merged(outside, member({ inside: false, since: 60 }))).toMatchObject({ inside: false, since: 60 });
  expect(merged(undefined, member())).toEqual(member());
  expect(merged(member(), undefined)).toEqual(member());
});

test('an entry waits on only if nobody was told of another; an exit that waits stays one', () => {
  const waiting = member({ isWaiting: true, sent: 0 });
  const left = member({ inside: false, isWaiting: true });
  const outside = member({ inside: false });
  expect(merged(waiting, member())).toMatchObject({ inside: true, isWaiting: undefined });
  expect(merged(outside, waiting)).toMatchObject({ inside: true, isWaiting: true });
  expect(merged(outside, left)).toMatchObject({ inside: false, isWaiting: true });
  expect(merged(left, waiting)).toMatchObject({ inside: true, isWaiting: true });
});

test('an owed entry gives way to one that was told and goes before one that waits; of two it is the earlier one', () => {
  const owed = (since: number) => member({ since, sent: 0, owed: { kinds: since } });
  expect(merged(owed(1), member())?.owed).toBeUndefined();
  expect(merged(member({ isWaiting: true, sent: 0 }), owed(2))).toMatchObject({ owed: { kinds: 2 } });
  expect(merged(member({ inside: false, isWaiting: true }), owed(2))).toMatchObject({ owed: { kinds: 2 } });
  expect(merged(owed(1), owed(2))).toMatchObject({ since: 1, entries: 2, sent: 0, owed: { kinds: 1 } });
  expect(merged(owed(2), owed(1))).toMatchObject({ since: 1, owed: { kinds: 1 } });
});

test('a profile is merged once, also if it came in another', () => {
  const three = mergeStates(mergeStates(one, two), emptyState('3', 300));
  expect(three.absorbed).toEqual(['2', '3']);
  expect(mergeStates(three, two)).toBe(three);
  expect(mergeStates(three, three)).toBe(three);
  const all = mergeStates(emptyState('0', 1), three);
  expect(all.absorbed).toEqual(['2', '3', '1']);
  expect(mergeStates(all, two)).toBe(all);
});

test('no event is lost or counted twice, whoever survives', () => {
  const figures = ({ events }: ProfileState) =>
    Object.entries(events)
      .map(([name, { count, firstAt, lastAt, recent }]) => ({ name, count, firstAt, lastAt, recent }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  fc.assert(
    fc.property(historyArbitrary, historyArbitrary, (mine, theirs) => {
      const survivor = profileAfter(mine);
      const loser = { ...profileAfter(theirs), profileId: '2' };
      const whole = profileAfter([...mine, ...theirs]);
      expect(figures(mergeStates(survivor, loser))).toEqual(figures(whole));
      expect(figures(mergeStates(loser, survivor))).toEqual(figures(whole));
    }),
  );
});
