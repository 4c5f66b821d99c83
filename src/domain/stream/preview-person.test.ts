import { previewPerson } from './preview-person';
import { emptyState, MOST_EVENT_NAMES } from './profile-state';
import { type EngagementRules } from './transition';
import { type CapturedEvent, type Membership, type ProfileState } from './vocabulary';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const DAY_MS = 86_400_000;

function engagement(more: Partial<EngagementRules> = {}): EngagementRules {
  return {
    name: 'third',
    state: 'active',
    segment: { condition: { event: 'Purchase', atLeast: 3, withinDays: 30 } },
    frequency: 'once',
    includeCurrent: false,
    onResume: 'skip',
    ...more,
  };
}

function buyer(times: readonly number[], membership?: Partial<Membership>): ProfileState {
  const state = emptyState('1', NOW - 100 * DAY_MS);
  const recent = times.map((days) => NOW - days * DAY_MS);
  return {
    ...state,
    events: {
      Purchase: { count: recent.length, firstAt: recent[0] ?? 0, lastAt: recent.at(-1) ?? 0, recent },
    },
    memberships: membership ? { third: { inside: false, since: 0, entries: 0, sent: 0, ...membership } } : {},
  };
}

const purchase: CapturedEvent = {
  id: 'order-3',
  name: 'Purchase',
  at: NOW,
  identifiers: {},
  properties: { amount: 9 },
  traits: {},
};
const inside = { inside: true, since: NOW - 2 * DAY_MS, entries: 1, sent: 1 };

test('an event that makes somebody enter is told with its call; what the call reads has the event in it', () => {
  const preview = previewPerson(buyer([2, 1]), engagement(), NOW, purchase);
  expect(preview).toMatchObject({
    fits: true,
    membership: { inside: true, entries: 1, sent: 1 },
    calls: [{ action: 'entry', cause: 'event', enteredAtMs: NOW }],
    sentence: 'the call on entry is made.',
  });
  expect(preview.noCall).toBeUndefined();
  expect(preview.turnsAtMs).toBe(NOW + 28 * DAY_MS);
  expect(preview.state.events['Purchase']?.count).toBe(3);
});

test.each([
  ['who is outside', engagement(), buyer([1]), 'notInSegment'],
  ['who is inside', engagement(), buyer([3, 2, 1], inside), 'alreadyInside'],
  ['who was sent and has left', engagement(), buyer([1], { sent: 1, entries: 1 }), 'alreadySent'],
  [
    'who has left and may enter again',
    engagement({ frequency: 'everyTime' }),
    buyer([1], { sent: 1, entries: 1 }),
    'notInSegment',
  ],
  [
    'who waits for the end of a pause',
    engagement({ state: 'paused' }),
    buyer([3, 2, 1], { inside: true, isWaiting: true }),
    'paused',
  ],
  ['anybody after a stop', engagement({ state: 'stopped' }), buyer([3, 2, 1]), 'noEngagement'],
])('without an event, %s causes no call', (_who, rules, state, reason) => {
  const preview = previewPerson(state, rules, NOW);
  expect(preview).toMatchObject({ calls: [], noCall: reason });
  expect(preview.sentence).toMatch(/^no call: /);
});

test('of an entry whose call could not be made it says when it is, and makes it', () => {
  const owing = buyer([3, 2, 1], { ...inside, sent: 0, owed: { kinds: 0 } });
  expect(previewPerson(owing, engagement(), NOW).sentence).toMatch(/an identifier of another kind\.$/);
  const named = { ...purchase, identifiers: { externalId: 'ada' } };
  expect(previewPerson(owing, engagement(), NOW, named).calls).toMatchObject([{ action: 'entry', owed: {} }]);
});

test('an event that causes no call says why', () => {
  expect(previewPerson(buyer([]), engagement(), NOW, purchase)).toMatchObject({ noCall: 'notInSegment' });
  const stopped = previewPerson(buyer([2, 1]), engagement({ state: 'stopped' }), NOW, purchase);
  expect(stopped).toMatchObject({ noCall: 'noEngagement', calls: [] });
});

test('a clock that is due is told, on exit too', () => {
  const due = buyer([40, 35, 31], { ...inside, dueAt: NOW - 1 });
  const rules = engagement({ exitAction: {} });
  expect(previewPerson(due, rules, NOW)).toMatchObject({
    fits: false,
    calls: [{ action: 'exit', cause: 'clock' }],
    sentence: 'the call on exit is made.',
  });
  const everyTime = engagement({
    exitAction: {},
    frequency: 'everyTime',
    segment: { condition: { event: 'Purchase', atLeast: 1, withinDays: 30 } },
  });
  expect(previewPerson(due, everyTime, NOW, purchase).sentence).toBe(
    'the call on exit, then the one on entry is made.',
  );
});

test('a draft is taken as if it were activated now, with those who are in already as it says', () => {
  const state = buyer([3, 2, 1]);
  const quiet = previewPerson(state, engagement({ state: 'draft' }), NOW);
  expect(quiet).toMatchObject({ calls: [], noCall: 'alreadyInside', membership: { inside: true } });
  expect(quiet.sentence).toMatch(/^If it is activated now: no call/);
  const current = previewPerson(state, engagement({ state: 'draft', includeCurrent: true }), NOW);
  expect(current.sentence).toBe('If it is activated now: the call on entry is made.');
});

test('an event that cannot be taken says what is wrong with it', () => {
  const names = Array.from({ length: MOST_EVENT_NAMES }, (_, index) => `event-${index}`);
  const history = { count: 1, firstAt: 1, lastAt: 1, recent: [1] };
  const full = { ...buyer([]), events: Object.fromEntries(names.map((name) => [name, history])) };
  expect(previewPerson(full, engagement(), NOW, purchase)).toMatchObject({
    noCall: 'setAside',
    sentence: expect.stringContaining('no other name is taken'),
  });
});
