import {
  type Client,
  type ScheduleDescription,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { z } from 'zod';
import { audienceKey } from '../contract/schemas/audience-key';
import { audienceWorkflowId, DEFAULT_ATTRIBUTE } from '../contract/names';
import { lateAfterSecondsOf } from '../contract/schedule';
import { RUN_MESSAGES } from '../contract/messages';
import { type RunPhase } from '../contract/phases';
import { lateFromMs, type WatchedRefresh, type WatchedSchedule } from '../domain/schedule-watch';
import { looksSecret } from '../domain/secret-looks';

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
  // A hand-made schedule was checked by nobody.
  return {
    integration: looksSecret(integration) ? '' : integration,
    audience: looksSecret(audience) ? '' : audience,
  };
}

/** How long a worker has to answer for one of its runs; without an answer Temporal's server is asked alone. */
const QUERY_TIMEOUT_MS = 3_000;

/** The runs in which nothing changes any more, by run id: those that an earlier look has seen need no other. */
export type LandedRuns = ReadonlySet<string>;

/**
 * A schedule with the state of its last refreshes, as far as it matters now. What it has to know it can learn from Temporal's
 * server, so it works without any worker; a worker that answers knows it better.
 */
export async function watchedSchedule(
  client: Client,
  described: ScheduleDescription,
  { landed, nowMs }: { landed: LandedRuns; nowMs: number },
): Promise<{ watched: WatchedSchedule; landed: string[] }> {
  const { scheduleId, info, state, policies } = described;
  const schedule = {
    scheduleId,
    createdMs: info.createdAt.getTime(),
    paused: state.paused,
    lateAfterMs: lateAfterSecondsOf(described) * 1000,
    catchupWindowMs: policies.catchupWindow,
    nextMs: info.nextActionTimes[0]?.getTime(),
    missedCatchupWindow: info.numActionsMissedCatchupWindow,
    skippedByOverlap: info.numActionsSkippedOverlap,
    skipsByChoice: policies.overlap === ScheduleOverlapPolicy.SKIP,
  };
  const known: string[] = [];
  const recent = await Promise.all(
    info.recentActions.map(async ({ scheduledAt, takenAt, action }): Promise<WatchedRefresh> => {
      const { workflowId, firstExecutionRunId: runId } = action.workflow;
      const refresh = { workflowId, dueMs: scheduledAt.getTime(), takenMs: takenAt.getTime() };
      // Too young to be late, whatever it does.
      if (nowMs <= lateFromMs(schedule, refresh)) return { ...refresh, state: 'underWay' };
      const found = landed.has(runId) ? 'landed' : await stateOf(client, action.workflow, described);
      if (found === 'landed') known.push(runId);
      return { ...refresh, state: found };
    }),
  );
  return { watched: { ...schedule, recent }, landed: known };
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
    const phase = await phaseOf(client, run);
    const released =
      phase === undefined ? await hasReleased(client, run.workflowId, action) : RELEASED.has(phase);
    return released ? 'landed' : 'underWay';
  } catch (error) {
    // Temporal has forgotten it, so it ended long ago.
    if (error instanceof WorkflowNotFoundError) return 'landed';
    throw error;
  }
}

const statusSchema = z.object({ phase: z.string() });
/** Phases in which the data is in Braze, and nobody waits for the rest. */
const RELEASED: ReadonlySet<string> = new Set([
  'released',
  'awaitingConfirmation',
  'verifying',
  'ended',
] satisfies RunPhase[]);

/** What the run itself says; nothing where no worker answers in time, or not as this version does. */
async function phaseOf(
  client: Client,
  { workflowId, firstExecutionRunId }: { workflowId: string; firstExecutionRunId: string },
): Promise<string | undefined> {
  const handle = client.workflow.getHandle(workflowId, firstExecutionRunId);
  try {
    const status = await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      handle.query<unknown>(RUN_MESSAGES.status),
    );
    return statusSchema.safeParse(status).data?.phase;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw error;
    // No worker, or one that is busy: the server's own knowledge has to do.
    return undefined;
  }
}

/**
 * Where no worker answers: the child that holds the audience ends when the data is in Braze. Once another run has held it since,
 * the server cannot tell any more, and this run counts as under way.
 */
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
