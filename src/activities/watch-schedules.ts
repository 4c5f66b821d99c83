import { ApplicationFailure } from '@temporalio/common';
import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { streamWorkflowId, WORKFLOW_TYPES } from '../contract/names';
import { scheduleAlerts } from '../domain/schedule-watch';
import { streamAlerts, type WaitingShard } from '../domain/stream/stream-alerts';
import { tellOnce, type AlertDependencies } from './tell-once';
import { readShards } from './shard-progress';
import { audienceOf, type LandedRuns, watchedSchedule } from './watched-schedule';

/** What the watch works with. */
export interface ScheduleWatchDependencies extends AlertDependencies {
  client: Client;
}

/** What one look has found. */
export interface ScheduleWatchResult {
  schedules: number;
  /** Alerts that were sent by this look; those of earlier looks are not repeated. */
  sent: number;
}

/** The watch over scheduled refreshes: an activity of the worker, and what the gateway does in case no worker runs. */
export function createScheduleWatch(dependencies: ScheduleWatchDependencies) {
  const { client, clock } = dependencies;
  let landed: LandedRuns = new Set();
  return {
    /**
     * Looks at every schedule that activates an audience and at every shard of a stream, and mails the operators what they have to hear, once. One that cannot be
     * looked at keeps nobody from the others. A retry or a second watcher is safe: what was told leaves a mark in the state
     * bucket. The mark is written after the mail, so a crash in between repeats a mail, under its old Message-ID, and loses
     * none. Bounded by its time-out. Reads fresh: everything but runs that an earlier look saw landed, which stay so.
     */
    async watchSchedules(): Promise<ScheduleWatchResult> {
      let [schedules, sent] = [0, 0];
      const seen: string[] = [];
      const failures: unknown[] = [];
      for await (const { scheduleId, action } of client.schedule.list()) {
        if (action?.workflowType !== WORKFLOW_TYPES.activateAudience) continue;
        schedules += 1;
        try {
          const described = await describeIfThere(client, scheduleId);
          if (described === undefined) continue;
          const look = await watchedSchedule(client, described, { landed, nowMs: clock() });
          seen.push(...look.landed);
          for (const alert of scheduleAlerts(look.watched, clock())) {
            const mail = { kind: 'scheduleAlert', scheduleId, ...audienceOf(described), alert } as const;
            const telling = { about: scheduleId, kind: 'schedule', mail } as const;
            if (await tellOnce(dependencies, telling, alert)) sent += 1;
          }
        } catch (error) {
          failures.push(error);
        }
      }
      landed = new Set(seen);
      try {
        sent += await tellOfStreams(dependencies);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) throw incompleteLook(failures, schedules);
      return { schedules, sent };
    },
  };
}

/** Shards that have waited for too long, by what they have told Temporal; it answers how many alerts were sent. */
async function tellOfStreams(dependencies: ScheduleWatchDependencies): Promise<number> {
  const { client, clock } = dependencies;
  const waits: WaitingShard[] = [];
  for await (const { integration, layout, shard, progress } of readShards(client))
    if (progress?.waiting !== undefined)
      waits.push({ integration, layout, shard, waiting: progress.waiting });
  let sent = 0;
  for (const { mark, ...alert } of streamAlerts(waits, clock())) {
    const mail = { kind: 'streamAlert', ...alert } as const;
    const telling = { about: streamWorkflowId(alert.integration), kind: 'stream', mail } as const;
    if (await tellOnce(dependencies, telling, { mark })) sent += 1;
  }
  return sent;
}

/** Not worth a retry: the next look is a minute away, and takes all of them again. */
function incompleteLook([first, ...others]: unknown[], schedules: number): ApplicationFailure {
  const code = first instanceof ApplicationFailure ? first.type : undefined;
  // What a foreign error says may repeat what it could not read; its name does not.
  const name = code ?? (first instanceof Error ? first.name : typeof first);
  return ApplicationFailure.create({
    type: code ?? 'INVARIANT_BROKEN',
    message: `${others.length + 1} of ${schedules} schedules could not be looked after; the first for ${name}. All others were.`,
    nonRetryable: true,
  });
}

/** A schedule may be deleted after it was listed. */
async function describeIfThere(client: Client, scheduleId: string): Promise<ScheduleDescription | undefined> {
  try {
    return await client.schedule.getHandle(scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
