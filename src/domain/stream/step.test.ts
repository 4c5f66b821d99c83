import { emptyState } from './profile-state';
import {
  type Step,
  stepActivate,
  stepClock,
  stepEvent,
  stepMerge,
  stepNotMade,
  stepResume,
  stepUpgrade,
} from './step';
import { type EngagementRules } from './transition';
import { type CapturedEvent, type ProfileState, type SegmentCondition } from './vocabulary';

const DAY_MS = 86_400_000;
const T0 = 1_700_000_000_000;

const third: SegmentCondition = { event: 'Purchase', atLeast: 3 };

function engagement(over: Partial<EngagementRules> = {}): EngagementRules {
  return {
    name: 'third-purchase',
    state: 'active',
    segment: { condition: third },
    frequency: 'once',
    includeCurrent: false,
    onResume: 'skip',
    ...over,
  };
}

function purchase(at: number, over: Partial<CapturedEvent> = {}): CapturedEvent {
  return { id: `e${at}`, name: 'Purchase', at, identifiers: {}, properties: {}, traits: {}, ...over };
}

function play(ats: readonly number[], rules: readonly EngagementRules[], from = emptyState('1', T0)) {
  return ats.reduce(
    (step, at) => stepEvent(step.state, purchase(at), at, rules),
    stepEvent(from, purchase(T0, { name: 'Visit' }), T0, rules),
  );
}

const recent: SegmentCondition = { event: 'Purchase', atLeast: 1, withinDays: 1 };

describe('an event', () => {
  test('makes somebody enter: one call, at the moment of the event', () => {
    const before = play([T0 + 1, T0 + 2], [engagement()]);
    expect(before).toMatchObject({ calls: [], noCall: 'notInSegment' });
    expect(before.state.memberships).toEqual({});
    const step = stepEvent(before.state, purchase(T0 + 3), T0 + 3, [engagement()]);
    expect(step.calls).toEqual([
      { engagement: 'third-purchase', action: 'entry', enteredAtMs: T0 + 3, atMs: T0 + 3, cause: 'event' },
    ]);
    expect(step.noCall).toBeUndefined();
    expect(step.state.memberships['third-purchase']).toMatchObject({
      inside: true,
      since: T0 + 3,
      entries: 1,
      sent: 1,
    });
  });

  test('of somebody who is inside says so, and so do those that concern no engagement', () => {
    expect(play([T0 + 1, T0 + 2, T0 + 3, T0 + 4], [engagement()]).noCall).toBe('alreadyInside');
    expect(play([T0 + 1], []).noCall).toBe('noEngagement');
    expect(play([T0 + 1], [engagement({ state: 'stopped' }), engagement({ state: 'draft' })]).noCall).toBe(
      'noEngagement',
    );
  });

  test('that is refused is set aside; the clocks before it count', () => {
    const rules = [engagement({ segment: { condition: recent }, exitAction: {} })];
    const inside = play([T0 + 1], rules);
    const bad = purchase(T0 + 2 * DAY_MS, {
      traits: { big: 'x'.repeat(9000) },
      identifiers: { externalId: 'ada' },
    });
    const step = stepEvent(inside.state, bad, bad.at, rules);
    expect(step).toMatchObject({ noCall: 'setAside', setAside: { reason: 'traitTooLarge' } });
    expect(step.calls).toMatchObject([{ action: 'exit', atMs: T0 + 1 + DAY_MS, cause: 'clock' }]);
    expect(step.state.events['Purchase']?.count).toBe(1);
    expect(step.state.identifiers.externalId).toBe('ada');
  });
});

describe('once or every time', () => {
  const comeAndGo = [T0 + 1, T0 + 3 * DAY_MS];

  test('once: the second entry is recorded and not sent', () => {
    const step = play(comeAndGo, [engagement({ segment: { condition: recent } })]);
    expect(step).toMatchObject({ calls: [], noCall: 'alreadySent' });
    expect(step.state.memberships['third-purchase']).toMatchObject({ entries: 2, sent: 1 });
  });

  test('every time: each entry is sent; one within the window is none', () => {
    const rules = [engagement({ segment: { condition: recent }, frequency: 'everyTime' })];
    expect(play(comeAndGo, rules).calls).toMatchObject([{ action: 'entry', atMs: T0 + 3 * DAY_MS }]);
    expect(play([T0 + 1, T0 + 2], rules).calls).toEqual([]);
  });

  test('an event that makes somebody leave is counted so, or calls the exit', () => {
    const most: SegmentCondition = { event: 'Purchase', exactly: 1 };
    const rules = engagement({ segment: { condition: most } });
    expect(play([T0 + 1, T0 + 2], [rules])).toMatchObject({ calls: [], noCall: 'left' });
    expect(play([T0 + 1, T0 + 2], [{ ...rules, exitAction: {} }]).calls).toEqual([
      { engagement: 'third-purchase', action: 'exit', enteredAtMs: T0 + 1, atMs: T0 + 2, cause: 'event' },
    ]);
  });
});

