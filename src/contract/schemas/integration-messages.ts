import { z } from 'zod';
import {
  type BeginRequest,
  type CommitRequest,
  type ConfigureRequest,
  type EndRequest,
  type HoldsRequest,
} from '../entity';
import { type Outcome } from '../errors';
import { type RunOutcome } from '../phases';
import { attributeNameSchema, nonBlankSchema } from './fields';
import { parseInput, strictObject } from './parse-input';
import { setupIntegrationSchema } from './setup-integration';

const audienceKeySchema = z.string().regex(/^[0-9a-f]{32}$/, 'must be an audience key of 32 hex digits');
const generationSchema = z.int().min(1);

const objectReferenceSchema = strictObject({
  key: nonBlankSchema,
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 of 64 hex digits'),
});

const ledgerReferenceSchema = strictObject({
  generation: generationSchema,
  file: objectReferenceSchema,
  manifest: objectReferenceSchema,
  members: z.int().min(0),
  unsure: z.int().min(0),
});

const sourceDigestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 of 64 hex digits');

const runOutcomeSchema = z.enum([
  'done',
  'nothingToDo',
  'dryRun',
  'refused',
  'notApproved',
  'unconfirmed',
  'disputed',
  'completedUnverified',
  'superseded',
  'cancelled',
  'failed',
] satisfies RunOutcome[]);

/** Update `configure`. */
export const configureRequestSchema = strictObject({
  settings: setupIntegrationSchema,
  segmentIds: z.array(z.string()),
});

/** Update `begin`. */
export const beginRequestSchema = strictObject({
  key: audienceKeySchema,
  audience: nonBlankSchema,
  attribute: attributeNameSchema,
  identifier: z.enum(['external_id', 'user_alias', 'braze_id', 'email', 'phone']),
  valueLimit: z.int().min(0),
  token: nonBlankSchema,
  parent: strictObject({ workflowId: nonBlankSchema, runId: nonBlankSchema }),
  dryRun: z.boolean(),
  floor: z.int().min(0).optional(),
});

/** Update `commit`. */
export const commitRequestSchema = strictObject({
  key: audienceKeySchema,
  generation: generationSchema,
  ledger: ledgerReferenceSchema,
  closes: z.array(generationSchema),
  wholeSource: sourceDigestSchema.optional(),
});

/** Update `end`. */
export const endRequestSchema = strictObject({
  key: audienceKeySchema,
  generation: generationSchema,
  outcome: runOutcomeSchema,
  sentNothing: z.boolean(),
  at: z.iso.datetime({ error: 'must be a moment in ISO 8601, UTC' }),
  reason: z.literal('SOURCE_NOT_REFRESHED').optional(),
  wholeSource: sourceDigestSchema.optional(),
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
