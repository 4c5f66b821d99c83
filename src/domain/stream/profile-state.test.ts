import {
  applyEvent,
  emptyState,
  MOST_EVENT_NAMES,
  MOST_IDENTIFIERS_LISTED,
  MOST_TRAITS,
} from './profile-state';
import { type CapturedEvent, type JsonObject } from './vocabulary';

function event(over: Partial<CapturedEvent> = {}): CapturedEvent {
  return { id: 'e', name: 'Visit', at: 100, identifiers: {}, properties: {}, traits: {}, ...over };
}
const named = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, index]));

test('an event is kept at its own time, one of the future at that of its capture', () => {
  const early = applyEvent(emptyState('1', 500), event({ at: 100 }), 500).state;
  const late = applyEvent(early, event({ at: 9_000, properties: { n: 2 } }), 600).state;
  expect(early.firstSeenAt).toBe(100);
  expect(late.events['Visit']).toEqual({
    count: 2,
    firstAt: 100,
    lastAt: 600,
    recent: [100, 600],
    last: { n: 2 },
  });
});

test('nothing that was given is changed', () => {
  const before = Object.freeze(emptyState('1', 500));
  Object.values(before).forEach((part) => Object.freeze(part));
  applyEvent(before, event({ traits: { plan: 'gold' }, identifiers: { email: 'a@example.com' } }), 500);
  expect(before).toEqual(emptyState('1', 500));
});

test('traits are merged one by one, and null takes one away', () => {
  const first = applyEvent(emptyState('1', 0), event({ traits: { plan: 'gold', a: { x: 1 } } }), 500).state;
  const then = applyEvent(first, event({ name: undefined, traits: { plan: null, a: { y: 2 } } }), 500).state;
  expect(then.traits).toEqual({ a: { y: 2 } });
  expect(then.events['Visit']?.count).toBe(1);
});

test('names that objects have anyway are names like others', () => {
  const traits = JSON.parse('{"__proto__": {"polluted": true}, "constructor": "c"}') as JsonObject;
  const names = ['__proto__', 'constructor', 'hasOwnProperty'];
  const state = names.reduce(
    (before, name) => applyEvent(before, event({ name, traits }), 500).state,
    emptyState('1', 0),
  );
  expect(Object.keys(state.events)).toEqual(names);
  expect(Object.entries(state.traits)).toEqual([
    ['__proto__', { polluted: true }],
    ['constructor', 'c'],
  ]);
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  expect('polluted' in {}).toBe(false);
});

test('identifiers are listed in the order in which they were last seen; an external id stays', () => {
  const seen = [
    { externalId: ' ada ', email: 'A@example.com', phone: '+491' },
    { externalId: 'bob', email: 'b@example.com', anonymousId: 'x' },
    { email: 'a@example.com' },
    { email: 'a@example.com' },
  ];
  const state = seen.reduce(
    (before, identifiers) => applyEvent(before, event({ identifiers }), 500).state,
    emptyState('1', 0),
  );
  expect(state.identifiers).toEqual({
    externalId: 'ada',
    emails: ['b@example.com', 'a@example.com'],
    phones: ['+491'],
    anonymousIds: ['x'],
  });
});

test('of very many identifiers the latest are listed', () => {
  let state = emptyState('1', 0);
  for (let index = 0; index <= MOST_IDENTIFIERS_LISTED; index += 1)
    state = applyEvent(state, event({ identifiers: { anonymousId: `x${index}` } }), 500).state;
  expect(state.identifiers.anonymousIds).toHaveLength(MOST_IDENTIFIERS_LISTED);
  expect(state.identifiers.anonymousIds.at(-1)).toBe(`x${MOST_IDENTIFIERS_LISTED}`);
});

describe('an event is refused, and only its identifiers stay, that', () => {
  const identifiers = { externalId: 'ada' };

  test('has a new name after so many', () => {
    const history = { count: 1, firstAt: 1, lastAt: 1, recent: [1] };
    const names = Array.from({ length: MOST_EVENT_NAMES }, (_, index) => [`e${index}`, history]);
    const full = { ...emptyState('1', 0), events: Object.fromEntries(names) };
    const refused = applyEvent(full, event({ identifiers, traits: { plan: 'gold' } }), 500);
    expect(refused).toMatchObject({ ok: false, reason: 'tooManyEventNames', state: { traits: {} } });
    expect(refused.state.identifiers.externalId).toBe('ada');
    expect(Object.hasOwn(refused.state.events, 'Visit')).toBe(false);
    expect(applyEvent(full, event({ name: 'e7' }), 500).ok).toBe(true);
    expect(applyEvent(full, event({ name: undefined, traits: { plan: 'gold' } }), 500).ok).toBe(true);
  });

  test('brings too many traits', () => {
    const full = { ...emptyState('1', 0), traits: named(MOST_TRAITS) };
    const refused = applyEvent(full, event({ traits: { more: 1 }, identifiers }), 500);
    expect(refused).toMatchObject({ ok: false, reason: 'tooManyTraits', state: { events: {} } });
    expect(applyEvent(full, event({ traits: { more: 1, t0: null } }), 500).ok).toBe(true);
    expect(applyEvent(full, event({ traits: { t0: 'other' } }), 500).ok).toBe(true);
    const fuller = { ...full, traits: named(MOST_TRAITS + 9) };
    expect(applyEvent(fuller, event({ traits: { t0: 'other' } }), 500).ok).toBe(true);
  });

  test.each([
    ['a long text', 'x'.repeat(8191), true],
    ['a text that fits', 'x'.repeat(8190), false],
    ['many bytes in few characters', '€'.repeat(3000), true],
    ['few enough bytes', '€'.repeat(2500), false],
    ['a large object', { list: Array.from({ length: 5000 }, () => 1) }, true],
  ])('brings %s as a trait', (_what, value, isRefused) => {
    const applied = applyEvent(emptyState('1', 0), event({ traits: { value } }), 500);
    expect(applied).toMatchObject(isRefused ? { ok: false, reason: 'traitTooLarge' } : { ok: true });
  });
});