describe('a clock', () => {
  const absent: SegmentCondition = {
    all: [
      { event: 'Purchase', atLeast: 1 },
      { event: 'Purchase', atMost: 0, withinDays: 30 },
    ],
  };

  test('finds who has not done something for a while', () => {
    const rules = [engagement({ segment: { condition: absent } })];
    const step = play([T0 + 1], rules);
    const due = T0 + 1 + 30 * DAY_MS;
    expect(step.dueAtMs).toBe(due);
    expect(stepClock(step.state, due - 1, rules)).toMatchObject({ calls: [], dueAtMs: due });
    const struck = stepClock(step.state, due + 5, rules);
    expect(struck.calls).toMatchObject([{ action: 'entry', enteredAtMs: due, cause: 'clock' }]);
    expect(struck.dueAtMs).toBeUndefined();
  });

  test('that was due before an event strikes first, whoever looks when', () => {
    const rules = [engagement({ segment: { condition: recent }, frequency: 'everyTime', exitAction: {} })];
    const late = T0 + 5 * DAY_MS;
    const inside = play([T0 + 1], rules);
    const step = stepEvent(inside.state, purchase(late), late, rules);
    expect(step.calls.map(({ action, atMs }) => [action, atMs])).toEqual([
      ['exit', T0 + 1 + DAY_MS],
      ['entry', late],
    ]);
    const looked = stepClock(inside.state, late - 1, rules);
    expect(stepEvent(looked.state, purchase(late), late, rules).state).toEqual(step.state);
  });

  test('that has struck is not taken back by an event captured a little before', () => {
    const rules = [engagement({ segment: { condition: recent }, frequency: 'everyTime' })];
    const due = T0 + 1 + DAY_MS;
    const left = stepClock(play([T0 + 1], rules).state, due, rules);
    const step = stepEvent(left.state, purchase(due - 3, { name: 'Visit' }), due - 3, rules);
    expect(step).toMatchObject({ calls: [], noCall: 'notInSegment' });
  });
});

describe('an activation', () => {
  const had = play([T0 + 1, T0 + 2, T0 + 3], []).state;

  test('sends nobody who is inside already, but knows them', () => {
    const step = stepActivate(had, engagement(), T0 + 10);
    expect(step.calls).toEqual([]);
    expect(step.state.memberships['third-purchase']).toMatchObject({ inside: true, entries: 0, sent: 0 });
    expect(stepEvent(step.state, purchase(T0 + 11), T0 + 11, [engagement()]).noCall).toBe('alreadyInside');
  });

  test('includes them if asked to, once even if it is done twice', () => {
    const rules = engagement({ includeCurrent: true });
    const step = stepActivate(had, rules, T0 + 10);
    expect(step.calls).toMatchObject([{ action: 'entry', cause: 'control', enteredAtMs: T0 + 10 }]);
    expect(stepActivate(step.state, rules, T0 + 11).calls).toEqual([]);
  });

  test('keeps nothing of those outside but their clocks', () => {
    const empty = emptyState('1', T0);
    expect(stepActivate(empty, engagement(), T0).state.memberships).toEqual({});
    const rules = engagement({ segment: { condition: { not: recent } } });
    const step = stepActivate(had, rules, T0 + 10);
    expect(step.dueAtMs).toBe(T0 + 3 + DAY_MS);
    expect(stepClock(step.state, T0 + 3 + DAY_MS, [rules]).calls).toHaveLength(1);
  });
});

