import { z } from 'zod';
import { definitionProblems } from '../../domain/stream/definition-rules';
import { MOST_VALUE_LEVELS, jsonProblem } from '../../domain/stream/parameters';
import { type JsonObject, type JsonValue } from '../../domain/stream/vocabulary';
import { type Outcome } from '../errors';
import { type ExternalApiDefinition } from '../external-api';
import { type CheckedExternalApiTest } from '../external-api-test';
import { integrationNameSchema, nonBlankSchema } from './fields';
import { parseInput, strictObject, withCode } from './parse-input';
import { secretReferenceSchema } from './secret-reference';

const LONGEST_TEXT = 2_000;

/** Name of an External API; part of workflow ids, fixed once it is saved. */
export const externalApiNameSchema = z
  .string()
  .trim()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'must be lower-case letters, digits and hyphens, at most 63, not beginning with a hyphen',
  )
  .meta({ pattern: '^\\s*[a-z0-9][a-z0-9-]{0,62}\\s*$' });

/** Any JSON value that can be kept as data. */
export const jsonValueSchema = z
  .custom<JsonValue>()
  .superRefine((value, context) => {
    const problem = jsonProblem(value, MOST_VALUE_LEVELS);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ description: 'Any JSON value.' });

/** A JSON object that can be kept as data. */
export const jsonObjectSchema = z
  .custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: ({ input }) => (input === undefined ? 'is missing' : 'must be an object'),
    abort: true,
  })
  .superRefine((value, context) => {
    const problem = jsonProblem(value, MOST_VALUE_LEVELS);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ type: 'object' });

const parameterSchema = strictObject({
  type: z
    .enum(['string', 'number', 'integer', 'boolean', 'time', 'json'])
    .default('string')
    .describe('What a value has to be; time is ISO 8601, json anything.'),
  required: z
    .boolean()
    .default(true)
    .describe('Refuse a call that has no value for it; otherwise the field or entry is left out.'),
  default: jsonValueSchema.optional().describe('Used where no value is given.'),
  perEngagement: z
    .boolean()
    .default(false)
    .describe('Filled once for an engagement, by a constant, and not for each person.'),
  secret: secretReferenceSchema
    .optional()
    .describe('Reference to the secret that fills it at the moment of sending; nothing else does.'),
  description: z.string().max(LONGEST_TEXT).optional().describe('For people.'),
});

/** Whether what is wrong there keeps the rules of a call from being looked at. */
function isOfCall(path: readonly PropertyKey[] | undefined): boolean {
  const field = path?.[0];
  return field === 'endpoint' || field === 'payload' || field === 'parameters';
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An External API as a person writes it; a parameter that is not declared in full gets its defaults. */
export const externalApiSchema = strictObject({
  name: externalApiNameSchema.describe('Name of the External API; fixed once it is saved.'),
  description: z.string().max(LONGEST_TEXT).optional().describe('For people.'),
  channel: nonBlankSchema.max(100).describe('What the call is for, e.g. email, push or profile.'),
  channelIdentifier: z
    .string()
    .max(255)
    .optional()
    .describe('Which account, app or list of that channel; told, not interpreted.'),
  endpoint: z
    .enum(['users.track', 'canvas.trigger.send', 'campaigns.trigger.send'])
    .default('users.track')
    .describe('Endpoint of Braze that is called.'),
  payload: jsonObjectSchema.describe(
    'Body of one call for one person, with {{ parameter }} in its texts; docs/external-apis.md says more.',
  ),
  parameters: z
    .record(z.string(), parameterSchema)
    .default({})
    .describe('The parameters by name: every hole is declared, and every parameter is used.'),
})
  .superRefine(
    (definition, context) => {
      for (const { path, problem, code } of definitionProblems(definition)) {
        context.addIssue({
          code: 'custom',
          path,
          message: problem,
          ...(code === undefined ? {} : withCode(code)),
        });
      }
    },
    // With what else is wrong, as long as the fields that are looked at here are there.
    { when: ({ value, issues }) => isRecord(value) && !issues.some(({ path }) => isOfCall(path)) },
  )
  // Told here as well, since its own type has no defaults to be filled in.
  .transform((definition): ExternalApiDefinition => definition);

const testFields = {
  integration: integrationNameSchema.describe('The integration to test on.'),
  version: z
    .int()
    .min(1)
    .optional()
    .describe('Version of a saved one; the latest if it is left out. Not beside a definition.'),
  values: jsonObjectSchema
    .default({})
    .describe('Values of the parameters. They are of a test person: Temporal keeps them as they are.'),
  acceptAnswerOnly: strictObject({
    by: nonBlankSchema.max(255).describe('Name of whoever accepts it.'),
  })
    .optional()
    .describe('Accepts that a call which cannot be read back is judged by the answer of Braze alone.'),
  cleanUp: z.boolean().default(true).describe('Put back what the profile held before.'),
};
const apiField = 'A saved External API by name, or one to be saved first.';
const testOfSavedSchema = strictObject({
  ...testFields,
  externalApi: externalApiNameSchema.describe(apiField),
});
const testOfDefinitionSchema = strictObject({ ...testFields, externalApi: externalApiSchema }).refine(
  ({ version }) => version === undefined,
  { path: ['version'], error: 'belongs to a saved External API; a definition is saved as its own version' },
);

/** Input of `testExternalApi`; a field left out gets its default. */
export const testExternalApiSchema = strictObject({
  ...testFields,
  externalApi: z.union([externalApiNameSchema, externalApiSchema]).describe(apiField),
});

/** Checks a definition and fills in every default. */
export function parseExternalApi(input: unknown): Outcome<ExternalApiDefinition> {
  return parseInput<ExternalApiDefinition>(externalApiSchema, input, 'An External API');
}

/** Checks what was given to `testExternalApi` and fills in every default. */
export function parseExternalApiTest(input: unknown): Outcome<CheckedExternalApiTest> {
  // By its form, so that what is wrong with a definition is told field by field.
  const given =
    typeof input === 'object' && input !== null && 'externalApi' in input ? input.externalApi : '';
  const schema = typeof given === 'object' ? testOfDefinitionSchema : testOfSavedSchema;
  return parseInput<CheckedExternalApiTest>(schema, input, 'testExternalApi');
}
