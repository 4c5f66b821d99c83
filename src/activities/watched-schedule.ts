import { type Client, type ScheduleDescription, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { audienceKey } from '../contract/schemas/audience-key';
import { audienceWorkflowId, DEFAULT_ATTRIBUTE } from '../contract/names';
import { lateAfterSecondsOf } from '../contract/schedule';
import { type WatchedRefresh, type WatchedSchedule } from '../domain/schedule-watch';

/** As much of an activation as a schedule's watch needs; a hand-made schedule may hold anything. */
const inputSchema = z.object({
  integration: z.string().catch(''),
  audience: z.string().catch(''),
  attribute: z.string().catch(DEFAULT_ATTRIBUTE),
  source: z.object({ identifier: z.string().catch('external_id') }).catch({ identifier: 'external_id' }),
});

/** Which audience a schedule refreshes, as far as its input says it. */
export function audienceOf({ action }: ScheduleDescription): { integration: string; audience: string } {
  const { integration, audience } = readInput(action);
  return { integration, audience };
}

/** A schedule with the state of its last refreshes. Asks Temporal's server only, so it works without any worker. */
export async function watchedSchedule(
  client: Client,
  described: ScheduleDescription,
): Promise<WatchedSchedule> {
  const { scheduleId, info, state, policies } = described;
  const recent = await Promise.all(
    info.recentActions.map(async ({ scheduledAt, takenAt, action }) => ({
      workflowId: action.workflow.workflowId,
      dueMs: scheduledAt.getTime(),
      takenMs: takenAt.getTime(),
      state: await stateOf(client, action.workflow, described),
    })),
  );
  return {
    scheduleId,
    createdMs: info.createdAt.getTime(),
    paused: state.paused,
    lateAfterMs: lateAfterSecondsOf(described) * 1000,
    catchupWindowMs: policies.catchupWindow,
    nextMs: info.nextActionTimes[0]?.getTime(),
    recent,
    missedCatchupWindow: info.numActionsMissedCatchupWindow,
    skippedByOverlap: info.numActionsSkippedOverlap,
  };
}

async function stateOf(
  client: Client,
  run: { workflowId: string; firstExecutionRunId: string },
  { action }: ScheduleDescription,
): Promise<WatchedRefresh['state']> {
  try {
    const handle = client.workflow.getHandle(run.workflowId, run.firstExecutionRunId);
    const { status, historyLength } = await handle.describe();
    if (status.name !== 'RUNNING') return 'landed';
    // Started and asked for a worker, and no more than that.
    if (historyLength <= 2) return 'unclaimed';
    return (await hasReleased(client, run.workflowId, action)) ? 'landed' : 'underWay';
  } catch (error) {
    // Temporal has forgotten it, so it ended long ago.
    if (error instanceof WorkflowNotFoundError) return 'landed';
    throw error;
  }
}

/** The child that holds the audience ends when the data is in Braze; what the run does after that nobody has to wait for. */
async function hasReleased(
  client: Client,
  parentId: string,
  action: ScheduleDescription['action'],
): Promise<boolean> {
  const { integration, audience, attribute, source } = readInput(action);
  const id = audienceWorkflowId(integration, audienceKey(attribute, audience.trim(), source.identifier));
  try {
    const { status, parentExecution } = await client.workflow.getHandle(id).describe();
    return parentExecution?.workflowId === parentId && status.name === 'COMPLETED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

function readInput(action: ScheduleDescription['action']): z.infer<typeof inputSchema> {
  const parsed = inputSchema.safeParse(action.args?.[0]);
  return parsed.success
    ? parsed.data
    : { integration: '', audience: '', attribute: DEFAULT_ATTRIBUTE, source: { identifier: 'external_id' } };
}
