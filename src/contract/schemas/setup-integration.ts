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
import { parseInput, strictObject } from './parse-input';
import { secretReferenceSchema } from './secret-reference';

/**
 * Braze's defaults: 75 objects a request and 3,000 requests in 3 seconds (https://www.braze.com/docs/api/api_limits), and 40
 * `/users/export/ids` a second for requests that name their fields, as ours do; without `fields_to_export` newer workspaces
 * get 250 a minute (https://www.braze.com/docs/api/endpoints/export/user_data/post_users_identifier/). Read 2026-11-21.
 */
const brazeSchema = strictObject({
  endpoint: endpointSchema,
  restKey: secretReferenceSchema,
  objectsPerRequest: z.int().min(1).max(1000).default(75),
  requestsPerSecond: z.number().positive().max(10_000).default(1000),
  exportIdsPerSecond: z.number().positive().max(1000).default(40),
  connections: z.int().min(1).max(512).default(128),
  requestTimeoutSeconds: z.number().min(1).max(120).default(30),
  applyLagSeconds: z.number().min(0).max(3600).default(300),
});

const exchangeSchema = strictObject({
  bucket: bucketNameSchema,
  region: regionSchema,
  path: z
    .string()
    .transform((path) => path.trim().replaceAll(/^\/+|\/+$/g, ''))
    .default(''),
  endpoint: endpointSchema.optional(),
  accessKeyId: secretReferenceSchema.optional(),
  secretAccessKey: secretReferenceSchema.optional(),
}).refine(
  ({ accessKeyId, secretAccessKey }) => (accessKeyId === undefined) === (secretAccessKey === undefined),
  {
    path: ['secretAccessKey'],
    error: 'accessKeyId and secretAccessKey belong together; leave out both to use the worker’s own role',
  },
);

/** Input of `setupIntegration`; a field left out gets its default. */
export const setupIntegrationSchema = strictObject({
  name: integrationNameSchema,
  braze: brazeSchema,
  exchange: exchangeSchema,
  exportSegmentId: nonBlankSchema.max(255).optional(),
  attributes: z
    .array(attributeNameSchema)
    .max(100)
    .default([])
    .transform((attributes) => [...new Set([DEFAULT_ATTRIBUTE, ...attributes])]),
  features: strictObject({
    readBack: z.boolean().default(true),
    import: z.boolean().default(false),
  }).prefault({}),
});

/** Checks what was given to `setupIntegration` and fills in every default. */
export function parseSetup(input: unknown): Outcome<IntegrationSettings> {
  return parseInput<IntegrationSettings>(setupIntegrationSchema, input, 'setupIntegration');
}
