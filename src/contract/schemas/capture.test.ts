import fc from 'fast-check';
import { type EventInput } from '../capture';
import { eventsSchema, MOST_EVENT_BYTES, MOST_EVENTS, readEvents } from './capture';

const NOW = Date.parse('2026-11-22T06:00:00Z');
const EVENT: EventInput = { id: 'e1', name: 'Seen', identifiers: { externalId: 'ann' } };

function read(body: unknown, idempotencyKey?: string) {
  const outcome = readEvents(body, { nowMs: NOW, idempotencyKey });
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
}

/** What is wrong with a single event. */
function problemOf(event: unknown): string {
  const { events, refused } = read({ events: [event] });
  expect(events).toEqual([]);
  expect(refused.map(({ index }) => index)).toEqual([0]);
  return refused[0]?.problem ?? '';
}

/** The event as it is kept. */
function kept(event: unknown): unknown {
  const [first] = read(event).events;
  return JSON.parse(first?.rest ?? 'null');
}

test('an event is kept without its identifiers, which are compared in one spelling', () => {
  const identifiers = { email: ' Ann@Example.COM ', externalId: 'ann' };
  const [event] = read({ ...EVENT, identifiers, properties: { n: 1 }, traits: { plan: 'gold' } }).events;
  expect(event).toMatchObject({
    index: 0,
    id: 'e1',
    identities: [
      { kind: 'externalId', value: 'ann' },
      { kind: 'email', value: 'ann@example.com' },
    ],
  });
  expect(JSON.parse(event?.rest ?? '')).toEqual({
    ...{ id: 'e1', name: 'Seen', at: NOW },
    properties: { n: 1 },
    traits: { plan: 'gold' },
  });
});

test('time is that of the event, but never later than its capture', () => {
  expect(kept({ ...EVENT, time: '2026-11-22T06:00:00+02:00' })).toMatchObject({ at: NOW - 7_200_000 });
  expect(kept({ ...EVENT, time: '2027-01-01T00:00:00Z' })).toMatchObject({ at: NOW });
  expect(kept(EVENT)).toMatchObject({ at: NOW });
});

test('a single event may have its id from the header, which has to be its own if it has one', () => {
  const { name, identifiers } = EVENT;
  const nameless = { name, identifiers };
  expect(read(nameless, 'k1').events[0]?.id).toBe('k1');
  expect(read(EVENT, 'e1').events[0]?.id).toBe('e1');
  expect(read({ ...EVENT, id: ' e1 ' }, 'e1').events[0]?.id).toBe('e1');
  expect(read({ ...EVENT, id: 7 }, '7').refused[0]?.problem).toContain('id: must be a string');
  expect(readEvents(EVENT, { nowMs: NOW, idempotencyKey: 'k1' })).toEqual({
    ok: false,
    fault: {
      code: 'INPUT_INVALID',
      message: 'Idempotency-Key is another than the id of the event: give one, or both alike.',
    },
  });
  expect(read(nameless).refused[0]?.problem).toContain('id: is missing');
});

test('each event of a batch is taken or refused by itself, by its position', () => {
  const { events, refused } = read({ events: [EVENT, { ...EVENT, id: '' }, 7, { ...EVENT, id: 'e4' }] });
  expect(events.map(({ index, id }) => [index, id])).toEqual([
    [0, 'e1'],
    [3, 'e4'],
  ]);
  expect(refused.map(({ index }) => index)).toEqual([1, 2]);
});

test.each<[unknown, string]>([
  [{ ...EVENT, name: 'constructor' }, 'every object has this one'],
  [{ ...EVENT, name: 'a\u0007b' }, 'control characters'],
  [{ ...EVENT, id: 'x'.repeat(256) }, 'id: '],
  [{ ...EVENT, identifiers: {} }, 'identifiers: must name somebody'],
  [{ ...EVENT, identifiers: { externalId: 'x\ud800' } }, 'identifiers.externalId: '],
  [{ ...EVENT, identifier: 'x' }, 'unknown field "identifier" (did you mean "identifiers"?)'],
  [{ id: 'e1', identifiers: EVENT.identifiers }, 'must have a name, or traits, or both'],
  [{ ...EVENT, time: 'yesterday' }, 'time: must be a time such as'],
  [{ ...EVENT, properties: [1] }, 'properties: must be a JSON object'],
  [{ ...EVENT, traits: null }, 'traits: must be a JSON object'],
  [
    { ...EVENT, properties: JSON.parse('{"__proto__":{"a":1}}') },
    'properties: holds a field named __proto__',
  ],
  [{ ...EVENT, traits: { a: '\0' } }, 'traits: holds a NUL character'],
])('%j is refused: %s', (event, problem) => {
  expect(problemOf(event)).toContain(problem);
});

test('an event is counted in bytes as it is kept, not in characters', () => {
  const frame = Buffer.byteLength(JSON.stringify(kept({ ...EVENT, properties: { a: '' } })));
  const room = Math.floor((MOST_EVENT_BYTES - frame) / 3);
  expect(read({ ...EVENT, properties: { a: '€'.repeat(room) } }).events).toHaveLength(1);
  expect(problemOf({ ...EVENT, properties: { a: '€'.repeat(room + 1) } })).toBe(
    'has more than 65,536 bytes.',
  );
});

test.each<[unknown, string | undefined, string]>([
  [null, undefined, 'One JSON object is taken'],
  [[EVENT], undefined, 'One JSON object is taken'],
  ['x', undefined, 'One JSON object is taken'],
  [{ events: [EVENT], source: 'x' }, undefined, 'without other fields'],
  [{ events: EVENT }, undefined, 'events: must be a list'],
  [{ events: [] }, undefined, '1 to 1000 events'],
  [{ events: Array(MOST_EVENTS + 1).fill(EVENT) }, undefined, '1 to 1000 events'],
  [{ events: [EVENT] }, 'k1', 'Idempotency-Key is for a single event'],
])('a request that is no list of events is refused whole (%#)', (body, key, problem) => {
  expect(readEvents(body, { nowMs: NOW, idempotencyKey: key })).toMatchObject({
    ok: false,
    fault: { code: 'INPUT_INVALID', message: expect.stringContaining(problem) },
  });
});

test('whatever is posted, each event is either taken or refused, and no refusal repeats a value', () => {
  const SECRET = 'hush-hush-7f3a';
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record({ id: fc.string(), name: fc.string(), properties: fc.jsonValue() }),
    fc.record({
      id: fc.constant('e'),
      name: fc.constant('Seen'),
      identifiers: fc.record({ email: fc.constant('a@example.com') }),
      time: fc.constantFrom(SECRET, '2026-11-22T00:00:00Z'),
    }),
  );
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 5 }), (given) => {
      const { events, refused } = read({ events: given });
      const indexes = [...events, ...refused].map(({ index }) => index).sort((a, b) => a - b);
      expect(indexes).toEqual(given.map((_, index) => index));
      expect(JSON.stringify(refused)).not.toContain(SECRET);
    }),
  );
});

test('the schema that callers are shown takes what is taken', () => {
  expect(eventsSchema.safeParse(EVENT).success).toBe(true);
  expect(eventsSchema.safeParse({ events: [EVENT, EVENT] }).success).toBe(true);
  expect(eventsSchema.safeParse({ events: [] }).success).toBe(false);
});
