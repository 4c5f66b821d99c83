import { z } from 'zod';
import {
  type BeginRequest,
  type CommitRequest,
  type ConfigureRequest,
  type EndRequest,
  type HoldsRequest,
} from '../entity';
import { type Outcome } from '../errors';
import { attributeNameSchema, nonBlankSchema } from './fields';
import { parseInput, strictObject } from './parse-input';
import { runOutcomeSchema } from './run-status';
import { setupIntegrationSchema } from './setup-integration';

const audienceKeySchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'must be an audience key of 32 hex digits')
  .describe('First 32 hex digits of SHA-256 over attribute, value and identifier kind.');
const generationSchema = z.int().min(1).describe('Number raised at each begin of an audience.');

const objectReferenceSchema = strictObject({
  key: nonBlankSchema.describe('Key in the state bucket.'),
  bytes: z.int().min(0).describe('Size.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 of 64 hex digits')
    .describe('SHA-256, hex.'),
});

const ledgerReferenceSchema = strictObject({
  generation: generationSchema,
  file: objectReferenceSchema.describe('The ledger.'),
  manifest: objectReferenceSchema.describe('Its manifest.'),
  members: z.int().min(0).describe('Members.'),
  unsure: z.int().min(0).describe('Members whose last write has no known outcome.'),
});

const sourceDigestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 of 64 hex digits');

/** Update `configure`. */
export const configureRequestSchema = strictObject({
  settings: setupIntegrationSchema.describe('Settings, checked.'),
  segmentIds: z.array(z.string()).describe('Braze segments by which the workspace is recognised.'),
});

/** Update `begin`. */
export const beginRequestSchema = strictObject({
  key: audienceKeySchema,
  audience: nonBlankSchema.describe('The value.'),
  attribute: attributeNameSchema.describe('The custom attribute.'),
  identifier: z
    .enum(['external_id', 'user_alias', 'braze_id', 'email', 'phone'])
    .describe('Kind of the identifiers.'),
  valueLimit: z.int().min(0).describe('Values that the attribute can hold.'),
  token: nonBlankSchema.describe('Makes a repeated begin harmless.'),
  parent: strictObject({
    workflowId: nonBlankSchema.describe('Workflow id.'),
    runId: nonBlankSchema.describe('Run id.'),
  }).describe('The run.'),
  dryRun: z.boolean().describe('true raises nothing.'),
  floor: z.int().min(0).optional().describe('Lowest generation, from the state bucket.'),
});

/** Update `commit`. */
export const commitRequestSchema = strictObject({
  key: audienceKeySchema,
  generation: generationSchema,
  ledger: ledgerReferenceSchema.describe('The committed ledger.'),
  closes: z.array(generationSchema).describe('Generations that are settled by it.'),
  wholeSource: sourceDigestSchema
    .optional()
    .describe('SHA-256, hex, of a source that was planned from whole.'),
  refusedSource: sourceDigestSchema
    .optional()
    .describe('SHA-256, hex, of a source of which nothing is missing but refused members.'),
  newestFolder: nonBlankSchema.optional().describe('The folder that was found as the newest.'),
});

/** Update `end`. */
export const endRequestSchema = strictObject({
  key: audienceKeySchema,
  generation: generationSchema,
  outcome: runOutcomeSchema.describe('How the run ended.'),
  sentNothing: z.boolean().describe('True if nothing can have reached Braze.'),
  at: z.iso.datetime({ error: 'must be a moment in ISO 8601, UTC' }).describe('ISO 8601, UTC.'),
  reason: z.literal('SOURCE_NOT_REFRESHED').optional().describe('Why nothing was done.'),
  wholeSource: sourceDigestSchema
    .optional()
    .describe('SHA-256, hex, of a source that was planned from whole.'),
  newestFolder: nonBlankSchema.optional().describe('The folder that was found as the newest.'),
});

/** Query `holds`. */
export const holdsRequestSchema = strictObject({ key: audienceKeySchema, generation: generationSchema });

/** Checks the input of `configure`. */
export function parseConfigure(input: unknown): Outcome<ConfigureRequest> {
  return parseInput<ConfigureRequest>(configureRequestSchema, input, 'configure');
}

/** Checks the input of `begin`. */
export function parseBegin(input: unknown): Outcome<BeginRequest> {
  return parseInput<BeginRequest>(beginRequestSchema, input, 'begin');
}

/** Checks the input of `commit`. */
export function parseCommit(input: unknown): Outcome<CommitRequest> {
  return parseInput<CommitRequest>(commitRequestSchema, input, 'commit');
}

/** Checks the input of `end`. */
export function parseEnd(input: unknown): Outcome<EndRequest> {
  return parseInput<EndRequest>(endRequestSchema, input, 'end');
}

/** Checks the input of `holds`. */
export function parseHolds(input: unknown): Outcome<HoldsRequest> {
  return parseInput<HoldsRequest>(holdsRequestSchema, input, 'holds');
}
