import {
  isGrpcCancelledError,
  isGrpcDeadlineError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { throwFault } from './failure';

/**
 * Asks an entity within a bound. Temporal gives an attempt up by its time-out without a word to the one who still asks, and
 * an entity without a worker answers never: whoever waited on would keep the attempt's slot from all other work.
 */
export async function answerWithin<T>(client: Client, boundMs: number, ask: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + boundMs, ask);
  } catch (error) {
    if (!isTooLate(error)) throw error;
    const message = 'The workflow that was asked did not answer in time; is a worker running?';
    return throwFault({ code: 'TEMPORAL_UNAVAILABLE', message }, error);
  }
}

/** The end of a bound is told as the one or the other, by whether the client or the server sees it first. */
function isTooLate(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const found: Error = at;
    if (found instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
    if (isGrpcDeadlineError(found) || isGrpcCancelledError(found)) return true;
  }
  return false;
}
