import { type Client } from '@temporalio/client';
import { streamWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { STREAM_MESSAGES } from '../contract/stream';

/** Sees to it that the workflow of an integration's stream runs. */
export type EnsureStream = (integration: string) => Promise<void>;

/** Starts an integration's stream, or has the one that runs look after its shards: idempotent, whoever does it. */
export function createStreamStarter(client: Client): EnsureStream {
  return async (integration) => {
    await client.workflow.signalWithStart(WORKFLOW_TYPES.stream, {
      workflowId: streamWorkflowId(integration),
      taskQueue: TASK_QUEUE,
      args: [{ integration }],
      signal: STREAM_MESSAGES.ensure,
      signalArgs: [{}],
      staticSummary: `Events of ${integration} on their way to Braze`,
    });
  };
}
