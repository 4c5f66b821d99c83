import { type ActivateAudienceInput } from './activation';

/** What happens to a refresh that is due while the one before it is still under way; `bufferOne` runs one of them afterwards. */
export type ScheduleOverlap = 'bufferOne' | 'skip' | 'bufferAll';

/** When an audience is refreshed, checked and with every default filled in. */
export interface ScheduleSettings {
  /** Cron expressions, read in the time zone. */
  cron: string[];
  /** A fixed interval instead of, or beside, cron expressions; counted from 1970, in UTC. */
  everySeconds?: number | undefined;
  /** IANA name; also the zone of dates in the source's key. */
  timeZone: string;
  /** Refreshes start up to this much later, each schedule by its own amount. */
  jitterSeconds: number;
  overlap: ScheduleOverlap;
  /** How late a refresh may still start after Temporal was away; what is later is missed. */
  catchupWindowSeconds: number;
  pauseOnFailure: boolean;
  /** An alert goes out when a refresh has not brought its data to Braze by then. */
  lateAfterSeconds: number;
  paused: boolean;
  note: string;
}

/** A schedule as a person writes it: one JSON object. */
export interface AudienceScheduleInput {
  schedule: Partial<Omit<ScheduleSettings, 'cron'>> & { cron?: string | string[] };
  /** What every refresh activates; see `ActivateAudienceInput`. */
  activation: ActivateAudienceInput;
}

/** Which audience a schedule is for. */
export interface ScheduledAudience {
  integration: string;
  audience: string;
  attribute: string;
}

/** A time at which a schedule fires, with the place that the source has then. */
export interface PlannedRefresh {
  /** ISO 8601, UTC; without jitter. */
  at: string;
  source: string;
}

/** A refresh that a schedule has started. */
export interface StartedRefresh {
  workflowId: string;
  runId: string;
  /** When it was due, jitter included, and when it was started; ISO 8601. */
  dueAt: string;
  startedAt: string;
  /** Temporal's status, e.g. `RUNNING`, `COMPLETED`, `FAILED`; `UNKNOWN` once Temporal has forgotten the run. */
  status: string;
  outcome?: string | undefined;
  /** Why, by the catalog: of a failed run, or of one that had nothing to do. */
  code?: string | undefined;
}

/** A schedule as it is. */
export interface ScheduleView extends ScheduledAudience {
  scheduleId: string;
  /** Cron expressions as Temporal keeps them, and intervals. */
  times: string[];
  timeZone: string;
  jitterSeconds: number;
  overlap: string;
  catchupWindowSeconds: number;
  pauseOnFailure: boolean;
  lateAfterSeconds: number;
  paused: boolean;
  note: string;
  /** The key, prefix or folder that is read, dates not filled in. */
  source: string;
  /** Next times, jitter included; ISO 8601. */
  next: string[];
  /** Newest first. */
  recent: StartedRefresh[];
  started: number;
  /** Left out because Temporal was away for longer than the catch-up window. */
  missedCatchupWindow: number;
  /** Left out because an earlier refresh was still under way. */
  skippedByOverlap: number;
}

/** What an alert is sent after unless the schedule says otherwise. */
export const DEFAULT_LATE_AFTER_SECONDS = 3600;

/** Where a schedule keeps `lateAfterSeconds`: a field of its action's memo, which an update of the schedule can change. */
export const LATE_AFTER_MEMO = 'lateAfterSeconds';

/** When a refresh counts as late: by the memo of the schedule's action or, in a schedule made by hand, its own. */
export function lateAfterSecondsOf({
  action,
  memo,
}: {
  action: { memo?: Record<string, unknown> | undefined };
  memo?: Record<string, unknown> | undefined;
}): number {
  const given = [action.memo?.[LATE_AFTER_MEMO], memo?.[LATE_AFTER_MEMO]].map(Number);
  return given.find((seconds) => seconds > 0) ?? DEFAULT_LATE_AFTER_SECONDS;
}
