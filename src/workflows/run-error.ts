import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  rootCause,
  TimeoutFailure,
} from '@temporalio/common';
import { ERROR_CATALOG, isErrorCode } from '../contract/errors';
import { type RunError } from '../contract/run';

/** A failure as the run's result tells it: the catalogued code if it carries one. */
export function runErrorOf(error: unknown): RunError {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure && at.type && isErrorCode(at.type)) {
      return { code: at.type, message: at.message, actor: ERROR_CATALOG[at.type].actor };
    }
  }
  const where = error instanceof ActivityFailure ? `${error.activityType}: ` : '';
  const ended =
    error instanceof ChildWorkflowFailure || error instanceof TimeoutFailure ? 'ended from outside: ' : '';
  return {
    code: 'INVARIANT_BROKEN',
    message: `${where}${ended}${rootCause(error) ?? 'unknown failure'}`,
    actor: 'us',
  };
}
