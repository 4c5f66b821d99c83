/** A refresh that a schedule has started, as far as Temporal tells without any worker. */
export interface WatchedRefresh {
  workflowId: string;
  /** When it was due, jitter included. */
  dueMs: number;
  takenMs: number;
  /**
   * `unclaimed`: no worker has taken it up. `underWay`: its data is not in Braze yet. `landed`: what was to be sent is sent, or
   * the run has ended, which it tells by itself.
   */
  state: 'unclaimed' | 'underWay' | 'landed';
}

/** A schedule as its watch sees it. */
export interface WatchedSchedule {
  scheduleId: string;
  createdMs: number;
  paused: boolean;
  lateAfterMs: number;
  catchupWindowMs: number;
  /** The first time that the schedule has not dealt with yet. */
  nextMs?: number | undefined;
  recent: readonly WatchedRefresh[];
  missedCatchupWindow: number;
  skippedByOverlap: number;
}

/** Something about a schedule that people have to hear once. */
export interface ScheduleAlert {
  code: 'REFRESH_LATE' | 'REFRESH_MISSED';
  /** Tells it from every other alert of this schedule, whoever finds it and however often. */
  mark: string;
  /** One sentence. */
  message: string;
  /** The refresh that it is about; absent where Temporal does not say which. */
  dueMs?: number | undefined;
  workflowId?: string | undefined;
}

/** What people have to hear about a schedule now. */
export function scheduleAlerts(schedule: WatchedSchedule, nowMs: number): ScheduleAlert[] {
  return [
    ...notStarted(schedule, nowMs),
    ...schedule.recent.flatMap((refresh) => lateRefresh(schedule, refresh, nowMs)),
    ...leftOut(
      schedule,
      'missed',
      schedule.missedCatchupWindow,
      'because Temporal was away for longer than the catch-up window',
    ),
    ...leftOut(
      schedule,
      'skipped',
      schedule.skippedByOverlap,
      'because an earlier refresh was still under way',
    ),
  ];
}

function notStarted({ paused, nextMs, lateAfterMs }: WatchedSchedule, nowMs: number): ScheduleAlert[] {
  if (paused || nextMs === undefined || nowMs <= nextMs + lateAfterMs) return [];
  const message = `The refresh of ${moment(nextMs)} has not been started by Temporal.`;
  return [late(nextMs, message)];
}

function lateRefresh(
  { lateAfterMs, catchupWindowMs, createdMs }: WatchedSchedule,
  { dueMs, takenMs, state, workflowId }: WatchedRefresh,
  nowMs: number,
): ScheduleAlert[] {
  // A backfill is due before the schedule was there, or longer ago than Temporal would have caught up with by itself.
  const isBackfill = dueMs < createdMs || takenMs - dueMs > catchupWindowMs;
  const sinceMs = isBackfill ? takenMs : dueMs;
  const due = moment(dueMs);
  if (state !== 'landed') {
    if (nowMs <= sinceMs + lateAfterMs) return [];
    const message =
      state === 'unclaimed'
        ? `The refresh of ${due} waits for a worker: none has taken it up.`
        : `The refresh of ${due} is still under way; its data is not all in Braze.`;
    return [{ ...late(dueMs, message), workflowId }];
  }
  if (takenMs <= sinceMs + lateAfterMs) return [];
  const message = `The refresh of ${due} was started at ${moment(takenMs)} only.`;
  return [{ ...late(dueMs, message), workflowId }];
}

function late(dueMs: number, message: string): ScheduleAlert {
  return { code: 'REFRESH_LATE', mark: `late-${new Date(dueMs).toISOString()}`, message, dueMs };
}

/** Temporal counts these and does not say which they were, hence one alert for each new count. */
function leftOut(
  { createdMs }: WatchedSchedule,
  what: 'missed' | 'skipped',
  count: number,
  why: string,
): ScheduleAlert[] {
  if (count === 0) return [];
  const message = `${count === 1 ? 'One refresh has' : `${count} refreshes have`} been left out since the schedule was made, ${why}.`;
  return [{ code: 'REFRESH_MISSED', mark: `${what}-${createdMs}-${count}`, message }];
}

/** 2026-11-22 05:00 UTC */
function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
