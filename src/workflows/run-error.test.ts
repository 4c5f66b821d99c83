import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import { endedByCancel } from './run-error';

const heartbeatTimeout = new TimeoutFailure('activity Heartbeat timeout', undefined, 'HEARTBEAT');
const activityFailure = (retryState: ActivityFailure['retryState'], cause: Error) =>
  new ActivityFailure('Activity task timed out', 'sendSlice', '7', retryState, 'worker', cause);

test('work ends by a cancel when it says so, or when its worker dies with the cancel on its way', () => {
  expect(endedByCancel(new CancelledFailure('CANCELLED'))).toBe(true);
  expect(endedByCancel(activityFailure('CANCEL_REQUESTED', heartbeatTimeout))).toBe(true);
});

test('what fails by itself is not ended by a cancel', () => {
  expect(endedByCancel(activityFailure('TIMEOUT', heartbeatTimeout))).toBe(false);
  const refused = ApplicationFailure.nonRetryable('a slice differs from its checksum', 'STATE_CORRUPT');
  expect(endedByCancel(activityFailure('NON_RETRYABLE_FAILURE', refused))).toBe(false);
  expect(endedByCancel(refused)).toBe(false);
});
