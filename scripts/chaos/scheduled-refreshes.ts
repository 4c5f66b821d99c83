import { setTimeout as sleep } from 'node:timers/promises';
import { audienceKey } from '../../src/activities/check-input';
import {
  audienceScheduleId,
  DEFAULT_ATTRIBUTE,
  refreshWorkflowId,
  WORKFLOW_TYPES,
} from '../../src/contract/names';
import { type ChaosAudience } from './audience';
import { type ChangingSource } from './changing-source';
import { type Ended, endOf, inputFor } from './refresh';
import { INTEGRATION, type Stage } from './stage';
import { patiently } from './temporal-calls';

/** A refresh that a schedule has started. */
export interface ScheduledRefresh {
  workflowId: string;
  startedMs: number;
  /** Absent while it is under way. */
  ended?: Ended | undefined;
}

const LOOK_MS = 2_000;

/** Gives an audience its schedule. */
export async function createSchedule(
  { client }: Stage,
  { audience, input: source }: ChangingSource,
  everySeconds: number,
): Promise<void> {
  await client.schedules.create({
    schedule: { everySeconds, lateAfterSeconds: 2 * everySeconds },
    activation: { ...inputFor(audience, []), source },
  });
}

/** Reads what schedules have started, and how it ended. */
export class RefreshLog {
  private readonly ended = new Map<string, Ended>();
  private readonly stage: Stage;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Every refresh of an audience that there was. */
  async of(audience: ChaosAudience): Promise<ScheduledRefresh[]> {
    const id = refreshWorkflowId(INTEGRATION, keyOf(audience));
    const found = (await this.list(`WorkflowType = '${WORKFLOW_TYPES.activateAudience}'`)).filter(
      ({ workflowId }) => workflowId.startsWith(`${id}-`),
    );
    const refreshes: ScheduledRefresh[] = [];
    for (const { workflowId, startTime, status } of found) {
      const ended = status.name === 'RUNNING' ? undefined : await this.endOf(workflowId);
      refreshes.push({ workflowId, startedMs: startTime.getTime(), ended });
    }
    return refreshes;
  }

  /** Waits until the schedule itself has brought to Braze what lies in the bucket since then; false if it does not. */
  async isThrough(audience: ChaosAudience, sinceMs: number, untilMs: number): Promise<boolean> {
    while (Date.now() < untilMs) {
      const refreshes = await this.of(audience);
      if (refreshes.some(({ startedMs, ended }) => startedMs > sinceMs && ended?.complete)) return true;
      await sleep(LOOK_MS);
    }
    return false;
  }

  /** Workflows of runs that are still under way when there is nothing more to wait for. */
  async leftOpen(untilMs: number): Promise<string[]> {
    const types = [WORKFLOW_TYPES.activateAudience, WORKFLOW_TYPES.runAudience];
    const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types.map((type) => `'${type}'`).join(', ')})`;
    for (;;) {
      const open = await this.list(query);
      if (open.length === 0 || Date.now() > untilMs) return open.map(({ workflowId }) => workflowId);
      await sleep(LOOK_MS);
    }
  }

  private async endOf(workflowId: string): Promise<Ended> {
    const ended = this.ended.get(workflowId) ?? (await endOf(this.stage, workflowId));
    this.ended.set(workflowId, ended);
    return ended;
  }

  private async list(query: string) {
    const listed = await patiently(this.stage, async () => {
      const found = [];
      for await (const execution of this.stage.temporal.workflow.list({ query })) found.push(execution);
      return found;
    });
    return listed ?? [];
  }
}

/** What is wrong with an audience's schedule, if it would not go on refreshing. */
export async function scheduleProblems(stage: Stage, audience: ChaosAudience): Promise<string[]> {
  const { name } = audience;
  const shown = await patiently(stage, () => stage.client.schedules.show(scheduleIdOf(audience)));
  if (!shown) return [`${name}: the schedule is gone`];
  const { paused, next, missedCatchupWindow } = shown;
  return [
    ...(paused ? [`${name}: the schedule is paused`] : []),
    ...(next.length === 0 ? [`${name}: the schedule has no next time`] : []),
    ...(missedCatchupWindow > 0 ? [`${name}: ${missedCatchupWindow} refreshes were missed`] : []),
  ];
}

/** Lets no more refreshes of an audience begin. */
export async function endSchedule(stage: Stage, audience: ChaosAudience): Promise<void> {
  await stage.client.schedules.delete(scheduleIdOf(audience));
}

function scheduleIdOf(audience: ChaosAudience): string {
  return audienceScheduleId(INTEGRATION, keyOf(audience));
}

function keyOf({ name }: ChaosAudience): string {
  return audienceKey(DEFAULT_ATTRIBUTE, name, 'external_id');
}
