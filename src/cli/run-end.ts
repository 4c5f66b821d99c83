import { CancelledFailure, TerminatedFailure, WorkflowFailedError } from '@temporalio/client';
import { type BrazierClient } from '../client/brazier-client';
import { ERROR_CATALOG, EXIT_CODES, isErrorCode } from '../contract/errors';
import { type RunError, type RunResult } from '../contract/run';
import { type RunOutcome } from '../contract/phases';
import { summarise } from '../domain/run-summary';
import { resultInDetails } from '../process/result-in-details';
import { cliErrorOf, type CliError } from './cli-error';

/** How a run ended: its result as far as there is one, and who must act. */
export interface RunEnd {
  result?: RunResult;
  error?: CliError;
  exitCode: number;
}

/** The exit code of an outcome. */
export function outcomeExitCode(outcome: RunOutcome, error?: Pick<RunError, 'actor'>): number {
  switch (outcome) {
    case 'done':
    case 'nothingToDo':
    case 'dryRun':
      return EXIT_CODES.ok;
    case 'notApproved':
    case 'unconfirmed':
    case 'disputed':
    case 'cancelled':
      return EXIT_CODES.person;
    case 'completedUnverified':
    case 'superseded':
      return EXIT_CODES.wait;
    case 'refused':
    case 'failed':
      return EXIT_CODES[error?.actor ?? 'us'];
  }
}

/** Waits for the end of a run and reads it, also from a workflow that failed, was cancelled or terminated. */
export async function readRunEnd(
  brazier: BrazierClient,
  workflowId: string,
  result: Promise<RunResult>,
): Promise<RunEnd> {
  try {
    return endOf(await result);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const told = resultInDetails(error.cause);
    if (told) return endOf(told);
    if (error.cause instanceof CancelledFailure) return endOf(await lastStatus(brazier, workflowId));
    if (error.cause instanceof TerminatedFailure)
      return endOf(await lastStatus(brazier, workflowId, TERMINATED));
    const cliError = cliErrorOf(error);
    return { error: cliError, exitCode: cliError.exitCode };
  }
}

const TERMINATED =
  'the run was terminated from outside. What it had sent is found out by the next run of the audience.';

function endOf(result: RunResult): RunEnd {
  const { outcome, error } = result;
  const exitCode = outcomeExitCode(outcome, error);
  if (outcome !== 'refused' && outcome !== 'failed') return { result, exitCode };
  return { result, error: runCliError(error, result.summary), exitCode };
}

function runCliError(error: RunError | undefined, summary: string): CliError {
  const { code, message, actor } = error ?? {
    code: 'INVARIANT_BROKEN',
    message: summary,
    actor: 'us' as const,
  };
  const help = ERROR_CATALOG[isErrorCode(code) ? code : 'INVARIANT_BROKEN'].help;
  return { code, message, actor, help, exitCode: EXIT_CODES[actor] };
}

/** What a run without a result last knew of itself. */
async function lastStatus(brazier: BrazierClient, workflowId: string, summary?: string): Promise<RunResult> {
  const status = await brazier.status(workflowId);
  // Slices are counted from the moment that sending begins.
  const sentNothing = status.slices === undefined;
  const facts = { ...status, outcome: status.outcome ?? ('cancelled' as const), sentNothing };
  return { ...facts, summary: summary ?? summarise(facts) };
}
