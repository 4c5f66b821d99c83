import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { type Stage } from './stage';

const CALL_MS = 5_000;
const PATIENCE_MS = 90_000;

/** What a call says, or nothing while whoever should answer is down. */
export async function quietly<T>({ connection }: Stage, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await connection.withDeadline(Date.now() + CALL_MS, call);
  } catch {
    // Everything that can answer is killed now and then: the next look will tell.
    return undefined;
  }
}

/** What a call says, however long whoever should answer is down; nothing if it is about a workflow that has ended. */
export async function patiently<T>({ connection }: Stage, call: () => Promise<T>): Promise<T | undefined> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await connection.withDeadline(Date.now() + CALL_MS, call);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      if (Date.now() > until) throw error;
      await sleep(300);
    }
  }
}

/** The same call that the Web UI's Reset makes: back to one of the moments at which a worker had decided something. */
export async function reset(stage: Stage, workflowId: string, choice: number): Promise<void> {
  const { temporal, stack } = stage;
  const handle = temporal.workflow.getHandle(workflowId);
  const { runId, raw } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const moments = (events ?? []).filter(({ workflowTaskCompletedEventAttributes: completed }) => completed);
  const moment = moments[Math.floor(choice * moments.length)];
  if (!moment?.eventId)
    throw new Error(`${raw.workflowExecutionInfo?.type?.name} has not decided anything yet`);
  await temporal.workflowService.resetWorkflowExecution({
    namespace: stack.temporal.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'as a person would from the UI',
    workflowTaskFinishEventId: moment.eventId,
    requestId: randomUUID(),
  });
}
