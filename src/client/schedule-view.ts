import {
  ApplicationFailure,
  type Client,
  type ScheduleDescription,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { type ActivateAudienceInput } from '../contract/activation';
import { DEFAULT_ATTRIBUTE } from '../contract/names';
import { type RunResult } from '../contract/run';
import { lateAfterSecondsOf, type ScheduleView, type StartedRefresh } from '../contract/schedule';

/** A schedule as people look at it; a hand-made one may have an input that no run would accept. */
export function viewOf(described: ScheduleDescription, recent: StartedRefresh[]): ScheduleView {
  const { scheduleId, spec, policies, state, info, action } = described;
  // Whoever made the schedule may have given it anything.
  const [input] = (action.args ?? []) as [Partial<ActivateAudienceInput>?];
  const { integration = '', audience = '', attribute = DEFAULT_ATTRIBUTE, source } = input ?? {};
  return {
    ...{ scheduleId, integration, audience, attribute },
    times: timesOf(spec),
    timeZone: spec.timezone ?? 'UTC',
    jitterSeconds: (spec.jitter ?? 0) / 1000,
    overlap: camelCase(policies.overlap ?? 'SKIP'),
    catchupWindowSeconds: policies.catchupWindow / 1000,
    pauseOnFailure: policies.pauseOnFailure,
    lateAfterSeconds: lateAfterSecondsOf(described),
    paused: state.paused,
    note: state.note ?? '',
    source: source?.key ?? source?.prefix ?? source?.newestUnder ?? '',
    next: info.nextActionTimes.map((at) => at.toISOString()),
    recent,
    started: info.numActionsTaken,
    missedCatchupWindow: info.numActionsMissedCatchupWindow,
    skippedByOverlap: info.numActionsSkippedOverlap,
  };
}

/** The last refreshes, newest first, with how they ended as far as Temporal still knows it. No worker is needed. */
export async function recentOf(
  client: Client,
  { info }: ScheduleDescription,
  limit: number,
): Promise<StartedRefresh[]> {
  const newest = [...info.recentActions].reverse().slice(0, limit);
  return Promise.all(
    newest.map(async ({ scheduledAt, takenAt, action }) => {
      const { workflowId, firstExecutionRunId: runId } = action.workflow;
      const times = { dueAt: scheduledAt.toISOString(), startedAt: takenAt.toISOString() };
      return { workflowId, runId, ...times, ...(await endOf(client, workflowId, runId)) };
    }),
  );
}

async function endOf(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<Pick<StartedRefresh, 'status' | 'outcome' | 'code'>> {
  const handle = client.workflow.getHandle<() => Promise<RunResult>>(workflowId, runId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return { status: status.name };
    return { status: status.name, ...(await outcomeOf(handle.result())) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { status: 'UNKNOWN' };
    throw error;
  }
}

async function outcomeOf(ended: Promise<RunResult>): Promise<Pick<StartedRefresh, 'outcome' | 'code'>> {
  try {
    const { outcome, reason } = await ended;
    return { outcome, code: reason };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return error.cause instanceof ApplicationFailure
      ? { outcome: 'failed', code: error.cause.type ?? undefined }
      : {};
  }
}

function timesOf({ calendars, intervals }: ScheduleDescription['spec']): string[] {
  return [
    ...(calendars ?? []).map(({ minute, hour, dayOfMonth, month, dayOfWeek }) =>
      [minute, hour, dayOfMonth, month, dayOfWeek].map((field) => rangesOf(field)).join(' '),
    ),
    ...(intervals ?? []).map(({ every, offset }) =>
      [`every ${every / 1000} s`, ...(offset ? [`offset ${offset / 1000} s`] : [])].join(', '),
    ),
  ];
}

/** Every field covers its whole range with a star; Temporal keeps cron expressions as ranges only. */
const WHOLE = new Set(['0-59', '0-23', '1-31', 'JANUARY-DECEMBER', 'SUNDAY-SATURDAY']);

function rangesOf(
  field: readonly { start: number | string; end: number | string; step: number }[] | undefined,
): string {
  const parts = (field ?? []).map(({ start, end, step }) => {
    const range = start === end ? String(start) : `${start}-${end}`;
    return `${WHOLE.has(range) ? '*' : range}${step > 1 ? `/${step}` : ''}`;
  });
  return parts.length === 0 ? '*' : parts.join(',');
}

/** `BUFFER_ONE` → `bufferOne` */
function camelCase(name: string): string {
  return name.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
