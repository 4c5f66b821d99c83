import { z } from 'zod';
import { type Outcome } from '../errors';
import {
  type ApprovalDecision,
  type ConfirmationAnswer,
  type EmptyRequest,
  type PauseRequest,
} from '../messages';
import { nonBlankSchema } from './fields';
import { parseInput, strictObject } from './parse-input';

const personSchema = nonBlankSchema.max(255).describe('Name of whoever decides.');

/** Update `approve` and `reject`. */
export const approvalDecisionSchema = strictObject({
  planHash: nonBlankSchema.describe('Hash of the plan that was looked at, as the status shows it.'),
  by: personSchema,
});

/** Update `confirm` and `dispute`. */
export const confirmationAnswerSchema = strictObject({
  by: personSchema,
  via: z
    .enum(['link', 'mail', 'update'])
    .exactOptional()
    .describe('The way the answer came; update where it is left out.'),
});

/** Update `pause` and `resume`. */
export const pauseRequestSchema = strictObject({ by: personSchema });

/** Queries: an object in which nothing may stand. */
export const emptyRequestSchema = strictObject({});

/** Checks the input of `approve` or `reject`. */
export function parseApproval(input: unknown, message: 'approve' | 'reject'): Outcome<ApprovalDecision> {
  return parseInput<ApprovalDecision>(approvalDecisionSchema, input, message);
}

/** Checks the input of `confirm` or `dispute`. */
export function parseConfirmation(
  input: unknown,
  message: 'confirm' | 'dispute',
): Outcome<ConfirmationAnswer> {
  return parseInput<ConfirmationAnswer>(confirmationAnswerSchema, input, message);
}

/** Checks the input of `pause` or `resume`. */
export function parsePause(input: unknown, message: 'pause' | 'resume'): Outcome<PauseRequest> {
  return parseInput<PauseRequest>(pauseRequestSchema, input, message);
}

/** Checks a query's input; nothing at all is as good as an empty object. */
export function parseEmpty(input: unknown, message: string): Outcome<EmptyRequest> {
  return parseInput<EmptyRequest>(emptyRequestSchema, input ?? {}, message);
}
