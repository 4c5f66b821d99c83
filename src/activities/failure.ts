import { ApplicationFailure } from '@temporalio/common';
import { ERROR_CATALOG, type Fault, type Outcome } from '../contract/errors';

/** The one place where an expected failure becomes Temporal's: type = catalogued code, retryable as the catalog says. */
export function toFailure(fault: Fault, cause?: unknown): ApplicationFailure {
  const { retryable, actor } = ERROR_CATALOG[fault.code];
  return ApplicationFailure.create({
    type: fault.code,
    message: fault.message,
    nonRetryable: !retryable,
    details: [{ code: fault.code, message: fault.message, actor }],
    ...(fault.retryAfterMs === undefined ? {} : { nextRetryDelay: fault.retryAfterMs }),
    ...(cause instanceof Error ? { cause } : {}),
  });
}

/** Ends the activity with a catalogued failure. */
export function throwFault(fault: Fault, cause?: unknown): never {
  throw toFailure(fault, cause);
}

/** The value of a good outcome; a bad one ends the activity with its catalogued failure. */
export function valueOf<T>(outcome: Outcome<T>): T {
  return outcome.ok ? outcome.value : throwFault(outcome.fault);
}
