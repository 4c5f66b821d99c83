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
  /** What is due while a refresh is under way is left out by the schedule's own choice. */
  skipsByChoice: boolean;
}

/** Something about a schedule that people have to hear once. */
export interface ScheduleAlert {
  code: 'REFRESH_LATE' | 'REFRESH_MISSED';
  /** Tells it from every other alert of this schedule, whoever finds it and however often. */
  mark: string;
  /** A second mark that keeps it from being told as well. */
  orMark?: string | undefined;
  /** One sentence. */
  message: string;
  /** The refresh that it is about; absent where Temporal does not say which. */
  dueMs?: number | undefined;
  workflowId?: string | undefined;
}

/** What people have to hear about a schedule now. */
export function scheduleAlerts(schedule: WatchedSchedule, nowMs: number): ScheduleAlert[] {
  const late = [
    ...notStarted(schedule, nowMs),
    ...schedule.recent.flatMap((refresh) => lateRefresh(schedule, refresh, nowMs)),
  ];
  return [...late, ...missed(schedule), ...skipped(schedule, late.length > 0, nowMs)];
}

function notStarted({ paused, nextMs, lateAfterMs }: WatchedSchedule, nowMs: number): ScheduleAlert[] {
  if (paused || nextMs === undefined || nowMs <= nextMs + lateAfterMs) return [];
  const message = `The refresh of ${moment(nextMs)} has not been started by Temporal.`;
  return [late(nextMs, message)];
}

/**
 * From when a refresh that Temporal has started can be late. A backfill counts from its start: it is due before the schedule was
 * there, or longer ago than Temporal would have caught up with by itself.
 */
export function lateFromMs(
  { lateAfterMs, catchupWindowMs, createdMs }: Omit<WatchedSchedule, 'recent'>,
  { dueMs, takenMs }: Omit<WatchedRefresh, 'state'>,
): number {
  const isBackfill = dueMs < createdMs || takenMs - dueMs > catchupWindowMs;
  return (isBackfill ? takenMs : dueMs) + lateAfterMs;
}

function lateRefresh(schedule: WatchedSchedule, refresh: WatchedRefresh, nowMs: number): ScheduleAlert[] {
  const { dueMs, takenMs, state, workflowId } = refresh;
  const fromMs = lateFromMs(schedule, refresh);
  const due = moment(dueMs);
  if (state !== 'landed') {
    if (nowMs <= fromMs) return [];
    const message =
      state === 'unclaimed'
        ? `The refresh of ${due} waits for a worker: none has taken it up.`
        : `The refresh of ${due} is still under way; its data is not all in Braze.`;
    return [{ ...late(dueMs, message), workflowId }];
  }
  if (takenMs <= fromMs) return [];
  const message = `The refresh of ${due} was started at ${moment(takenMs)} only.`;
  return [{ ...late(dueMs, message), workflowId }];
}

/** One alert for all that were due on a day: a schedule with a short interval would else be told of every minute. */
function late(dueMs: number, message: string): ScheduleAlert {
  return { code: 'REFRESH_LATE', mark: `late-on-${utcDay(dueMs)}`, message, dueMs };
}

/** Temporal counts these and does not say which they were, hence one alert for each new count. */
function missed({ createdMs, missedCatchupWindow: count }: WatchedSchedule): ScheduleAlert[] {
  if (count === 0) return [];
  const message = leftOut(count, 'because Temporal was away for longer than the catch-up window');
  return [{ code: 'REFRESH_MISSED', mark: `missed-${createdMs}-${count}`, message }];
}

/**
 * One alert a day and for each new count, since a short interval leaves one out every minute. Where that was chosen, and the
 * audience is in time, it is no news at all.
 */
function skipped(
  { createdMs, skippedByOverlap: count, skipsByChoice }: WatchedSchedule,
  isLate: boolean,
  nowMs: number,
): ScheduleAlert[] {
  if (count === 0 || (skipsByChoice && !isLate)) return [];
  const message = leftOut(count, 'because an earlier refresh was still under way');
  const mark = `skipped-${createdMs}-on-${utcDay(nowMs)}`;
  return [{ code: 'REFRESH_MISSED', mark, orMark: `skipped-${createdMs}-${count}`, message }];
}

function leftOut(count: number, why: string): string {
  return `${count === 1 ? 'One refresh has' : `${count} refreshes have`} been left out since the schedule was made, ${why}.`;
}

/** 2026-11-22 */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** 2026-11-22 05:00 UTC */
function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
