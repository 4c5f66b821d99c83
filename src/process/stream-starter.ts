import { type Client } from '@temporalio/client';
import { streamWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';

/** Sees to it that the workflow of an integration's stream runs. */
export type EnsureStream = (integration: string) => Promise<void>;

/** Starts it unless it runs: idempotent, whoever does it. */
export function createStreamStarter(client: Client): EnsureStream {
  return async (integration) => {
    await client.workflow.start(WORKFLOW_TYPES.stream, {
      workflowId: streamWorkflowId(integration),
      taskQueue: TASK_QUEUE,
      args: [{ integration }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  };
}
