import { nameOfError, placeOfError, refusalOf } from './request-error';

test('an error is told by its kind and its place, never by its message', () => {
  const error = new RangeError('ann@example.com\n    at secret (body.json:1:1)');
  expect(nameOfError(error)).toBe('RangeError');
  expect(placeOfError(error)).toContain('request-error.test');
  expect(placeOfError(error)).not.toContain('secret');
  expect(placeOfError('thrown text')).toBeUndefined();
});

test('what was refused before it was read has a sentence of its own, and an unknown reason one as well', () => {
  const refused = (code: string) => refusalOf(Object.assign(new Error('ann@example.com'), { code }), 1024);
  expect(refused('FST_ERR_CTP_BODY_TOO_LARGE')).toContain('larger than 1 KiB');
  expect(refused('FST_ERR_CTP_INVALID_CONTENT_LENGTH')).toContain('Content-Length');
  expect(refused('FST_ELSE')).toBe('The request is malformed.');
});
