import { fault, success } from '../contract/errors';
import { type ConfirmationResult, type RunStatus } from '../contract/run';
import { type WaitingRun } from '../domain/mail-matching';
import { type ConfirmationRuns } from './runs';

/** Runs that are kept in memory and, like real ones, take the first answer and return it to everybody after. */
export interface RunBook extends ConfirmationRuns {
  add(runId: string, status: RunStatus, waiting?: WaitingRun): void;
  answerOf(runId: string): ConfirmationResult | undefined;
  /** While set, nothing can be reached. */
  down: boolean;
}

/** An empty book; answers are dated by `now`. */
export function createRunBook(now: () => number): RunBook {
  const runs = new Map<string, { status: RunStatus; waiting?: WaitingRun | undefined }>();
  const gone = fault('TEMPORAL_UNAVAILABLE', 'Temporal does not answer.');
  const take = (runId: string, answer: ConfirmationResult): ConfirmationResult | undefined => {
    const run = runs.get(runId);
    if (run === undefined) return undefined;
    run.waiting = undefined;
    return (run.status.confirmation ??= { ...answer, at: new Date(now()).toISOString() });
  };
  const book: RunBook = {
    down: false,
    add: (runId, status, waiting) => void runs.set(runId, { status: { ...status }, waiting }),
    answerOf: (runId) => runs.get(runId)?.status.confirmation,
    status: async (_workflowId, runId) => {
      const run = runs.get(runId);
      if (book.down) return gone;
      return run === undefined ? fault('RUN_NOT_FOUND', 'No such run.') : success({ ...run.status });
    },
    confirm: async (_workflowId, runId, answer) => {
      const result = take(runId, { answer: 'right', ...answer });
      return result === undefined ? fault('RUN_NOT_FOUND', 'No such run.') : success(result);
    },
    dispute: async (_workflowId, runId, answer) => {
      const result = take(runId, { answer: 'notRight', ...answer });
      return result === undefined ? fault('RUN_NOT_FOUND', 'No such run.') : success(result);
    },
    waitingForMail: async () =>
      book.down
        ? gone
        : success([...runs.values()].flatMap(({ waiting }) => (waiting === undefined ? [] : [waiting]))),
  };
  return book;
}
