import { ApplicationFailure } from '@temporalio/common';
import { ERROR_CATALOG, fault, isErrorCode, success } from '../contract/errors';
import { throwFault, toFailure, valueOf } from './failure';

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test.each(Object.keys(ERROR_CATALOG).filter(isErrorCode))(
  '%s is retried by Temporal as the catalog says, and tells who acts',
  (code) => {
    const { actor, retryable } = ERROR_CATALOG[code];
    const failure = toFailure({ code, message: 'what was seen' });
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: code, message: 'what was seen', nonRetryable: !retryable });
    expect(failure.details).toEqual([{ code, message: 'what was seen', actor }]);
  },
);

test('the pause that the other side named is the delay of the next attempt', () => {
  const named = toFailure({ code: 'BRAZE_RATE_LIMITED', message: 'slow down', retryAfterMs: 7_000 });
  expect(named.nextRetryDelay).toBe(7_000);
  expect(toFailure({ code: 'BRAZE_RATE_LIMITED', message: 'slow down' }).nextRetryDelay).toBeUndefined();
});

test('the cause is kept where it is an error', () => {
  const cause = new Error('socket closed');
  expect(thrown(() => throwFault({ code: 'S3_UNAVAILABLE', message: 'away' }, cause))).toMatchObject({
    cause,
  });
  expect(toFailure({ code: 'S3_UNAVAILABLE', message: 'away' }, 'socket closed').cause).toBeUndefined();
});

test('a good outcome is its value, a bad one its failure', () => {
  expect(valueOf(success(7))).toBe(7);
  expect(thrown(() => valueOf(fault('STATE_CORRUPT', 'gone')))).toMatchObject({
    type: 'STATE_CORRUPT',
    nonRetryable: true,
  });
});
