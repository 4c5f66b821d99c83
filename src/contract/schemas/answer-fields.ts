import { z } from 'zod';
import { type Verdict } from '../external-api';
import { runErrorSchema } from './run-status';

/** How many. */
export const count = z.int().min(0);
/** A version of something saved. */
export const version = z.int().min(1);
/** A moment. */
export const moment = z.string().describe('ISO 8601, UTC.');
/** A JSON object of any fields. */
export const anyObject = z.record(z.string(), z.unknown());
/** How a version was proven. */
export const proof = z.enum(['readBack', 'answerOnly'] satisfies Verdict['proof'][]);

/** What every workflow has that the HTTP API shows. */
export const runFields = {
  workflowId: z.string(),
  runId: z.string(),
  ended: z.boolean(),
  startedAt: moment,
  endedAt: moment.optional(),
  error: runErrorSchema.optional().describe('Why it failed or was refused.'),
};

/** A request to Braze. */
export const requestSchema = z
  .object({ method: z.literal('POST'), path: z.string(), body: z.unknown() })
  .describe('Secrets are hidden.');
