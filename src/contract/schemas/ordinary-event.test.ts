import fc from 'fast-check';
import { eventSchema } from './capture';
import { ordinaryEvent } from './ordinary-event';

const ORDINARY = {
  id: 'e1',
  name: 'Order placed',
  time: '2026-11-22T06:00:00.125Z',
  identifiers: { externalId: 'ann', email: 'ann@example.com' },
  properties: { n: 1, nested: { list: [1, 'two'] } },
  traits: { plan: 'gold' },
};

test('what most sources send is recognised', () => {
  const { id, name, identifiers, traits } = ORDINARY;
  for (const event of [ORDINARY, { id, name, identifiers }, { id, identifiers, traits }])
    expect(ordinaryEvent(event)).toEqual(event);
});

test.each([
  ['no object', 'e1'],
  ['a list', [ORDINARY]],
  ['another field', { ...ORDINARY, more: 1 }],
  [
    'a field that is no field',
    JSON.parse('{"id":"e1","name":"x","identifiers":{"externalId":"a"},"__proto__":{}}'),
  ],
  ['no id', { ...ORDINARY, id: undefined }],
  ['an id with a space to trim', { ...ORDINARY, id: ' e1' }],
  ['an id that is too long', { ...ORDINARY, id: 'e'.repeat(256) }],
  ['a line feed in an id', { ...ORDINARY, id: 'e\n1' }],
  ['letters beyond ASCII', { ...ORDINARY, name: 'Bestellung für Zoë' }],
  ['a name that every object has', { ...ORDINARY, name: 'constructor' }],
  ['neither name nor traits', { id: 'e1', identifiers: { externalId: 'ann' } }],
  ['a time with an offset', { ...ORDINARY, time: '2026-11-22T06:00:00+01:00' }],
  ['a day that some months have not', { ...ORDINARY, time: '2026-02-29T06:00:00Z' }],
  ['no identifier', { ...ORDINARY, identifiers: {} }],
  ['an identifier that is none', { ...ORDINARY, identifiers: { cookie: 'c' } }],
  ['an identifier that is no text', { ...ORDINARY, identifiers: { externalId: 7 } }],
  ['identifiers that are no object', { ...ORDINARY, identifiers: null }],
  ['properties that are no object', { ...ORDINARY, properties: [] }],
  ['traits that are no object', { ...ORDINARY, traits: 'gold' }],
])('%s is left to the schema', (_what, event) => {
  expect(ordinaryEvent(event)).toBeUndefined();
});

test('what is recognised the schema takes, and takes unchanged', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom('e1', 'a b', 'valueOf', 'ü', '\u{d800}'),
  );
  const data = fc.option(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()), {
    nil: undefined,
  });
  const time = fc.oneof(
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc
      .tuple(
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 0, max: 33 }),
      )
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')))
      .map(([year, month, day]) => `20${year}-${month}-${day}T23:59:60Z`),
    fc.constantFrom('2026-02-28T24:00:00Z', '2026-02-28T23:59:59.123456Z', '2026-13-01T00:00:00Z'),
  );
  const identifiers = fc.oneof(
    fc.record({ externalId: text, email: text, phone: text, anonymousId: text }, { requiredKeys: [] }),
    fc.dictionary(fc.constantFrom('externalId', 'cookie'), text),
  );
  const event = fc.record(
    { id: text, name: text, time, identifiers, properties: data, traits: data },
    { requiredKeys: ['id', 'identifiers'] },
  );
  let recognised = 0;
  fc.assert(
    fc.property(event, (given) => {
      const found = ordinaryEvent(given);
      if (found === undefined) return;
      recognised += 1;
      expect(eventSchema.parse(given)).toEqual(found);
    }),
    { numRuns: 3_000 },
  );
  expect(recognised).toBeGreaterThan(20);
});
