import { ApplicationFailure, CancelledFailure } from '@temporalio/client';
import { type RunResult } from '../contract/run';

/** A failed workflow carries its result as the first detail; one that failed before it began has none. */
export function resultInDetails(cause: Error | undefined): RunResult | undefined {
  if (!(cause instanceof ApplicationFailure) && !(cause instanceof CancelledFailure)) return undefined;
  const detail = cause.details?.[0];
  return isRunResult(detail) ? detail : undefined;
}

function isRunResult(detail: unknown): detail is RunResult {
  return (
    typeof detail === 'object' &&
    detail !== null &&
    'outcome' in detail &&
    'summary' in detail &&
    'phase' in detail
  );
}
