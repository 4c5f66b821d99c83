import { parseProfileField, profileFieldValue } from './profile-fields';
import { emptyState } from './profile-state';

test.each([
  ['events.order.completed.count', { of: 'history', event: 'order.completed', figure: 'count' }],
  ['events.order.last.count', { of: 'last', event: 'order', path: 'count' }],
  ['events.order.last.item.price', { of: 'last', event: 'order', path: 'item.price' }],
  ['events.last.count', { of: 'history', event: 'last', figure: 'count' }],
  ['traits.a.b', { of: 'traits', path: 'a.b' }],
  ['phone', { of: 'profile', name: 'phone' }],
])('%s is taken apart', (field, parsed) => {
  expect(parseProfileField(field)).toEqual(parsed);
});

test.each([
  '',
  'plan',
  'traits',
  'traits.',
  'events',
  'events.',
  'events..count',
  'events.a',
  'events.a.last',
  'events.a.last.',
  'events..last.x',
  'toString',
])('%p is no field', (field) => {
  expect(parseProfileField(field)).toBeUndefined();
  expect(profileFieldValue(emptyState('1', 5), field)).toBeUndefined();
});

test('the phone number and the anonymous id that were seen last', () => {
  const state = {
    ...emptyState('1', 5),
    identifiers: { emails: [], phones: ['+491', '+492'], anonymousIds: ['x', 'y'] },
  };
  expect(profileFieldValue(state, 'phone')).toBe('+492');
  expect(profileFieldValue(state, 'anonymousId')).toBe('y');
});