test('nothing is kept of somebody whose clock has struck and who has never entered', () => {
  const rules = [engagement({ segment: { condition: { event: 'Purchase', exactly: 2, withinDays: 1 } } })];
  const twiceAtOnce = play([T0 + 1, T0 + 1, T0 + 1], []).state;
  const [active] = rules.map((rule) => stepActivate(twiceAtOnce, rule, T0 + 2));
  expect(active?.state.memberships).not.toEqual({});
  expect(stepClock(active!.state, T0 + 3 * DAY_MS, rules).state.memberships).toEqual({});
});

test('an upgrade moves people to where its condition has them, and tells nobody', () => {
  const inside = play([T0 + 1, T0 + 2, T0 + 3], [engagement()]);
  const harder = engagement({ segment: { condition: { event: 'Purchase', atLeast: 4 } }, exitAction: {} });
  const step = stepUpgrade(inside.state, harder, T0 + 10);
  expect(step.calls).toEqual([]);
  expect(step.state.memberships['third-purchase']).toMatchObject({ inside: false, entries: 1, sent: 1 });
  const again = stepEvent(step.state, purchase(T0 + 11), T0 + 11, [harder]);
  expect(again.noCall).toBe('alreadySent');
});

describe('a pause', () => {
  const paused = engagement({ state: 'paused' });
  const entered = play([T0 + 1, T0 + 2, T0 + 3], [paused]);

  test('records an entry', () => {
    expect(entered).toMatchObject({ calls: [], noCall: 'paused' });
    expect(entered.state.memberships['third-purchase']).toMatchObject({
      inside: true,
      isWaiting: true,
      entries: 1,
      sent: 0,
    });
  });

  test('is followed by silence, or by the call', () => {
    const skipped = stepResume(entered.state, engagement(), T0 + 10);
    expect(skipped).toMatchObject({ calls: [], noCall: 'skipped' });
    expect(stepResume(skipped.state, engagement(), T0 + 11).noCall).toBeUndefined();
    const sent = stepResume(entered.state, engagement({ onResume: 'send' }), T0 + 10);
    expect(sent.calls).toEqual([
      { engagement: 'third-purchase', action: 'entry', enteredAtMs: T0 + 3, atMs: T0 + 10, cause: 'control' },
    ]);
    expect(sent.state.memberships['third-purchase']).toMatchObject({ sent: 1 });
    expect(stepResume(sent.state, engagement({ onResume: 'send' }), T0 + 11).calls).toEqual([]);
  });

  const visits: Partial<EngagementRules> = {
    segment: { condition: recent },
    exitAction: {},
    onResume: 'send',
  };

  test('nobody is told of those who came and went in it', () => {
    const step = play([T0 + 1], [engagement({ ...visits, state: 'paused' })]);
    const resumed = stepResume(step.state, engagement(visits), T0 + 2 * DAY_MS);
    expect(resumed).toMatchObject({ calls: [] });
    expect(resumed.noCall).toBeUndefined();
  });

  test('an exit in it is told afterwards, if anything is', () => {
    const inside = play([T0 + 1], [engagement(visits)]);
    const resumed = stepResume(inside.state, engagement(visits), T0 + 2 * DAY_MS);
    expect(resumed.calls).toMatchObject([{ action: 'exit', cause: 'control' }]);
  });

  test('whoever was inside before it, came back in it and left again is told of the exit', () => {
    const everyTime = { ...visits, frequency: 'everyTime' } as const;
    const inside = play([T0 + 1], [engagement(everyTime)]).state;
    const paused = [engagement({ ...everyTime, state: 'paused' })];
    const back = stepEvent(inside, purchase(T0 + 2 * DAY_MS), T0 + 2 * DAY_MS, paused);
    expect(back).toMatchObject({ calls: [], noCall: 'paused' });
    const stillInside = stepResume(back.state, engagement(everyTime), T0 + 2 * DAY_MS + 1);
    expect(stillInside.calls).toMatchObject([{ action: 'entry' }]);
    const resumed = stepResume(back.state, engagement(everyTime), T0 + 4 * DAY_MS);
    expect(resumed.calls).toMatchObject([{ action: 'exit', cause: 'control' }]);
    expect(resumed.state.memberships['third-purchase']).toMatchObject({
      inside: false,
      isWaiting: undefined,
    });
  });
});

