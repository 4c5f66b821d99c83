import { createHash } from 'node:crypto';
import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { type Bucket } from '../adapters/bucket/bucket';
import { type MailTemplates } from '../adapters/email/templates';
import { type MailTransport } from '../adapters/email/transport';
import { WORKFLOW_TYPES } from '../contract/names';
import { OWN_MAIL_HEADER } from '../domain/automatic-mail';
import { scheduleAlerts, type ScheduleAlert } from '../domain/schedule-watch';
import { alertKey } from '../domain/state-layout';
import { valueOf } from './failure';
import { audienceOf, watchedSchedule } from './watched-schedule';

/** What the watch works with. */
export interface ScheduleWatchDependencies {
  client: Client;
  stateBucket: Bucket;
  transport: MailTransport;
  templates: MailTemplates;
  /** Mail addresses of the deployment's operators. */
  operators: readonly string[];
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** What one look has found. */
export interface ScheduleWatchResult {
  schedules: number;
  /** Alerts that were sent by this look; those of earlier looks are not repeated. */
  sent: number;
}

/** The watch over scheduled refreshes: an activity of the worker, and what the gateway does in case no worker runs. */
export function createScheduleWatch(dependencies: ScheduleWatchDependencies) {
  return {
    /**
     * Looks at every schedule that activates an audience, and mails the operators what they have to hear, once. A retry or a
     * second watcher is safe: what was told leaves a mark in the state bucket. The mark is written after the mail, so a crash in
     * between repeats a mail, under its old Message-ID, and loses none. Bounded by its time-out. Reads fresh: everything.
     */
    async watchSchedules(): Promise<ScheduleWatchResult> {
      let [schedules, sent] = [0, 0];
      for await (const { scheduleId, action } of dependencies.client.schedule.list()) {
        if (action?.workflowType !== WORKFLOW_TYPES.activateAudience) continue;
        const described = await describeIfThere(dependencies.client, scheduleId);
        if (described === undefined) continue;
        schedules += 1;
        const watched = await watchedSchedule(dependencies.client, described);
        for (const alert of scheduleAlerts(watched, dependencies.clock())) {
          if (await tellOnce(dependencies, described, alert)) sent += 1;
        }
      }
      return { schedules, sent };
    },
  };
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

async function tellOnce(
  { stateBucket, transport, templates, operators, clock }: ScheduleWatchDependencies,
  described: ScheduleDescription,
  alert: ScheduleAlert,
): Promise<boolean> {
  const { scheduleId } = described;
  const name = createHash('sha256').update(scheduleId).digest('hex').slice(0, 32);
  const key = alertKey(stateBucket.path, name, alert.mark);
  if (valueOf(await stateBucket.head(key)) !== undefined) return false;
  const messageId = `<schedule.${name}.${alert.mark.replaceAll(':', '.')}@brazier.${transport.domain}>`;
  const mail = templates({ kind: 'scheduleAlert', scheduleId, ...audienceOf(described), alert });
  const receipt = await transport.send({
    ...mail,
    messageId,
    to: operators,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      [OWN_MAIL_HEADER]: messageId,
    },
  });
  valueOf(receipt);
  valueOf(await stateBucket.putJson(key, { scheduleId, ...alert, toldAt: new Date(clock()).toISOString() }));
  return true;
}
