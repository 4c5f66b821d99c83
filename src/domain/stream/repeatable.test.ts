import { type ParameterType } from './parameters';
import { isAlwaysRepeatable, isRepeatable } from './repeatable';
import { type JsonObject, type JsonValue } from './vocabulary';

const person = { external_id: '{{id}}' };

/** A template with one attribute, whose hole is of this type. */
const ofAttribute = (value: JsonValue, type: ParameterType = 'string', more: JsonObject = {}) => ({
  endpoint: 'users.track' as const,
  payload: { attributes: [{ ...person, it: value }], ...more },
  parameters: {
    id: { type: 'string' as const, required: true, perEngagement: false },
    value: { type, required: true, perEngagement: false },
  },
});

test.each<[string, JsonValue, boolean]>([
  ['a value', '{{value}}', true],
  ['a list that is added to', { add: ['{{value}}'] }, true],
  ['a number that is counted up', { inc: '{{value}}' }, false],
  ['objects that are appended', { $add: [{ a: '{{value}}' }] }, false],
  ['a number that is counted up inside of an object', { plays: { total: { inc: 1 } } }, false],
  ['one inside of a list', [{ total: { inc: 1 } }], false],
])('setting %s', (_what, value, isSame) => {
  const template = ofAttribute(value);
  expect(isRepeatable('users.track', template.payload)).toBe(isSame);
  expect(isAlwaysRepeatable(template)).toBe(isSame);
});

test('a hole that may be filled by an object may be filled by one that counts up', () => {
  expect(isAlwaysRepeatable(ofAttribute('{{value}}', 'json'))).toBe(false);
  expect(isAlwaysRepeatable(ofAttribute('{{value}}', 'integer'))).toBe(true);
  expect(isAlwaysRepeatable(ofAttribute(['{{value}}'], 'json'))).toBe(false);
});

test('events, purchases and messages are had twice', () => {
  const event = { ...person, name: 'x' };
  expect(isRepeatable('users.track', { events: [event] })).toBe(false);
  expect(isRepeatable('users.track', { purchases: event })).toBe(false);
  expect(isRepeatable('users.track', { events: [] })).toBe(true);
  expect(isRepeatable('campaigns.trigger.send', { campaign_id: 'c', recipients: [] })).toBe(false);
  expect(isAlwaysRepeatable(ofAttribute(1, 'string', { events: [event] }))).toBe(false);
});
