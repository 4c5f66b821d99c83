import { z } from 'zod';
import { type EventCondition, type FieldCondition, type Window } from '../../domain/stream/vocabulary';
import { isInherited } from '../../domain/stream/event-data';
import { parseProfileField } from '../../domain/stream/profile-fields';
import { MOST_RECENT_EVENTS } from '../../domain/stream/vocabulary';
import { strictObject } from './parse-input';

const LONGEST_NAME = 255;
const LONGEST_TEXT = 1_000;
const TEN_YEARS_DAYS = 3_650;
const HUNDRED_YEARS_DAYS = 36_500;

const countSchema = z.int().max(1_000_000_000);
const windowSchema = (mostDays: number, perDay: number) =>
  z
    .int()
    .min(1)
    .max(mostDays * perDay);
const scalarSchema = z.union([z.string().max(LONGEST_TEXT), z.number(), z.boolean()], {
  error: ({ input }) => (input === undefined ? 'is missing' : 'must be a text, a number, true or false'),
});
const numberSchema = z.number();
const daysSchema = windowSchema(HUNDRED_YEARS_DAYS, 1);

const WINDOWS = ['withinMinutes', 'withinHours', 'withinDays'] as const satisfies (keyof Window)[];

/** The tests of a field; a condition has one of them. */
const FIELD_TESTS = [
  'exists',
  'equals',
  'oneOf',
  'contains',
  'startsWith',
  'moreThan',
  'atLeast',
  'lessThan',
  'atMost',
  'withinDays',
  'olderThanDays',
] as const satisfies (keyof FieldCondition)[];

/** The fields of a profile, for people. */
const PROFILE_FIELDS_TOLD =
  'externalId, email, phone, anonymousId, firstSeenAt, traits.<name>, events.<name>.count, .firstAt, .lastAt or .last.<property>';

function given<Key extends string>(value: object, keys: readonly Key[]): Key[] {
  return keys.filter((key) => Object.hasOwn(value, key));
}

/** Why a condition on events means nothing or cannot be answered; nothing if it can. */
function eventProblem(condition: EventCondition): string | undefined {
  const bounds = given(condition, ['atLeast', 'atMost', 'exactly']);
  if (bounds.length === 0) return 'needs atLeast, atMost or exactly: how often it has to have happened';
  if (bounds.length > 1 && bounds.includes('exactly')) return 'has exactly beside another bound';
  const { atLeast = 0, atMost = Infinity, exactly = 0 } = condition;
  if (atLeast > atMost) return 'has an atLeast above its atMost: nobody could fit';
  const windows = given(condition, WINDOWS);
  if (windows.length > 1) return `has more than one window (${windows.join(', ')}); leave one`;
  const isCountable =
    atLeast <= MOST_RECENT_EVENTS &&
    exactly < MOST_RECENT_EVENTS &&
    (atMost < MOST_RECENT_EVENTS || !bounds.includes('atMost'));
  if (windows.length === 0 || isCountable) return undefined;
  return `counts too many within its window: atLeast goes to ${MOST_RECENT_EVENTS} there, atMost and exactly to ${MOST_RECENT_EVENTS - 1}, since so many moments of each event are kept for a person`;
}

/** A test of how often a person did something. */
export const eventConditionSchema = strictObject({
  event: z
    .string()
    .min(1)
    .max(LONGEST_NAME)
    .refine((name) => !isInherited(name), 'must be another name: every object has this one')
    .describe('Name of the event, as it is captured.'),
  atLeast: countSchema.min(1).exactOptional().describe('So often or more.'),
  atMost: countSchema.min(0).exactOptional().describe('So often or less; 0: never.'),
  exactly: countSchema.min(0).exactOptional().describe('Just so often.'),
  withinMinutes: windowSchema(TEN_YEARS_DAYS, 1_440)
    .exactOptional()
    .describe('Only of the last so many minutes.'),
  withinHours: windowSchema(TEN_YEARS_DAYS, 24).exactOptional().describe('Only of the last so many hours.'),
  withinDays: windowSchema(TEN_YEARS_DAYS, 1)
    .exactOptional()
    .describe('Only of the last so many times 24 hours.'),
})
  .superRefine((condition, context) => {
    const problem = eventProblem(condition);
    if (problem !== undefined) context.addIssue(problem);
  })
  .meta({
    anyOf: [{ required: ['atLeast'] }, { required: ['atMost'] }, { required: ['exactly'] }],
    not: {
      anyOf: [
        { required: ['exactly', 'atLeast'] },
        { required: ['exactly', 'atMost'] },
        { required: ['withinMinutes', 'withinHours'] },
        { required: ['withinMinutes', 'withinDays'] },
        { required: ['withinHours', 'withinDays'] },
      ],
    },
  });

/** Whether a field is about an event that is never captured, by its name. */
function namesNoEvent(field: string): boolean {
  const parsed = parseProfileField(field);
  return parsed !== undefined && 'event' in parsed && isInherited(parsed.event);
}

function testProblem(condition: FieldCondition): string | undefined {
  const tests = given(condition, FIELD_TESTS);
  if (tests.length === 1) return undefined;
  if (tests.length === 0) return `needs one test: ${FIELD_TESTS.join(', ')}`;
  return `has more than one test (${tests.join(', ')}); put each into a term of its own under all`;
}

/** A test of one field of a profile. */
export const fieldConditionSchema = strictObject({
  field: z
    .string()
    .max(LONGEST_TEXT)
    .refine((field) => parseProfileField(field) !== undefined, {
      error: `is no field of a profile: ${PROFILE_FIELDS_TOLD}`,
    })
    .refine((field) => !namesNoEvent(field), 'must name another event: every object has this name')
    .meta({ pattern: '^(externalId|email|phone|anonymousId|firstSeenAt|traits\\..+|events\\..+\\..+)$' })
    .describe(`The field: ${PROFILE_FIELDS_TOLD}.`),
  exists: z.boolean().exactOptional().describe('Whether the person has it at all.'),
  equals: scalarSchema.exactOptional().describe('Is this very text, number, or truth value.'),
  oneOf: z.array(scalarSchema).min(1).max(100).exactOptional().describe('Is one of these.'),
  contains: scalarSchema
    .refine((wanted) => wanted !== '', 'must not be blank')
    .exactOptional()
    .describe('A text that holds this text, or a list that has this entry.'),
  startsWith: z.string().min(1).max(LONGEST_TEXT).exactOptional().describe('A text that begins with this.'),
  moreThan: numberSchema.exactOptional().describe('A number above this.'),
  atLeast: numberSchema.exactOptional().describe('A number from this.'),
  lessThan: numberSchema.exactOptional().describe('A number below this.'),
  atMost: numberSchema.exactOptional().describe('A number up to this.'),
  withinDays: daysSchema
    .exactOptional()
    .describe('A time (ISO 8601 or Unix milliseconds) within the last so many times 24 hours.'),
  olderThanDays: daysSchema
    .exactOptional()
    .describe('A time (ISO 8601 or Unix milliseconds) before the last so many times 24 hours.'),
})
  .superRefine((condition, context) => {
    const problem = testProblem(condition);
    if (problem !== undefined) context.addIssue(problem);
  })
  .meta({ minProperties: 2, maxProperties: 2 });
