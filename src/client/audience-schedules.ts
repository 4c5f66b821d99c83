import { randomUUID } from 'node:crypto';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { audienceScheduleId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { type AudienceScheduleInput, type PlannedRefresh, type ScheduleView } from '../contract/schedule';
import { type CheckedSchedule, parseSchedule } from '../contract/schemas/audience-schedule';
import { fillTemplate } from '../domain/date-template';
import { ScheduleError } from './schedule-error';
import { optionsOf, specOf } from './schedule-options';
import { recentOf, viewOf } from './schedule-view';
import { ensureScheduleWatch } from './schedule-watch';

/** What a schedule will do: the next times, without jitter, and the place that the source has at each. */
export interface SchedulePreview {
  scheduleId: string;
  next: PlannedRefresh[];
}

/** Refreshes looked up one by one for a listing, and for one schedule. */
const LISTED_REFRESHES = 1;
const SHOWN_REFRESHES = 10;

/** The Temporal Schedules that refresh audiences: one for each audience, made here or by hand. */
export class AudienceSchedules {
  private readonly temporal: Client;

  constructor(temporal: Client) {
    this.temporal = temporal;
  }

  /** What a schedule would do. Temporal itself tells the times, by a paused schedule that is deleted at once. */
  async preview(input: AudienceScheduleInput): Promise<SchedulePreview> {
    return this.previewChecked(checked(input));
  }

  /** Creates a schedule, or replaces the one that the audience has; replacing keeps its pause, its note and its past. */
  async create(input: AudienceScheduleInput, { replace = false } = {}): Promise<SchedulePreview> {
    const schedule = checked(input);
    const preview = await this.previewChecked(schedule);
    const { scheduleId } = preview;
    const { paused, note } = schedule.settings;
    try {
      await this.temporal.schedule.create({ scheduleId, ...optionsOf(schedule), state: { paused, note } });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      if (!replace) {
        const message = `There is a schedule ${scheduleId} already.`;
        throw new ScheduleError({ code: 'SCHEDULE_EXISTS', message }, { cause: error });
      }
      await this.replace(scheduleId, schedule);
    }
    await ensureScheduleWatch(this.temporal);
    return preview;
  }

  /** Every schedule that activates audiences, also those made by hand; the list is eventually consistent. */
  async *list(integration?: string): AsyncGenerator<ScheduleView> {
    for await (const { scheduleId, action } of this.temporal.schedule.list()) {
      if (action?.workflowType !== WORKFLOW_TYPES.activateAudience) continue;
      const view = await this.viewIfThere(scheduleId);
      if (view && (integration === undefined || view.integration === integration)) yield view;
    }
  }

  /** One schedule with its last refreshes. */
  async show(scheduleId: string): Promise<ScheduleView> {
    const { described } = await this.find(scheduleId);
    return viewOf(described, await recentOf(this.temporal, described, SHOWN_REFRESHES));
  }

  /** Starts no refresh until it is resumed. */
  async pause(scheduleId: string, note: string): Promise<void> {
    const { handle } = await this.find(scheduleId);
    await handle.pause(note);
  }

  /** Goes on with the next time; those that passed meanwhile are left out. */
  async resume(scheduleId: string, note: string): Promise<void> {
    const { handle } = await this.find(scheduleId);
    await handle.unpause(note);
  }

  /** Refreshes now, or after the refresh that is under way, as the schedule's overlap policy says. */
  async trigger(scheduleId: string): Promise<void> {
    const { handle, described } = await this.find(scheduleId);
    await handle.trigger(described.policies.overlap);
  }

  /** Refreshes for every time between two moments, one after the other, oldest first; each for the day that it was due on. */
  async backfill(scheduleId: string, { from, to }: { from: Date; to: Date }): Promise<void> {
    const { handle } = await this.find(scheduleId);
    await handle.backfill({ start: from, end: to, overlap: ScheduleOverlapPolicy.BUFFER_ALL });
  }

  /** Ends the schedule; a refresh that is under way goes on. */
  async delete(scheduleId: string): Promise<void> {
    const { handle } = await this.find(scheduleId);
    await handle.delete();
  }

  private async viewIfThere(scheduleId: string): Promise<ScheduleView | undefined> {
    try {
      const { described } = await this.find(scheduleId);
      return viewOf(described, await recentOf(this.temporal, described, LISTED_REFRESHES));
    } catch (error) {
      // Deleted since it was listed.
      if (error instanceof ScheduleError) return undefined;
      throw error;
    }
  }

  /** Only schedules that activate audiences are touched, whatever id was typed. */
  private async find(
    scheduleId: string,
  ): Promise<{ handle: ScheduleHandle; described: ScheduleDescription }> {
    const handle = this.temporal.schedule.getHandle(scheduleId);
    try {
      const described = await handle.describe();
      if (described.action.workflowType === WORKFLOW_TYPES.activateAudience) return { handle, described };
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
    throw new ScheduleError({
      code: 'SCHEDULE_NOT_FOUND',
      message: `There is no schedule ${scheduleId} that activates an audience.`,
    });
  }

  private async replace(scheduleId: string, schedule: CheckedSchedule): Promise<void> {
    const { handle } = await this.find(scheduleId);
    const { paused, note } = schedule.settings;
    await handle.update(({ state }) => ({
      ...optionsOf(schedule),
      state: { ...state, paused: paused || state.paused, note: note === '' ? (state.note ?? '') : note },
    }));
  }

  private async previewChecked({ settings, activation }: CheckedSchedule): Promise<SchedulePreview> {
    const { integration, audienceKey, source } = activation;
    const place = source.key ?? source.prefix ?? source.newestUnder ?? '';
    const timeZone = source.timeZone ?? 'UTC';
    const times = await this.nextTimes(settings);
    return {
      scheduleId: audienceScheduleId(integration, audienceKey),
      next: times.map((at) => ({
        at: at.toISOString(),
        source: fillTemplate(place, { atMs: at.getTime(), timeZone }),
      })),
    };
  }

  /** By Temporal's own rules: a second reading of cron expressions could differ from the one that counts. */
  private async nextTimes(settings: CheckedSchedule['settings']): Promise<Date[]> {
    const handle = await this.createPreview(settings);
    try {
      return (await handle.describe()).info.nextActionTimes.slice(0, 5);
    } finally {
      await handle.delete();
    }
  }

  private async createPreview(settings: CheckedSchedule['settings']): Promise<ScheduleHandle> {
    try {
      return await this.temporal.schedule.create({
        scheduleId: `brazier/preview/${randomUUID()}`,
        spec: specOf(settings, { jitter: false }),
        action: { type: 'startWorkflow', workflowType: 'schedulePreview', taskQueue: TASK_QUEUE },
        state: { paused: true, note: 'Made to look at times, and deleted at once.' },
      });
    } catch (error) {
      // The SDK's way of saying that the server refuses the specification, in the server's words.
      if (!(error instanceof TypeError)) throw error;
      const message = `schedule: Temporal cannot use these times: ${error.message}.`;
      throw new ScheduleError({ code: 'INPUT_INVALID', message }, { cause: error });
    }
  }
}

function checked(input: AudienceScheduleInput): CheckedSchedule {
  const parsed = parseSchedule(input);
  if (!parsed.ok) throw new ScheduleError(parsed.fault);
  return parsed.value;
}
