import { z } from 'zod';
import { checkAudienceName } from '../../domain/audience-name';
import { type ActivateAudienceInput, type Activation } from '../activation';
import { success, type Outcome } from '../errors';
import { DEFAULT_ATTRIBUTE, TERMS_VERSION } from '../names';
import { audienceSourceSchema } from './audience-source';
import {
  attributeNameSchema,
  emailSchema,
  integrationNameSchema,
  nonBlankSchema,
  waitSecondsSchema,
} from './fields';
import { parseInput, strictObject } from './parse-input';

const THREE_DAYS_SECONDS = 259_200;
const ONE_DAY_SECONDS = 86_400;

/** The value that is written: trimmed, as `checkAudienceName` wants it. */
export const audienceNameSchema = z.string().transform((raw, context) => {
  const checked = checkAudienceName(raw);
  if (checked.ok) return checked.name;
  context.addIssue(checked.problem);
  return z.NEVER;
});

const termsSchema = strictObject({
  acceptedBy: nonBlankSchema.max(255),
  version: z.literal(TERMS_VERSION, {
    error: `the terms in force are ${TERMS_VERSION}: read docs/terms.md and accept that version`,
  }),
});

const waiting = {
  timeoutSeconds: waitSecondsSchema.default(THREE_DAYS_SECONDS),
  remindAfterSeconds: z.array(waitSecondsSchema).max(20).default([ONE_DAY_SECONDS]),
};

const allowedSenderSchema = z
  .string()
  .trim()
  .regex(/^[^\s@]*@[^\s@]+\.[^\s@]+$/, 'must be an e-mail address, or @ and a domain');

const confirmationSchema = z.discriminatedUnion(
  'kind',
  [
    strictObject({ kind: z.literal('none') }),
    strictObject({
      kind: z.literal('person'),
      recipients: z.array(emailSchema).max(50).default([]),
      ...waiting,
    }),
    strictObject({
      kind: z.literal('mail'),
      allowedSenders: z.array(allowedSenderSchema).max(50).default([]),
      ...waiting,
    }),
  ],
  { error: 'must be an object whose kind is "none", "person" or "mail"' },
);

const sampleSizeSchema = z.union([z.literal('all'), z.int().min(0)], {
  error: 'must be a whole number from 0, or "all"',
});

/** Input of `activateAudience`; a field left out gets its default. */
export const activateAudienceSchema = strictObject({
  integration: integrationNameSchema,
  audience: audienceNameSchema,
  source: audienceSourceSchema,
  terms: termsSchema,
  attribute: attributeNameSchema.default(DEFAULT_ATTRIBUTE),
  listAction: z.enum(['maintain', 'add', 'remove']).default('maintain'),
  createProfiles: z.boolean().default(false),
  confirmation: confirmationSchema.prefault({ kind: 'person' }),
  guards: strictObject({
    maxRemovalShare: z.number().min(0).max(1).default(0.5),
    approvalTimeoutSeconds: waitSecondsSchema.default(ONE_DAY_SECONDS),
  }).prefault({}),
  verification: strictObject({
    entering: sampleSizeSchema.default(500),
    leaving: sampleSizeSchema.default(500),
    deadlineSeconds: z.int().min(0).max(ONE_DAY_SECONDS).default(600),
  }).prefault({}),
  dryRun: z.boolean().default(false),
  completionMail: z.boolean().default(true),
  skipUnchanged: z.boolean().default(false),
});

/** Checks what was given to `activateAudience` and fills in every default. */
export function parseActivation(input: unknown): Outcome<Omit<Activation, 'audienceKey'>> {
  return parseInput<Omit<Activation, 'audienceKey'>>(activateAudienceSchema, input, 'activateAudience');
}

/**
 * Checks an input before anything is started with it and leaves it as its author wrote it, so that a worker of another
 * release fills in its own defaults. A pasted secret ends here and reaches no history.
 */
export function checkActivationInput(input: unknown): Outcome<ActivateAudienceInput> {
  const checked = parseActivation(input);
  // The schema has just taken it in this very shape.
  if (checked.ok) return success(input as ActivateAudienceInput);
  const { fault } = checked;
  const message = `${fault.message} Nothing was started and nothing has kept the input.`;
  return { ok: false, fault: { ...fault, message } };
}
