import { nameOfError, placeOfError } from './request-error';

test('an error is told by its kind and its place, never by its message', () => {
  const error = new RangeError('ann@example.com\n    at secret (body.json:1:1)');
  expect(nameOfError(error)).toBe('RangeError');
  expect(placeOfError(error)).toContain('request-error.test');
  expect(placeOfError(error)).not.toContain('secret');
  expect(placeOfError('thrown text')).toBeUndefined();
});
