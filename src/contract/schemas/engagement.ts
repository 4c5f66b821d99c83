import { z } from 'zod';
import { type Outcome } from '../errors';
import {
  type ActivateEngagementInput,
  type ActivateRequest,
  type ChangeRequest,
  type CheckedEngagement,
  type UpgradeRequest,
} from '../engagement';
import { type ExternalApiDefinition } from '../external-api';
import { externalApiNameSchema, externalApiSchema, jsonObjectSchema } from './external-api';
import { integrationNameSchema, nonBlankSchema } from './fields';
import { parameterSourceSchema } from './parameter-source';
import { parseInput, strictObject } from './parse-input';
import { segmentConditionSchema } from './segment';

const personSchema = nonBlankSchema.max(255);
const versionSchema = z.int().min(1).max(1_000_000);

/** Built for a form, so that what is wrong with a definition is told field by field. */
function actionSchema(externalApi: z.ZodType<string | ExternalApiDefinition>) {
  return strictObject({
    externalApi: externalApi.describe('A saved External API by name, or one to be saved first.'),
    version: versionSchema
      .exactOptional()
      .describe(
        'Version of a saved External API; the latest where it is left out. An engagement stays on it.',
      ),
    parameters: z
      .record(z.string(), parameterSourceSchema)
      .default({})
      .describe('Where each parameter of the External API gets its value from.'),
    testValues: jsonObjectSchema
      .exactOptional()
      .describe(
        'Values of a test person, for a version that has not passed its test here. Temporal keeps them.',
      ),
    acceptAnswerOnly: strictObject({ by: personSchema.describe('Name of whoever accepts it.') })
      .exactOptional()
      .describe('Accepts that an endpoint without read-back is judged by the answer of Braze alone.'),
  }).refine((action) => action.version === undefined || typeof action.externalApi === 'string', {
    path: ['version'],
    error: 'belongs to a saved External API; one that is given whole becomes a version of its own',
  });
}

const newSegmentSchema = strictObject({
  name: integrationNameSchema.describe('Name of the segment.'),
  condition: segmentConditionSchema.describe('What makes somebody a member.'),
});

function activationSchema(forms: {
  entryApi: z.ZodType<string | ExternalApiDefinition>;
  exitApi: z.ZodType<string | ExternalApiDefinition>;
  segment: z.ZodType<ActivateEngagementInput['segment']>;
}) {
  return strictObject({
    integration: integrationNameSchema.describe('Integration to send through.'),
    name: integrationNameSchema.describe('Name of the engagement; part of workflow ids.'),
    description: nonBlankSchema.max(2000).exactOptional().describe('What it does, in words.'),
    goal: nonBlankSchema.max(500).exactOptional().describe('What it is for, in words.'),
    segment: forms.segment.describe('A saved segment by name, or its name and condition.'),
    action: actionSchema(forms.entryApi).describe('The call for whoever enters the segment.'),
    exitAction: actionSchema(forms.exitApi)
      .exactOptional()
      .describe('The call for whoever leaves it; none where it is left out.'),
    frequency: z
      .enum(['once', 'everyTime'])
      .default('once')
      .describe('How often one person is sent: once ever, or at every entry.'),
    includeCurrent: z
      .boolean()
      .default(false)
      .describe('Also sends the people who are in the segment when the engagement begins.'),
    onUnknown: z
      .enum(['hold', 'resend'])
      .exactOptional()
      .describe(
        'What happens to calls of unknown outcome; hold where it is left out, resend where attributes are only set.',
      ),
    onResume: z
      .enum(['skip', 'send'])
      .default('skip')
      .describe('What happens on resume to people who entered or left during a pause.'),
    activatedBy: personSchema.describe('Name of whoever activates it.'),
  });
}

const anyApiSchema = z.union([externalApiNameSchema, externalApiSchema]);

/** Input of `activateEngagement`; a field left out gets its default. */
export const activateEngagementSchema = activationSchema({
  entryApi: anyApiSchema,
  exitApi: anyApiSchema,
  segment: z.union([integrationNameSchema, newSegmentSchema]),
});

/** Update `activate` of an engagement. */
export const engagementActivateSchema = strictObject({
  by: personSchema.describe('Name of whoever activates it.'),
  revision: versionSchema
    .exactOptional()
    .describe('Activates this draft only: refused if another one was saved meanwhile.'),
});

/** Updates `pause`, `resume` and `stop` of an engagement. */
export const engagementChangeSchema = strictObject({ by: personSchema.describe('Name of whoever decides.') });

/** Update `upgrade` of an engagement. */
export const engagementUpgradeSchema = strictObject({
  by: personSchema.describe('Name of whoever decides.'),
  version: versionSchema.exactOptional().describe('Version of the External API for entries.'),
  exitVersion: versionSchema.exactOptional().describe('Version of the External API for exits.'),
  segmentVersion: versionSchema.exactOptional().describe('Version of the segment.'),
})
  .refine(
    ({ version, exitVersion, segmentVersion }) => (version ?? exitVersion ?? segmentVersion) !== undefined,
    { error: 'needs version, exitVersion or segmentVersion' },
  )
  .meta({
    anyOf: [{ required: ['version'] }, { required: ['exitVersion'] }, { required: ['segmentVersion'] }],
  });

/** Checks what was given to `activateEngagement` and fills in every default that needs nothing else. */
export function parseEngagement(input: unknown): Outcome<CheckedEngagement> {
  const apiFor = (action: unknown) =>
    isObject(fieldOf(action, 'externalApi')) ? externalApiSchema : externalApiNameSchema;
  const schema = activationSchema({
    entryApi: apiFor(fieldOf(input, 'action')),
    exitApi: apiFor(fieldOf(input, 'exitAction')),
    segment: isObject(fieldOf(input, 'segment')) ? newSegmentSchema : integrationNameSchema,
  });
  return parseInput<CheckedEngagement>(schema, input, 'activateEngagement');
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}

/** Checks the input of an Update of an engagement. */
export function parseEngagementActivate(input: unknown): Outcome<ActivateRequest> {
  return parseInput<ActivateRequest>(engagementActivateSchema, input, 'activate');
}

/** Checks the input of `pause`, `resume` or `stop`. */
export function parseEngagementChange(
  input: unknown,
  change: 'pause' | 'resume' | 'stop',
): Outcome<ChangeRequest> {
  return parseInput<ChangeRequest>(engagementChangeSchema, input, change);
}

/** Checks the input of `upgrade`. */
export function parseEngagementUpgrade(input: unknown): Outcome<UpgradeRequest> {
  return parseInput<UpgradeRequest>(engagementUpgradeSchema, input, 'upgrade');
}
