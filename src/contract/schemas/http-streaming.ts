import { z } from 'zod';
import { isKeepable } from '../../domain/stream/event-data';
import { IDENTIFIER_RANKS } from '../../domain/stream/vocabulary';
import { type DeadLetterFilter } from '../stream';
import { activateEngagementSchema, engagementActivateSchema, engagementUpgradeSchema } from './engagement';
import { externalApiNameSchema, jsonObjectSchema } from './external-api';
import { integrationNameSchema, nonBlankSchema } from './fields';
import { strictObject } from './parse-input';

/** Who decides, where the caller names somebody. */
export const personSchema = nonBlankSchema
  .max(200)
  .optional()
  .describe(
    'The person who decided; recorded as "person via caller". Without it the caller is recorded, as "api:caller".',
  );

/** A whole number in the query of an address. */
function countSchema(most: number) {
  return z
    .string()
    .regex(/^[1-9][0-9]{0,6}$/, `must be a whole number from 1 to ${most}`)
    .transform(Number)
    .refine((count) => count <= most, `must be at most ${most}`);
}

const momentSchema = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-11-22T09:30:00Z' })
  .transform((text) => new Date(text));
const versionSchema = countSchema(1_000_000)
  .optional()
  .describe('A version; the latest where it is left out.');
const integrationSchema = integrationNameSchema.describe('Name of the integration.');
const engagementFilterSchema = integrationNameSchema.optional().describe('Only those of this engagement.');
const limitSchema = (most: number) =>
  countSchema(most).default(50).describe(`At most so many, 1 to ${most}.`);

const peopleSchema = z
  .enum(['true', 'false'])
  .default('false')
  .describe(
    'true: also whom each was about, and reasons in the words of Braze. Needs the permission people.',
  );

/** Parts of addresses, by name. */
export const ADDRESS_SCHEMAS = {
  integration: integrationSchema,
  externalApi: externalApiNameSchema.describe('Name of the External API.'),
  segment: integrationNameSchema.describe('Name of the segment.'),
  engagement: integrationNameSchema.describe('Name of the engagement.'),
} as const;

/** One version of something that is saved. */
export const versionQuerySchema = strictObject({ version: versionSchema });

/** Everything of an integration. */
export const integrationQuerySchema = strictObject({ integration: integrationSchema });

/** Calls that have come to their end. */
export const callQuerySchema = strictObject({
  integration: integrationSchema,
  engagement: engagementFilterSchema,
  since: momentSchema.optional().describe('Only those whose end was written down then or later.'),
  after: z
    .templateLiteral([z.iso.datetime({ precision: 6 }), '/', z.string().regex(/^[0-9]{1,18}$/)], {
      error: 'must be next of a page before',
    })
    .optional()
    .describe('next of the page before.'),
  people: peopleSchema,
  limit: limitSchema(1_000),
});

const letterFilter = {
  integration: integrationSchema,
  engagement: engagementFilterSchema,
  state: z
    .enum(['refused', 'unknown', 'setAside'] satisfies DeadLetterFilter['state'][])
    .optional()
    .describe('Only these: calls that were refused or may not have arrived, or events set aside.'),
  reason: nonBlankSchema
    .max(500)
    .regex(/^\P{C}*$/u, 'must not hold control characters')
    .optional()
    .describe('Only those whose reason holds this text, whatever its case.'),
  since: momentSchema.optional().describe('Only those of then and later.'),
  until: momentSchema.optional().describe('Only those before.'),
};

/** Dead letters, the oldest first. */
export const deadLetterQuerySchema = strictObject({
  ...letterFilter,
  after: z
    .string()
    .regex(/^[0-9A-Za-z:./-]{1,80}$/, 'must be next of a page before')
    .optional()
    .describe('next of the page before.'),
  people: peopleSchema,
  limit: limitSchema(1_000),
});

/** Which dead letters are re-driven or discarded, and by whom. */
export const deadLetterDecisionSchema = strictObject({
  ...letterFilter,
  ids: z
    .array(z.string().regex(/^(call|event)-[0-9]{1,19}$/, 'must be the id of a dead letter'))
    .min(1)
    .max(1_000)
    .optional()
    .describe('Only these.'),
  by: personSchema,
  dryRun: z.boolean().default(false).describe('Only counts: nothing is done.'),
});

/** Body of activate. */
export const draftActivationSchema = strictObject({
  by: personSchema,
  revision: engagementActivateSchema.shape.revision,
});

const { version, exitVersion, segmentVersion } = engagementUpgradeSchema.shape;

/** Body of upgrade. */
export const upgradeRequestSchema = strictObject({ by: personSchema, version, exitVersion, segmentVersion });

const textSchema = (characters: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(characters)
    .refine((text) => !/\p{Cc}/u.test(text) && isKeepable(text), 'must not hold control characters')
    .optional();
const identifierSchema = textSchema(512);

const previewFields = {
  person: strictObject({
    externalId: identifierSchema,
    email: identifierSchema,
    phone: identifierSchema,
    anonymousId: identifierSchema,
  })
    .refine((given) => IDENTIFIER_RANKS.filter((kind) => given[kind] !== undefined).length === 1, {
      error: 'must have exactly one identifier',
    })
    .meta({ minProperties: 1, maxProperties: 1 })
    .describe('Whom it is tried on: one identifier.'),
  lastEvent: textSchema(255).describe('Fills event fields from the person’s last event of this name.'),
  event: jsonObjectSchema
    .optional()
    .describe('What would happen at this event, as it would be posted; id and identifiers are not needed.'),
};
const ONE_EVENT = {
  path: ['event'],
  error: 'stands beside lastEvent; one of them can be worked with',
};

/** A preview of a saved engagement on a person. */
export const previewSchema = strictObject(previewFields).refine(isOneEvent, ONE_EVENT);

/** A preview of an engagement that need not be saved. */
export const unsavedPreviewSchema = strictObject({
  engagement: activateEngagementSchema.describe('As activateEngagement would take it.'),
  ...previewFields,
}).refine(isOneEvent, ONE_EVENT);

function isOneEvent(given: { lastEvent?: unknown; event?: unknown }): boolean {
  return given.lastEvent === undefined || given.event === undefined;
}
