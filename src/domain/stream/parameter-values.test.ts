import { createDateFormatter, isDatePattern } from './date-format';
import { type MappingContext, mapParameters, type ParameterSource } from './parameter-values';

const AT = Date.UTC(2026, 10, 22, 23, 30, 5, 7);
const CONTEXT: MappingContext = {
  state: {
    profileId: '7',
    identifiers: {
      externalId: 'u-1',
      emails: ['Old@example.com', ' Ada@Example.com '],
      phones: [],
      anonymousIds: [],
    },
    firstSeenAt: AT,
    traits: { plan: 'gold', price: -1.005, address: { city: 'Ulm' }, 'a.b': 1, list: [1], gone: null },
    events: {
      'Lead Form': { count: 3, firstAt: AT, lastAt: AT, recent: [AT], last: { price: 5, lastAt: 5 } },
    },
    memberships: {},
  },
  event: {
    name: 'Lead Form',
    at: AT,
    properties: { form: { 'x.y': { name: 'main' } }, 'x.y': 2, x: { y: 3 } },
  },
  enteredAtMs: AT,
  hash: (algorithm, text) => `${algorithm}(${text})`,
  formatDate: createDateFormatter(),
};

function valueOf(source: ParameterSource, context: Partial<MappingContext> = {}): unknown {
  const mapped = mapParameters({ it: source }, { ...CONTEXT, ...context });
  return mapped.ok ? mapped.values['it'] : mapped.message;
}

test('values come from the person, the event, a constant or the moment', () => {
  expect(valueOf({ userField: 'externalId' })).toBe('u-1');
  expect(valueOf({ userField: 'traits.address.city' })).toBe('Ulm');
  expect(valueOf({ userField: 'traits.list' })).toEqual([1]);
  expect(valueOf({ userField: 'firstSeenAt' })).toBe('2026-11-22T23:30:05.007Z');
  expect(valueOf({ userField: 'events.Lead Form.lastAt' })).toBe('2026-11-22T23:30:05.007Z');
  expect(valueOf({ userField: 'events.Lead Form.count' })).toBe(3);
  expect(valueOf({ userField: 'events.Lead Form.last.lastAt' })).toBe(5);
  expect(valueOf({ eventField: 'name' })).toBe('Lead Form');
  expect(valueOf({ eventField: 'time' })).toBe('2026-11-22T23:30:05.007Z');
  expect(valueOf({ eventField: 'properties.x.y' })).toBe(2);
  expect(valueOf({ eventField: 'properties.form.x.y.name' })).toBe('main');
  expect(valueOf({ constant: [1, { a: null }] })).toEqual([1, { a: null }]);
  expect(valueOf({ entryTime: true })).toBe('2026-11-22T23:30:05.007Z');
});

test('what is not there is left out, or its default', () => {
  expect(valueOf({ userField: 'traits.none' })).toBeUndefined();
  expect(valueOf({ userField: 'traits.gone', default: 'x' })).toBe('x');
  expect(valueOf({ userField: 'phone', default: null })).toBeUndefined();
  expect(valueOf({ eventField: 'properties.none.more', default: 0 })).toBe(0);
  expect(valueOf({ eventField: 'elsewhere' })).toBeUndefined();
  expect(valueOf({ eventField: 'name', default: 'clock' }, { event: undefined })).toBe('clock');
  expect(valueOf({ constant: null })).toBeUndefined();
  expect(valueOf({ eventField: 'properties.toString' })).toBeUndefined();
});

test('formats are applied in their order', () => {
  const email = { trim: true, case: 'lower', hash: 'sha256' } as const;
  expect(valueOf({ userField: 'email', format: email })).toBe('sha256(ada@example.com)');
  expect(valueOf({ userField: 'traits.plan', format: { case: 'upper', hash: 'md5' } })).toBe('md5(GOLD)');
  const berlin = { date: 'yyyy-MM-dd HH:mm:ss.SSS', timeZone: 'Europe/Berlin' };
  expect(valueOf({ entryTime: true, format: berlin })).toBe('2026-11-23 00:30:05.007');
  expect(valueOf({ eventField: 'time', format: { date: 'unixSeconds' } })).toBe(Math.floor(AT / 1_000));
  expect(valueOf({ userField: 'firstSeenAt', format: { date: 'iso8601' } })).toBe('2026-11-22T23:30:05.007Z');
  expect(valueOf({ userField: 'events.Lead Form.count', format: { date: 'yyyy' } })).toBe('1970');
});

test('numbers are rounded half away from zero, by what they look like', () => {
  const round = (price: number, decimals: number) =>
    valueOf(
      { userField: 'traits.price', format: { decimals } },
      { state: { ...CONTEXT.state, traits: { price } } },
    );
  expect([round(1.005, 2), round(-1.005, 2), round(2.5, 0), round(-2.5, 0)]).toEqual([1.01, -1.01, 3, -3]);
  expect([round(1e21, 2), round(1.5e-7, 7), round(0, 3)]).toEqual([1e21, 2e-7, 0]);
  expect(round(1.7e308, 10)).toBe(1.7e308);
});

test('what can not be written as asked is refused without its value', () => {
  const problem = (format: object, userField = 'traits.list') => valueOf({ userField, format });
  expect(problem({ trim: true })).toBe('the value for it is not a text that can be trimmed');
  expect(problem({ case: 'upper' })).toContain('upper case');
  expect(problem({ date: 'yyyy' })).toContain('is not a time');
  expect(problem({ date: 'yyyy' }, 'traits.plan')).toContain('is not a time');
  expect(problem({ date: 'yyyy', timeZone: 'Mars/Base' }, 'firstSeenAt')).toContain(
    'time zone that there is not',
  );
  expect(problem({ date: 'q' }, 'firstSeenAt')).toContain('date format');
  expect(problem({ decimals: 1 }, 'traits.plan')).toContain('is not a number');
  expect(problem({ hash: 'md5', trim: false })).toContain('hashed');
});

test('patterns and zones', () => {
  expect([isDatePattern('yyyy/MM/dd'), isDatePattern('---'), isDatePattern('yyyy x')]).toEqual([
    true,
    false,
    false,
  ]);
  const format = createDateFormatter();
  for (let at = 0; at < 70; at += 1)
    expect(format(AT, 'yyyy', `Etc/GMT${at % 2 === 0 ? '+1' : '-1'}`)).toBe('2026');
});
