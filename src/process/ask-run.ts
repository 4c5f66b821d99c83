import { type RunRecord } from '../client/find-run';
import { fault, type Outcome, success } from '../contract/errors';
import { type Asker } from './ask-temporal';
import { isRunEnded } from './client-faults';

/** What a run that has ended answers to everything. */
export const RUN_ENDED = fault('RUN_ENDED', 'The run has ended; its result says how.');

/** Speaks to a run that is under way. */
export async function askRun<T>(
  ask: Asker,
  { runId, endedAt }: RunRecord,
  message: (runId: string) => Promise<T>,
): Promise<Outcome<T>> {
  if (endedAt !== undefined) return RUN_ENDED;
  const answer = await ask(async (): Promise<Outcome<T>> => {
    try {
      return success(await message(runId));
    } catch (error) {
      if (isRunEnded(error)) return RUN_ENDED;
      throw error;
    }
  });
  return refusedByRun(flatten(answer));
}

/** The message was of its form, so a run that calls it invalid does not take it now. */
export function refusedByRun<T>(answer: Outcome<T>): Outcome<T> {
  if (answer.ok || answer.fault.code !== 'INPUT_INVALID') return answer;
  return fault('DECISION_REFUSED', answer.fault.message);
}

function flatten<T>(outcome: Outcome<Outcome<T>>): Outcome<T> {
  return outcome.ok ? outcome.value : outcome;
}
