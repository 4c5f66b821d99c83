import { z } from 'zod';
import { type Outcome } from '../errors';
import { type IntegrationSettings } from '../integration';
import { DEFAULT_ATTRIBUTE } from '../names';
import {
  attributeNameSchema,
  bucketNameSchema,
  endpointSchema,
  integrationNameSchema,
  nonBlankSchema,
  regionSchema,
} from './fields';
import { BOTH_KEYS_OR_NONE } from './json-schema';
import { parseInput, strictObject } from './parse-input';
import { secretReferenceSchema } from './secret-reference';

/**
 * Braze's defaults: 75 objects a request and 3,000 requests in 3 seconds (https://www.braze.com/docs/api/api_limits), and 40
 * `/users/export/ids` a second for requests that name their fields, as ours do; without `fields_to_export` newer workspaces
 * get 250 a minute (https://www.braze.com/docs/api/endpoints/export/user_data/post_users_identifier/). Read 2026-11-21.
 */
const brazeSchema = strictObject({
  endpoint: endpointSchema.describe(
    'REST endpoint of Braze, e.g. https://rest.iad-01.braze.com, without a path.',
  ),
  restKey: secretReferenceSchema.describe('Reference to the REST key.'),
  objectsPerRequest: z
    .int()
    .min(1)
    .max(1000)
    .default(75)
    .describe('Users per /users/track request; the present limit of Braze is 75.'),
  requestsPerSecond: z
    .number()
    .positive()
    .max(10_000)
    .default(1000)
    .describe('/users/track requests per second.'),
  exportIdsPerSecond: z
    .number()
    .positive()
    .max(1000)
    .default(40)
    .describe('/users/export/ids requests per second, for reading back.'),
  connections: z.int().min(1).max(512).default(128).describe('HTTP connections of one worker process.'),
  requestTimeoutSeconds: z
    .number()
    .min(1)
    .max(120)
    .default(30)
    .describe('Seconds; after this long without a whole answer the outcome of a request is unknown.'),
  applyLagSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(300)
    .describe('Seconds that Braze may take to apply a write.'),
});

const exchangeSchema = strictObject({
  bucket: bucketNameSchema.describe('The bucket that Braze exports into and that sources lie in by default.'),
  region: regionSchema.describe('Its region.'),
  path: z
    .string()
    .transform((path) => path.trim().replaceAll(/^\/+|\/+$/g, ''))
    .default('')
    .describe('The path given to Braze; blank if none.'),
  endpoint: endpointSchema.optional().describe('Only for S3-compatible servers.'),
  accessKeyId: secretReferenceSchema
    .optional()
    .describe('Reference to the access key id; without both keys the credentials of the worker are used.'),
  secretAccessKey: secretReferenceSchema
    .optional()
    .describe('Reference to the secret access key; together with accessKeyId.'),
})
  .refine(
    ({ accessKeyId, secretAccessKey }) => (accessKeyId === undefined) === (secretAccessKey === undefined),
    {
      path: ['secretAccessKey'],
      error: 'accessKeyId and secretAccessKey belong together; leave out both to use the worker’s own role',
    },
  )
  .meta({ allOf: [BOTH_KEYS_OR_NONE] });

/** Input of `setupIntegration`; a field left out gets its default. */
export const setupIntegrationSchema = strictObject({
  name: integrationNameSchema.describe('Name of the integration; part of workflow ids.'),
  braze: brazeSchema.describe('The Braze workspace.'),
  exchange: exchangeSchema.describe('The exchange bucket.'),
  exportSegmentId: nonBlankSchema
    .max(255)
    .optional()
    .describe('API identifier of the Braze segment for imports.'),
  attributes: z
    .array(attributeNameSchema)
    .max(100)
    .default([])
    .transform((attributes) => [...new Set([DEFAULT_ATTRIBUTE, ...attributes])])
    .describe('Custom attributes that audiences may be written to; lexer_audience is always one.'),
  features: strictObject({
    readBack: z
      .boolean()
      .default(true)
      .describe('Prove runs by reading profiles back; needs users.export.ids.'),
    import: z.boolean().default(false).describe('Have set-up check what imports need.'),
  })
    .prefault({})
    .describe('What the integration is used for.'),
});

/** Checks what was given to `setupIntegration` and fills in every default. */
export function parseSetup(input: unknown): Outcome<IntegrationSettings> {
  return parseInput<IntegrationSettings>(setupIntegrationSchema, input, 'setupIntegration');
}