describe('a merge', () => {
  const one = play([T0 + 1, T0 + 2], [engagement()]).state;
  const other: ProfileState = { ...play([T0 + 5], [engagement()]).state, profileId: '2' };

  test('that brings the third purchase is an entry', () => {
    const step = stepMerge(one, other, T0 + 6, [engagement()]);
    expect(step.calls).toMatchObject([{ action: 'entry', cause: 'merge' }]);
    expect(step.state.events['Purchase']?.count).toBe(3);
  });

  test('of somebody who was sent under either is no entry, and once stays once', () => {
    const sent = { ...play([T0 + 1, T0 + 2, T0 + 3], [engagement()]).state, profileId: '3' };
    const step = stepMerge(one, sent, T0 + 6, [engagement()]);
    expect(step.calls).toEqual([]);
    expect(step.state.memberships['third-purchase']).toMatchObject({ inside: true, sent: 1 });
    expect(stepMerge(step.state, sent, T0 + 7, [engagement()]).state.events['Purchase']?.count).toBe(5);
  });

  test('comes after the clocks that were due before it: who had left enters again', () => {
    const rules = [engagement({ segment: { condition: recent }, exitAction: {}, frequency: 'everyTime' })];
    const had = stepEvent(emptyState('1', T0), purchase(T0), T0, rules).state;
    const buys: ProfileState = { ...play([T0 + 2 * DAY_MS], rules).state, profileId: '2' };
    const step = stepMerge(had, buys, T0 + 2 * DAY_MS + 1, rules);
    expect(step.calls).toMatchObject([{ action: 'exit', atMs: T0 + DAY_MS, cause: 'clock' }]);
    const stranger: ProfileState = { ...buys, memberships: {} };
    const calls = [{ cause: 'clock' }, { action: 'entry', cause: 'merge' }];
    expect(stepMerge(had, stranger, T0 + 2 * DAY_MS + 1, rules).calls).toMatchObject(calls);
  });
});

