import { WorkflowFailedError } from '@temporalio/client';
import { type RunRecord } from '../client/find-run';
import { type StartOptions } from '../client/start-options';
import { fault, type Outcome, success } from '../contract/errors';
import { type WorkflowRuns } from '../gateway/api/streaming';
import { askRun } from './ask-run';
import { type Asker } from './ask-temporal';
import { endedWithout } from './ended-without';
import { startOnce } from './start-once';

/** One run of a type of workflow. */
interface Handle<Stage, Result> {
  workflowId: string;
  runId: string;
  stages(): Promise<Stage[]>;
  result(): Promise<Result>;
  cancel(): Promise<void>;
}

/** The typed client's door to one type of workflow. */
export interface WorkflowDoor<Input, Stage, Result> {
  start(input: Input, options: StartOptions): Promise<Handle<Stage, Result>>;
  find(workflowId: string): Promise<RunRecord | undefined>;
  get(workflowId: string, runId: string): Handle<Stage, Result>;
}

/** The HTTP API's view of the workflows of one type: every request first finds the run, so that no other can be read. */
export function createWorkflowRuns<Input, Stage, Result>(
  ask: Asker,
  door: WorkflowDoor<Input, Stage, Result>,
): WorkflowRuns<Input, Stage, Result> {
  const find = async (workflowId: string): Promise<Outcome<RunRecord>> => {
    const found = await ask(() => door.find(workflowId));
    if (!found.ok) return found;
    return found.value === undefined
      ? fault('RUN_NOT_FOUND', 'There is no such run of that id.')
      : success(found.value);
  };
  return {
    start: ({ input, ...keyed }) =>
      startOnce(ask, keyed, {
        start: (options) => door.start(input, options),
        find: (workflowId) => door.find(workflowId),
      }),
    async view(workflowId) {
      const found = await find(workflowId);
      if (!found.ok) return found;
      const run = found.value;
      const { runId, startedAt, endedAt } = run;
      const handle = door.get(workflowId, runId);
      if (endedAt === undefined)
        return ask(async () => ({
          ...{ workflowId, runId, ended: false, startedAt },
          stages: await handle.stages(),
        }));
      const ended = { workflowId, runId, ended: true, startedAt, endedAt };
      return ask(async () => {
        try {
          return { ...ended, result: await handle.result() };
        } catch (error) {
          if (!(error instanceof WorkflowFailedError)) throw error;
          return { ...ended, error: endedWithout(run, error) };
        }
      });
    },
    async cancel(workflowId) {
      const run = await find(workflowId);
      if (!run.ok) return run;
      const { runId } = run.value;
      const asked = await askRun(ask, run.value, () => door.get(workflowId, runId).cancel());
      return asked.ok ? success({ workflowId, runId }) : asked;
    },
  };
}
