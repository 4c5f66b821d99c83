import { parseSegment } from './segment';

const bought = { event: 'Purchase', atLeast: 3 };

function parse(condition: unknown) {
  return parseSegment({ integration: 'shop', name: 'regulars', condition });
}

function problemOf(condition: unknown): string {
  const parsed = parse(condition);
  if (parsed.ok) throw new Error('was accepted');
  expect(parsed.fault.code).toBe('INPUT_INVALID');
  return parsed.fault.message.replace('A segment cannot use its input. ', '');
}

function nested(levels: number): unknown {
  return levels === 1 ? bought : { not: nested(levels - 1) };
}

test('a segment comes through as it was written', () => {
  const condition = {
    all: [
      { ...bought, atMost: 9, withinDays: 30 },
      {
        any: [{ field: 'traits.plan', oneOf: ['gold', 1, true] }, { not: { field: 'email', exists: true } }],
      },
    ],
  };
  const given = { integration: 'shop', name: 'regulars', description: 'Buy often', condition };
  expect(parseSegment(given)).toEqual({ ok: true, value: given });
});

test.each([
  ['nothing', undefined, 'condition: is missing.'],
  ['null', null, 'condition: must be an object with all, any, not, event or field.'],
  ['a list', [bought], 'condition: must be an object with all, any, not, event or field.'],
  ['an empty object', {}, 'condition: needs one of all, any, not, event or field.'],
  ['two forms', { all: [bought], not: bought }, 'condition: has all and not; a term has one of them.'],
  ['an empty list', { any: [] }, 'condition.any: must have at least 1 entries.'],
  ['no list', { all: bought }, 'condition.all: must be an array, not an object.'],
  [
    'a term in a list',
    { all: [bought, { not: 5 }] },
    'condition.all[1].not: must be an object with all, any, not, event or field.',
  ],
  [
    'an unknown field',
    { event: 'Purchase', atleast: 3 },
    'condition: unknown field "atleast" (did you mean "atLeast"?); condition: needs',
  ],
  ['a field beside a list', { all: [bought], name: 'x' }, 'condition: unknown field "name".'],
  [
    'no bound',
    { event: 'Purchase', withinDays: 3 },
    'condition: needs atLeast, atMost or exactly: how often it has to have happened.',
  ],
  ['two bounds', { ...bought, exactly: 3 }, 'condition: has exactly beside another bound.'],
  [
    'bounds in disorder',
    { ...bought, atMost: 2 },
    'condition: has an atLeast above its atMost: nobody could fit.',
  ],
  [
    'two windows',
    { ...bought, withinDays: 3, withinHours: 1 },
    'condition: has more than one window (withinHours, withinDays); leave one.',
  ],
  ['a blank event', { ...bought, event: '' }, 'condition.event: must not be blank.'],
  ['half an event', { ...bought, atLeast: 1.5 }, 'condition.atLeast: must be a whole number, not a number.'],
  ['an endless window', { ...bought, withinDays: 3651 }, 'condition.withinDays: must be at most 3650.'],
  ['an empty window', { ...bought, withinMinutes: 0 }, 'condition.withinMinutes: must be at least 1.'],
  ['no test', { field: 'email' }, 'condition: needs one test: exists, equals, oneOf'],
  [
    'two tests',
    { field: 'email', exists: true, equals: 'a' },
    'condition: has more than one test (exists, equals); put each into a term of its own under all.',
  ],
  [
    'no such field',
    { field: 'plan', exists: true },
    'condition.field: is no field of a profile: externalId, email',
  ],
  [
    'a test with null',
    { field: 'email', equals: null },
    'condition.equals: must be a text, a number, true or false.',
  ],
  ['a blank part', { field: 'email', contains: '' }, 'condition.contains: must not be blank.'],
  [
    'a text for a number',
    { field: 'traits.age', moreThan: '5' },
    'condition.moreThan: must be a number, not a string.',
  ],
])('%s is refused with a sentence', (_what, condition, problem) => {
  expect(problemOf(condition)).toContain(problem);
});

test.each([
  [{ atLeast: 100 }, true],
  [{ atLeast: 101 }, false],
  [{ atMost: 99 }, true],
  [{ atMost: 100 }, false],
  [{ exactly: 99 }, true],
  [{ exactly: 100 }, false],
])('within a window %p is as much as can be counted, or too much', (bounds, good) => {
  expect(parse({ event: 'Purchase', ...bounds, withinDays: 1 }).ok).toBe(good);
  expect(parse({ event: 'Purchase', ...bounds }).ok).toBe(true);
});

test('a condition has sixteen levels at most', () => {
  expect(parse(nested(16)).ok).toBe(true);
  expect(problemOf(nested(17))).toMatch(/\.not: is nested more than 16 levels deep\.$/);
  expect(problemOf(nested(60))).toContain('is nested more than 16 levels deep');
});

test('a condition has a hundred tests at most, and a huge one is refused in one sentence', () => {
  const fifty = { all: Array.from({ length: 50 }, () => bought) };
  expect(parse({ all: [fifty, fifty] }).ok).toBe(true);
  expect(problemOf({ all: [fifty, fifty, bought] })).toBe('condition: has more than 100 tests.');
  expect(problemOf({ any: Array.from({ length: 100_000 }, () => ({})) })).toContain(
    'condition: has more than 100 tests.',
  );
});

test('what an event is called is data, whatever it is', () => {
  for (const event of ['Constructor', '"}],"x":[{', '{{ x }}'])
    expect(parse({ event, atLeast: 1 })).toMatchObject({ ok: true, value: { condition: { event } } });
});

test('an event that is refused by its name where it is posted is refused in a condition too', () => {
  for (const event of ['__proto__', 'constructor', 'hasOwnProperty']) {
    expect(problemOf({ all: [bought, { event, atMost: 0 }] })).toBe(
      'condition.all[1].event: must be another name: every object has this one.',
    );
    for (const figure of ['count', 'last.price'])
      expect(problemOf({ field: `events.${event}.${figure}`, exists: true })).toBe(
        'condition.field: must name another event: every object has this name.',
      );
  }
  expect(parse({ field: 'traits.constructor', exists: true }).ok).toBe(true);
});

test('a condition that was read from JSON has no inherited forms', () => {
  expect(problemOf(JSON.parse('{"__proto__": {"event": "x", "atLeast": 1}}'))).toContain('needs one of');
});
