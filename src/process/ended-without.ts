import { type WorkflowFailedError } from '@temporalio/client';
import { type RunRecord } from '../client/find-run';
import { ERROR_CATALOG, type Fault } from '../contract/errors';
import { type RunError } from '../contract/run';
import { faultOfError } from './client-faults';

/** Why a run has no result: refused for its input, failed, or ended from outside. */
export function endedWithout(run: RunRecord, failure: WorkflowFailedError): RunError {
  const { code, message } = reasonOf(run, failure);
  return { code, message, actor: ERROR_CATALOG[code].actor };
}

function reasonOf({ status }: RunRecord, failure: WorkflowFailedError): Fault {
  if (status === 'TERMINATED')
    return { code: 'RUN_TERMINATED', message: 'The run was terminated from outside.' };
  const reason = faultOfError(failure);
  // A failure that no catalog foresaw keeps its words to Temporal's history: callers of the API may not see inside.
  if (reason.code !== 'INVARIANT_BROKEN') return reason;
  return { code: reason.code, message: 'The run failed unexpectedly; its history in Temporal says how.' };
}
