import { judgeAttribute } from './attribute-state';

test('an attribute that does not exist yet is made by its first write', () => {
  expect(judgeAttribute(undefined)).toEqual({ kind: 'absent' });
});

test.each(['array', 'Array', 'Array (Automatically Detected)'])('%s is an array', (dataType) => {
  expect(judgeAttribute({ dataType, arrayLength: 25, status: 'Active' })).toEqual({ kind: 'array', cap: 25 });
});

test.each([
  ['string', 'Active'],
  ['object_array', 'Active'],
  ['Array of Objects', 'Active'],
  ['unknown', 'Active'],
  ['array', 'Blocklisted'],
  ['array', 'Blacklisted'],
  ['array', 'Trashed'],
])('a %s that is %s is unusable', (dataType, status) => {
  expect(judgeAttribute({ dataType, status })).toMatchObject({ kind: 'unusable' });
});
