import { type Client, WorkflowFailedError } from '@temporalio/client';
import { audienceKey } from '../activities/check-input';
import { BrazierClient } from '../client/brazier-client';
import { type RunRecord } from '../client/find-run';
import { fault, type Outcome, success } from '../contract/errors';
import { type ActivationListing, type ActivationView } from '../contract/http-api';
import { audienceWorkflowId } from '../contract/names';
import { type RunResult, type RunStatus } from '../contract/run';
import { type ActivationRuns } from '../gateway/api/activation-runs';
import { askRun, refusedByRun, RUN_ENDED } from './ask-run';
import { type Asker, createAsker } from './ask-temporal';
import { createConfirmationRuns } from './confirmation-runs';
import { endedWithout } from './ended-without';
import { resultInDetails } from './result-in-details';
import { startOnce } from './start-once';

/**
 * The HTTP API's view of the activations, through Temporal. Every request first finds the run and then speaks to that very
 * run, so that nothing but an activation can be read or steered.
 */
export function createActivationRuns(temporal: Client): ActivationRuns {
  const brazier = new BrazierClient(temporal);
  const ask = createAsker(temporal);
  const confirmations = createConfirmationRuns(temporal);

  const find = async (workflowId: string): Promise<Outcome<RunRecord>> => {
    const found = await ask(() => brazier.find(workflowId));
    if (!found.ok) return found;
    if (found.value === undefined) return fault('RUN_NOT_FOUND', 'There is no activation of that id.');
    return success(found.value);
  };
  const tell = async (
    workflowId: string,
    message: (runId: string) => Promise<RunStatus>,
  ): Promise<Outcome<ActivationView>> => {
    const run = await find(workflowId);
    if (!run.ok) return run;
    const status = await askRun(ask, run.value, message);
    return status.ok ? success(underWay(run.value, status.value)) : status;
  };

  return {
    start: ({ input, ...keyed }) =>
      startOnce(
        ask,
        { request: input, ...keyed },
        {
          start: (options) => brazier.activate(input, options),
          find: (workflowId) => brazier.find(workflowId),
        },
      ),
    async view(workflowId) {
      const run = await find(workflowId);
      return run.ok ? viewRun(brazier, ask, run.value) : run;
    },
    ofAudience: ({ integration, audience, attribute, identifier, limit }) =>
      ask(async () => {
        const runs: ActivationListing[] = [];
        const id = audienceWorkflowId(integration, audienceKey(attribute, audience, identifier));
        for await (const run of brazier.runsOfAudience(id)) {
          if (runs.push(run) >= limit) break;
        }
        return runs;
      }),
    decide: (workflowId, decision, request) =>
      tell(workflowId, (runId) => brazier[decision](workflowId, request, runId)),
    hold: (workflowId, order, request) =>
      tell(workflowId, (runId) => brazier[order](workflowId, request, runId)),
    async answer(workflowId, given, request) {
      const run = await find(workflowId);
      if (!run.ok) return run;
      const answer = refusedByRun(await confirmations[given](workflowId, run.value.runId, request));
      // It ended and had asked nobody, so there is no answer that counts.
      return answer.ok && answer.value.answer === 'notAsked' ? RUN_ENDED : answer;
    },
    async cancel(workflowId) {
      const run = await find(workflowId);
      if (!run.ok) return run;
      const { runId } = run.value;
      const asked = await askRun(ask, run.value, () => brazier.cancel(workflowId, runId));
      return asked.ok ? success({ workflowId, runId }) : asked;
    },
  };
}

async function viewRun(brazier: BrazierClient, ask: Asker, run: RunRecord): Promise<Outcome<ActivationView>> {
  const { workflowId, runId } = run;
  if (run.endedAt === undefined) {
    const status = await ask(() => brazier.status(workflowId, runId));
    return status.ok ? success(underWay(run, status.value)) : status;
  }
  return ask(async () => {
    try {
      return ended(run, await brazier.result(workflowId, runId));
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const result = resultInDetails(error.cause);
      return result === undefined
        ? { ...identity(run), ended: true, error: endedWithout(run, error) }
        : ended(run, result);
    }
  });
}

function underWay(run: RunRecord, { runToken: _, ...status }: RunStatus): ActivationView {
  return { ...identity(run), ended: false, status };
}

function ended(run: RunRecord, { runToken: _, ...result }: RunResult): ActivationView {
  const { error } = result;
  return { ...identity(run), ended: true, result, ...(error === undefined ? {} : { error }) };
}

function identity({ workflowId, runId, startedAt, endedAt }: RunRecord) {
  return { workflowId, runId, startedAt, ...(endedAt === undefined ? {} : { endedAt }) };
}
