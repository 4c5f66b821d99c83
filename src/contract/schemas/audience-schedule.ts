import { z } from 'zod';
import { type Activation, type ActivateAudienceInput } from '../activation';
import { type Outcome } from '../errors';
import { DEFAULT_LATE_AFTER_SECONDS, type ScheduleSettings } from '../schedule';
import { activateAudienceSchema } from './activate-audience';
import { audienceKey } from './audience-key';
import { timeZoneSchema } from './audience-source';
import { parseInput, strictObject } from './parse-input';

const DAY_SECONDS = 86_400;

/** Temporal's own dialect: five fields, or six with a year, or `@daily` and the like; what the fields mean it checks itself. */
const cronSchema = z
  .string()
  .trim()
  .regex(
    /^(@[a-z]+( \S+)?|\S+( +\S+){4,6})$/,
    'must be a cron expression such as 0 5 * * * (minute hour day month weekday)',
  )
  .refine((cron) => !cron.includes('TZ='), 'must not name a time zone: that is what timeZone is for');

/** When an audience is refreshed; a field left out gets its default. */
export const scheduleSettingsSchema = strictObject({
  cron: z
    .union([cronSchema.transform((one) => [one]), z.array(cronSchema).max(20)], {
      error: 'must be a cron expression such as "0 5 * * *", or a list of them',
    })
    .default([])
    .describe('Cron expressions (minute hour day month weekday), one or several.'),
  everySeconds: z
    .int()
    .min(10)
    .max(366 * DAY_SECONDS)
    .optional()
    .describe('Seconds between refreshes.'),
  timeZone: timeZoneSchema
    .default('UTC')
    .describe('IANA zone of the cron expressions, and of dates in the source.'),
  jitterSeconds: z
    .int()
    .min(0)
    .max(DAY_SECONDS)
    .default(0)
    .describe('Seconds; each refresh starts so much later at most.'),
  overlap: z
    .enum(['bufferOne', 'skip', 'bufferAll'])
    .default('bufferOne')
    .describe('What happens to a refresh whose predecessor still runs.'),
  catchupWindowSeconds: z
    .int()
    .min(10)
    .max(365 * DAY_SECONDS)
    .default(3600)
    .describe('Seconds; how far back missed refreshes are made up for.'),
  pauseOnFailure: z.boolean().default(false).describe('true pauses the schedule when a refresh fails.'),
  lateAfterSeconds: z
    .int()
    .min(1)
    .max(30 * DAY_SECONDS)
    .default(DEFAULT_LATE_AFTER_SECONDS)
    .describe('Seconds after a refresh was due; an alert goes out if its data is not in Braze by then.'),
  paused: z.boolean().default(false).describe('true creates it paused.'),
  note: z.string().max(1000).default('').describe('For people.'),
}).refine(({ cron, everySeconds }) => cron.length > 0 || everySeconds !== undefined, {
  path: ['cron'],
  error: 'cron or everySeconds must say when',
});

/** Input of `brazier schedule create`. */
export const audienceScheduleSchema = strictObject({
  schedule: scheduleSettingsSchema.describe('When the audience is refreshed.'),
  activation: activateAudienceSchema.describe('Input of activateAudience.'),
});

/** A schedule that was checked: when, and what each refresh is started with. */
export interface CheckedSchedule {
  settings: ScheduleSettings;
  /** With every default filled in, for people; the workflow fills them in anew. */
  activation: Activation;
  /** What Temporal is given: what was written, with the defaults of refreshes that nobody watches. */
  input: ActivateAudienceInput;
}

/**
 * Checks a schedule. A refresh has nobody to ask, so it is confirmed by nobody unless a policy is given; it skips a source that
 * is as it was; and dates in its source are those of the schedule's time zone.
 */
export function parseSchedule(input: unknown): Outcome<CheckedSchedule> {
  const parsed = parseInput(audienceScheduleSchema, withRefreshDefaults(input), 'schedule create');
  if (!parsed.ok) return parsed;
  const { schedule: settings, activation } = parsed.value;
  const key = audienceKey(activation.attribute, activation.audience, activation.source.identifier);
  // The schema has just accepted exactly this value.
  const { activation: accepted } = withRefreshDefaults(input) as { activation: ActivateAudienceInput };
  return { ok: true, value: { settings, activation: { ...activation, audienceKey: key }, input: accepted } };
}

function withRefreshDefaults(input: unknown): unknown {
  if (!isObject(input) || !isObject(input['activation'])) return input;
  const { activation, schedule } = input;
  const timeZone = isObject(schedule) ? schedule['timeZone'] : undefined;
  const source = activation['source'];
  const dated = isObject(source) && timeZone !== undefined ? { source: { timeZone, ...source } } : {};
  return {
    ...input,
    activation: { confirmation: { kind: 'none' }, skipUnchanged: true, ...activation, ...dated },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
