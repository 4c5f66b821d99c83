import { z } from 'zod';
import { DEFAULT_ATTRIBUTE } from '../names';
import {
  type ActivationListing,
  type ActivationReference,
  type ActivationView,
  type ApiError,
  type StartedActivation,
} from '../http-api';
import { type EventsAnswer } from '../capture';
import { activateAudienceSchema, audienceNameSchema } from './activate-audience';
import { eventsSchema } from './capture';
import { DEFINITION_ANSWERS } from './definition-answers';
import { activateEngagementSchema } from './engagement';
import { ENGAGEMENT_ANSWERS } from './engagement-answers';
import { externalApiSchema, testExternalApiSchema } from './external-api';
import { attributeNameSchema, integrationNameSchema, nonBlankSchema } from './fields';
import {
  deadLetterDecisionSchema,
  draftActivationSchema,
  personSchema,
  previewSchema,
  unsavedPreviewSchema,
  upgradeRequestSchema,
} from './http-streaming';
import { strictObject } from './parse-input';
import { segmentSchema } from './segment';
import {
  actorSchema,
  confirmationResultSchema,
  runErrorSchema,
  runResultSchema,
  runStatusSchema,
} from './run-status';

/** Body of approve and reject. */
export const planDecisionSchema = strictObject({
  planHash: nonBlankSchema.describe('Hash of the plan that was looked at, as the status shows it.'),
  by: personSchema,
});

/** Body of confirm, dispute, pause, resume and cancel. */
export const personalRequestSchema = strictObject({ by: personSchema });

const DIGITS = /^[1-9][0-9]{0,2}$/;

/** Query parameters of the list: an audience, by what makes it one. */
export const audienceQuerySchema = strictObject({
  integration: integrationNameSchema.describe('Name of the integration.'),
  audience: audienceNameSchema.describe('The audience’s value.'),
  attribute: attributeNameSchema.default(DEFAULT_ATTRIBUTE).describe('The custom attribute.'),
  identifier: z
    .enum(['external_id', 'user_alias', 'braze_id', 'email', 'phone'])
    .default('external_id')
    .describe('Identifier kind of the audience.'),
  limit: z
    .string()
    .regex(DIGITS, 'must be a whole number from 1 to 100')
    .transform(Number)
    .refine((limit) => limit <= 100, 'must be at most 100')
    .default(20)
    .describe('At most so many runs, 1 to 100.'),
});

const reference = { workflowId: z.string(), runId: z.string() };

const referenceSchema: z.ZodType<ActivationReference> = z.object(reference);
const startedSchema: z.ZodType<StartedActivation> = z.object({
  ...reference,
  repeated: z
    .boolean()
    .describe('True if the same request with the same Idempotency-Key had started this run before.'),
});
const viewSchema: z.ZodType<ActivationView> = z.object({
  ...reference,
  ended: z.boolean(),
  startedAt: z.iso.datetime().describe('ISO 8601, UTC.'),
  endedAt: z.iso.datetime().optional().describe('ISO 8601, UTC.'),
  status: runStatusSchema.optional().describe('Where the run is; as long as it is under way.'),
  result: runResultSchema
    .optional()
    .describe('How the run ended; absent if it ended before it had anything to tell, then error says why.'),
  error: runErrorSchema.optional().describe('Why the run failed, was refused, or ended without a result.'),
});
const listingSchema: z.ZodType<ActivationListing> = z.object({
  ...reference,
  heldAt: z.iso.datetime().describe('ISO 8601, UTC; since when the run held the audience.'),
  releasedAt: z.iso
    .datetime()
    .optional()
    .describe(
      'From then on the next run could start; the run itself may go on to be confirmed and verified.',
    ),
});
const listSchema = z.object({ activations: z.array(listingSchema).describe('Newest first.') });
const errorSchema: z.ZodType<ApiError> = z.object({
  code: z.string().describe('A code of docs/errors.md; never renamed.'),
  message: z.string().describe('What is wrong, for people.'),
  actor: actorSchema,
  fields: z
    .array(z.object({ field: z.string(), problem: z.string() }))
    .optional()
    .describe('The fields that a refused input has to change.'),
});

const eventsAnswerSchema: z.ZodType<EventsAnswer> = z.object({
  accepted: z.int().describe('Events that are in the log now, durably, and were not before.'),
  duplicates: z.int().describe('Events that were in the log already, or stand in the request twice.'),
  refused: z
    .array(z.object({ index: z.int().describe('Position in the request.'), problem: z.string() }))
    .describe('Events that were not taken, and why.'),
});

const STREAM_BODIES = {
  ExternalApi: externalApiSchema,
  TestExternalApiInput: testExternalApiSchema,
  Segment: segmentSchema,
  ActivateEngagementInput: activateEngagementSchema,
  DraftActivation: draftActivationSchema,
  UpgradeRequest: upgradeRequestSchema,
  PreviewRequest: previewSchema,
  UnsavedPreviewRequest: unsavedPreviewSchema,
  DeadLetterDecision: deadLetterDecisionSchema,
};

/** Every body of the HTTP API by the name that its description gives it. */
export const API_SCHEMAS = {
  ActivateAudienceInput: activateAudienceSchema,
  PlanDecision: planDecisionSchema,
  PersonalRequest: personalRequestSchema,
  StartedActivation: startedSchema,
  ActivationReference: referenceSchema,
  Activation: viewSchema,
  ActivationList: listSchema,
  ConfirmationResult: confirmationResultSchema,
  Events: eventsSchema,
  EventsAnswer: eventsAnswerSchema,
  ...STREAM_BODIES,
  ...DEFINITION_ANSWERS,
  ...ENGAGEMENT_ANSWERS,
  Error: errorSchema,
} as const satisfies Record<string, z.ZodType>;

/** Name of a body. */
export type ApiSchemaName = keyof typeof API_SCHEMAS;
