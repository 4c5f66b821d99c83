import { isCancellation } from '@temporalio/workflow';
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  rootCause,
  TerminatedFailure,
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
  if (
    error instanceof ChildWorkflowFailure &&
    (error.cause instanceof TerminatedFailure || error.cause instanceof TimeoutFailure)
  ) {
    const message = `the ${error.workflowType} run that this one waits for (${error.execution.workflowId ?? 'unknown'}) was ended from outside`;
    return { code: 'RUN_TERMINATED', message, actor: ERROR_CATALOG.RUN_TERMINATED.actor };
  }
  const where = error instanceof ActivityFailure ? `${error.activityType}: ` : '';
  return {
    code: 'INVARIANT_BROKEN',
    message: `${where}${rootCause(error) ?? 'unknown failure'}`,
    actor: 'us',
  };
}

/**
 * Whether work ended because the run was told to end. A worker that dies before it has acknowledged the cancel leaves a
 * time-out behind, which Temporal then does not try again: that is no failure of the run either.
 */
export function endedByCancel(error: unknown): boolean {
  return (
    isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED')
  );
}

/** A state that our own rules exclude: fails the run, where a plain error would retry the workflow task for ever. */
export function invariantBroken(what: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`invariant: ${what}`, 'INVARIANT_BROKEN');
}
