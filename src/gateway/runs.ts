import { type Outcome } from '../contract/errors';
import { type ConfirmationAnswer } from '../contract/messages';
import { type ConfirmationResult, type RunStatus } from '../contract/run';
import { type WaitingRun } from '../domain/mail-matching';

/**
 * The runs as the gateway sees them. Every process may answer for every run: the answers live in the runs, which
 * take the first one and return it, with who and when, to whoever comes later.
 */
export interface ConfirmationRuns {
  status(workflowId: string, runId: string): Promise<Outcome<RunStatus>>;
  /** With an `updateId`, the same call made again gets the first one's answer back from Temporal. */
  confirm(
    workflowId: string,
    runId: string,
    answer: ConfirmationAnswer,
    updateId?: string,
  ): Promise<Outcome<ConfirmationResult>>;
  dispute(
    workflowId: string,
    runId: string,
    answer: ConfirmationAnswer,
  ): Promise<Outcome<ConfirmationResult>>;
  /** Runs that wait for a mail now (policy `mail`). */
  waitingForMail(): Promise<Outcome<WaitingRun[]>>;
}