describe('an entry whose call could not be made', () => {
  const event = { name: 'Purchase', at: T0 + 3, properties: { total: 9 } };
  const notMade = ({ state, calls }: Step) =>
    calls.reduce((person, call) => stepNotMade(person, call, event), state);
  const owing = (rules = [engagement()], ats = [T0 + 1, T0 + 2, T0 + 3]) =>
    notMade(
      play(ats, rules, {
        ...emptyState('1', T0),
        identifiers: { emails: [], phones: [], anonymousIds: ['a'] },
      }),
    );
  const login = (at: number): CapturedEvent =>
    purchase(at, { name: 'Login', identifiers: { externalId: 'ada' } });
  const membershipIn = ({ memberships }: ProfileState) => memberships['third-purchase'];

  test('does not count as sent and is owed', () => {
    expect(membershipIn(owing())).toMatchObject({ inside: true, entries: 1, sent: 0 });
    expect(membershipIn(owing())?.owed).toEqual({ kinds: 1, event });
  });

  test('is told when another identifier becomes known, once, with what made the person enter', () => {
    const unnamed = stepEvent(owing(), purchase(T0 + 4), T0 + 4, [engagement()]);
    expect(unnamed).toMatchObject({ calls: [], noCall: 'alreadyInside' });
    const named = stepEvent(unnamed.state, login(T0 + 5), T0 + 5, [engagement()]);
    expect(named.noCall).toBeUndefined();
    expect(named.calls).toEqual([
      {
        ...{ engagement: 'third-purchase', action: 'entry', cause: 'event' },
        ...{ enteredAtMs: T0 + 3, atMs: T0 + 5, owed: { kinds: 1, event } },
      },
    ]);
    expect(membershipIn(named.state)).toMatchObject({ entries: 1, sent: 1, owed: undefined });
    expect(stepEvent(named.state, login(T0 + 6), T0 + 6, [engagement()]).calls).toEqual([]);
  });

  test('that still cannot be told is tried again only by a further kind of identifier', () => {
    const mailed = purchase(T0 + 5, { identifiers: { email: 'a@example.com' } });
    const tried = notMade(stepEvent(owing(), mailed, T0 + 5, [engagement()]));
    expect(membershipIn(tried)).toMatchObject({ sent: 0, owed: { kinds: 2, event } });
    const second = purchase(T0 + 6, { identifiers: { email: 'b@example.com' } });
    const mailedAgain = stepEvent(tried, second, T0 + 6, [engagement()]);
    expect(mailedAgain.calls).toEqual([]);
    expect(stepEvent(mailedAgain.state, login(T0 + 7), T0 + 7, [engagement()]).calls).toHaveLength(1);
  });

  test('is told after an event that was set aside and brought the identifier', () => {
    const big = { ...login(T0 + 5), traits: { big: 'x'.repeat(9000) } };
    const aside = stepEvent(owing(), big, T0 + 5, [engagement()]);
    expect(aside).toMatchObject({ calls: [], noCall: 'setAside' });
    expect(stepEvent(aside.state, purchase(T0 + 6), T0 + 6, [engagement()]).calls).toHaveLength(1);
  });

  test('is forgotten with the exit, and the next entry is the first that is sent', () => {
    const rules = [engagement({ segment: { condition: recent } })];
    const left = stepClock(owing(rules, [T0 + 3]), T0 + 3 * DAY_MS, rules).state;
    expect(membershipIn(left)).toMatchObject({ inside: false, sent: 0, owed: undefined });
    expect(stepEvent(left, login(T0 + 4 * DAY_MS), T0 + 4 * DAY_MS, rules).calls).toEqual([]);
    const back = stepEvent(left, purchase(T0 + 5 * DAY_MS), T0 + 5 * DAY_MS, rules);
    expect(back.calls).toMatchObject([{ action: 'entry', enteredAtMs: T0 + 5 * DAY_MS }]);
  });

  test('that is over already is not owed', () => {
    const rules = [engagement({ segment: { condition: recent }, exitAction: {}, frequency: 'everyTime' })];
    const step = play([T0 + 1, T0 + 3 * DAY_MS], rules);
    expect(step.calls.map(({ action }) => action)).toEqual(['exit', 'entry']);
    const [exit] = step.calls;
    expect(stepNotMade(step.state, exit!)).toBe(step.state);
    const earlier = { ...step.calls[1]!, enteredAtMs: T0 + 1 };
    expect(membershipIn(stepNotMade(step.state, earlier))).toMatchObject({ sent: 1, owed: undefined });
  });

  test('is told on a merge with somebody who can be named, unless that one was told or inside', () => {
    const ada: ProfileState = {
      ...emptyState('2', T0),
      identifiers: { externalId: 'ada', emails: [], phones: [], anonymousIds: [] },
    };
    const rules = [engagement()];
    const step = stepMerge(ada, owing(), T0 + 9, rules);
    expect(step.calls).toMatchObject([{ cause: 'merge', enteredAtMs: T0 + 3, owed: { event } }]);
    expect(membershipIn(step.state)).toMatchObject({ entries: 1, sent: 1, owed: undefined });
    const told = play([T0 + 1, T0 + 2, T0 + 3], rules, ada).state;
    expect(stepMerge(told, owing(), T0 + 9, rules).calls).toEqual([]);
    const wasThere = stepActivate(play([T0 + 1, T0 + 2, T0 + 3], [], ada).state, engagement(), T0 + 4).state;
    expect(stepMerge(wasThere, owing(), T0 + 9, rules).calls).toEqual([]);
  });

  test('waits for the end of a pause, and is told even where its entries are skipped', () => {
    const paused = stepEvent(owing(), login(T0 + 5), T0 + 5, [engagement({ state: 'paused' })]);
    expect(paused).toMatchObject({ calls: [], noCall: 'alreadyInside' });
    const resumed = stepResume(paused.state, engagement(), T0 + 10);
    expect(resumed.calls).toMatchObject([{ cause: 'control', enteredAtMs: T0 + 3, atMs: T0 + 10 }]);
    expect(stepResume(resumed.state, engagement(), T0 + 11).calls).toEqual([]);
  });
});

test('an entry of a pause is not sent afterwards to whoever was sent under another profile', () => {
  const condition = recent;
  const once = [engagement({ segment: { condition } })];
  const sent = stepClock(play([T0 + 1], once).state, T0 + 2 * DAY_MS, once).state;
  const waiting = play([T0 + 3 * DAY_MS], [engagement({ segment: { condition }, state: 'paused' })]).state;
  const rules = engagement({ segment: { condition }, onResume: 'send', state: 'paused' });
  const merged = stepMerge(sent, { ...waiting, profileId: '2' }, T0 + 3 * DAY_MS + 1, [rules]).state;
  const resumed = stepResume(merged, { ...rules, state: 'active' }, T0 + 3 * DAY_MS + 2);
  expect(resumed).toMatchObject({ calls: [], noCall: 'alreadySent' });
  expect(resumed.state.memberships['third-purchase']).toMatchObject({ sent: 1, isWaiting: undefined });
});
