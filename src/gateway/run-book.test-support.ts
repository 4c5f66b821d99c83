import { fault, success, type Outcome } from '../contract/errors';
import { type ConfirmationResult, type RunStatus } from '../contract/run';
import { type WaitingRun } from '../domain/mail-matching';
import { type ConfirmationRuns } from './runs';

/** Runs that are kept in memory and, like real ones, take the first answer and return it to everybody after. */
export interface RunBook extends ConfirmationRuns {
  add(runId: string, status: RunStatus, waiting?: WaitingRun): void;
  answerOf(runId: string): ConfirmationResult | undefined;
  /** While set, nothing can be reached. */
  down: boolean;
  /** While set, a run that was answered is still listed as waiting, as one may be for a moment. */
  keepWaiting: boolean;
  /** Ids of the Updates that confirmations came with. */
  updateIds: (string | undefined)[];
}

/** An empty book; answers are dated by `now`. */
export function createRunBook(now: () => number): RunBook {
  const runs = new Map<string, { status: RunStatus; waiting?: WaitingRun | undefined }>();
  const gone = fault('TEMPORAL_UNAVAILABLE', 'Temporal does not answer: 10.1.2.3:7233');
  const noRun = fault('RUN_NOT_FOUND', 'No such run.');
  const take = (runId: string, answer: ConfirmationResult): Outcome<ConfirmationResult> => {
    const run = runs.get(runId);
    if (run === undefined) return noRun;
    if (!book.keepWaiting) run.waiting = undefined;
    run.status.confirmation ??= { ...answer, at: new Date(now()).toISOString() };
    return success(run.status.confirmation);
  };
  const book: RunBook = {
    down: false,
    keepWaiting: false,
    updateIds: [],
    add: (runId, status, waiting) => void runs.set(runId, { status: { ...status }, waiting }),
    answerOf: (runId) => runs.get(runId)?.status.confirmation,
    status: (_workflowId, runId) => {
      const run = runs.get(runId);
      if (book.down) return Promise.resolve(gone);
      return Promise.resolve(run === undefined ? noRun : success({ ...run.status }));
    },
    confirm: (_workflowId, runId, answer, updateId) => {
      book.updateIds.push(updateId);
      return Promise.resolve(take(runId, { answer: 'right', ...answer }));
    },
    dispute: (_workflowId, runId, answer) => Promise.resolve(take(runId, { answer: 'notRight', ...answer })),
    waitingForMail: () => {
      const waiting = [...runs.values()].flatMap((run) => (run.waiting === undefined ? [] : [run.waiting]));
      return Promise.resolve(book.down ? gone : success(waiting));
    },
  };
  return book;
}
