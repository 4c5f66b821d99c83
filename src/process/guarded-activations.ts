import { type createEngagementRegistry } from '../adapters/postgres/engagement-registry';
import {
  type ActivateEngagementInput,
  type ActivateEngagementResult,
  type ActivationStage,
} from '../contract/engagement';
import { fault, success, type ErrorCode, type Outcome } from '../contract/errors';
import { parseEngagement } from '../contract/schemas/engagement';
import { failingSentence, untestedSentence } from '../domain/stream/api-gate';
import { type WorkflowRuns } from '../gateway/api/streaming';
import { type Asker } from './ask-temporal';
import { keyedWorkflowId } from './start-once';
import { createWorkflowRuns, type WorkflowDoor } from './workflow-runs';

type Registry = Pick<ReturnType<typeof createEngagementRegistry>, 'try'>;
type Activations = WorkflowRuns<ActivateEngagementInput, ActivationStage, ActivateEngagementResult>;

/** What the workflow will find out for itself: a gateway need not hold the secrets that workers use. */
const LEFT_TO_THE_WORKER: ReadonlySet<ErrorCode> = new Set(['SECRET_UNREADABLE', 'SECRET_NOT_DECLARED']);

/**
 * Activations of engagements whose callers hear at once what would end the workflow: an unknown name, a mapping that does not
 * fit, a version without a passed test. The workflow and its transactions judge again, and are what counts.
 */
export function createGuardedActivations(
  ask: Asker,
  registry: Registry,
  door: WorkflowDoor<ActivateEngagementInput, ActivationStage, ActivateEngagementResult>,
): Activations {
  const runs = createWorkflowRuns(ask, door);
  return {
    view: (workflowId) => runs.view(workflowId),
    cancel: (workflowId) => runs.cancel(workflowId),
    async start(request) {
      const workflowId = keyedWorkflowId(request);
      const before = workflowId === undefined ? success(undefined) : await ask(() => door.find(workflowId));
      if (!before.ok) return before;
      // A repeated request gets its run back, whatever has become of the versions since.
      const judged =
        before.value === undefined ? await judge(ask, registry, request.input) : success(undefined);
      return judged.ok ? runs.start(request) : judged;
    },
  };
}

async function judge(
  ask: Asker,
  registry: Registry,
  input: ActivateEngagementInput,
): Promise<Outcome<undefined>> {
  const checked = parseEngagement(input);
  if (!checked.ok) return checked;
  const engagement = checked.value;
  const asked = await ask(() => registry.try({ engagement }));
  const tried = asked.ok ? asked.value : asked;
  if (!tried.ok) return LEFT_TO_THE_WORKER.has(tried.fault.code) ? success(undefined) : tried;
  for (const { role, externalApi, version, verdict, reason } of tried.value.actions) {
    const action = role === 'entry' ? engagement.action : engagement.exitAction;
    if (verdict === 'passed' || action?.testValues !== undefined) continue;
    const subject = { integration: engagement.integration, externalApi, version };
    return verdict === 'none'
      ? fault('EXTERNAL_API_UNTESTED', untestedSentence(subject))
      : fault('EXTERNAL_API_FAILING', failingSentence(subject, reason));
  }
  return success(undefined);
}
