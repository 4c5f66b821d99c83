import { ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client';
import { type ActivateAudienceInput } from '../contract/activation';
import { refreshWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { LATE_AFTER_MEMO, type ScheduleOverlap, type ScheduleSettings } from '../contract/schedule';
import { type CheckedSchedule } from '../contract/schemas/audience-schedule';

/** When a schedule fires, as Temporal takes it. */
export function specOf(settings: ScheduleSettings, { jitter }: { jitter: boolean }): ScheduleOptions['spec'] {
  const { cron, everySeconds, timeZone: timezone, jitterSeconds } = settings;
  return {
    cronExpressions: cron,
    ...(everySeconds === undefined ? {} : { intervals: [{ every: everySeconds * 1000 }] }),
    timezone,
    ...(jitter && jitterSeconds > 0 ? { jitter: jitterSeconds * 1000 } : {}),
  };
}

const OVERLAPS: Record<ScheduleOverlap, ScheduleOverlapPolicy> = {
  bufferOne: ScheduleOverlapPolicy.BUFFER_ONE,
  skip: ScheduleOverlapPolicy.SKIP,
  bufferAll: ScheduleOverlapPolicy.BUFFER_ALL,
};

/** Temporal's name of an overlap policy. */
export function overlapPolicy(overlap: ScheduleOverlap): ScheduleOverlapPolicy {
  return OVERLAPS[overlap];
}

/** A checked schedule as Temporal takes it, but for its id and state. */
export function optionsOf({ settings, activation, input }: CheckedSchedule) {
  const { integration, audience, audienceKey } = activation;
  return {
    spec: specOf(settings, { jitter: true }),
    action: {
      type: 'startWorkflow' as const,
      workflowType: WORKFLOW_TYPES.activateAudience,
      taskQueue: TASK_QUEUE,
      workflowId: refreshWorkflowId(integration, audienceKey),
      args: [input] satisfies [ActivateAudienceInput],
      staticSummary: `${audience} → ${integration} (scheduled)`.slice(0, 200),
      memo: { [LATE_AFTER_MEMO]: settings.lateAfterSeconds },
    },
    policies: {
      overlap: overlapPolicy(settings.overlap),
      catchupWindow: settings.catchupWindowSeconds * 1000,
      pauseOnFailure: settings.pauseOnFailure,
    },
  };
}
