import { scopeOf } from './activity-scope';

test.each([
  [
    { integration: 'shop', audienceKey: 'ab12', braze: {} },
    { integration: 'shop', audience: 'ab12' },
  ],
  [{ activation: { integration: 'shop', audienceKey: 'ab12' } }, { integration: 'shop', audience: 'ab12' }],
  [{ result: { integration: 'shop' } }, { integration: 'shop' }],
  [{ integration: { nested: true } }, {}],
  [undefined, {}],
  ['text', {}],
])('finds the scope of %p', (argument, scope) => {
  expect(scopeOf(argument)).toEqual(scope);
});
