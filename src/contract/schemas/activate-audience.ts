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
export const audienceNameSchema = z
  .string()
  .transform((raw, context) => {
    const checked = checkAudienceName(raw);
    if (checked.ok) return checked.name;
    context.addIssue(checked.problem);
    return z.NEVER;
  })
  .meta({ pattern: '\\S', maxLength: 255 });

const termsSchema = strictObject({
  acceptedBy: nonBlankSchema.max(255).describe('Name of whoever accepts the terms (docs/terms.md).'),
  version: z
    .literal(TERMS_VERSION, {
      error: `the terms in force are ${TERMS_VERSION}: read docs/terms.md and accept that version`,
    })
    .describe('Version of the terms that was read.'),
});

const waiting = {
  timeoutSeconds: waitSecondsSchema
    .default(THREE_DAYS_SECONDS)
    .describe('Seconds to wait for the answer; then the run ends unconfirmed. The data stands either way.'),
  remindAfterSeconds: z
    .array(waitSecondsSchema)
    .max(20)
    .default([ONE_DAY_SECONDS])
    .describe('Reminders after so many seconds of waiting.'),
};

const allowedSenderSchema = z
  .string()
  .trim()
  .regex(/^[^\s@]*@[^\s@]+\.[^\s@]+$/, 'must be an e-mail address, or @ and a domain');

const confirmationSchema = z.discriminatedUnion(
  'kind',
  [
    strictObject({ kind: z.literal('none').describe('Nobody is asked.') }),
    strictObject({
      kind: z.literal('person').describe('Persons get a link each.'),
      recipients: z
        .array(emailSchema)
        .max(50)
        .default([])
        .describe('Who gets a link each; the operators of the deployment where none is named.'),
      ...waiting,
    }),
    strictObject({
      kind: z.literal('mail').describe('A mail that reaches the gateway confirms.'),
      allowedSenders: z
        .array(allowedSenderSchema)
        .max(50)
        .default([])
        .describe('Addresses, or @ and a domain, whose mail confirms when it names the audience.'),
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
  integration: integrationNameSchema.describe('Name of the integration, as setupIntegration was given it.'),
  audience: audienceNameSchema.describe(
    'The value that is written to the attribute: trimmed, 1 to 255 characters.',
  ),
  source: audienceSourceSchema.describe('Where the members come from.'),
  terms: termsSchema.describe('Who accepts which terms.'),
  attribute: attributeNameSchema
    .default(DEFAULT_ATTRIBUTE)
    .describe('The custom attribute; declared on the integration.'),
  listAction: z
    .enum(['maintain', 'add', 'remove'])
    .default('maintain')
    .describe(
      'maintain: who enters gets the value, who leaves loses it. add: nobody loses it. remove: the members of the source lose it.',
    ),
  createProfiles: z
    .boolean()
    .default(false)
    .describe('true lets Braze create profiles for unknown identifiers.'),
  confirmation: confirmationSchema
    .prefault({ kind: 'person' })
    .describe('Who says that the audience is right; never gates the data.'),
  guards: strictObject({
    maxRemovalShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('0 to 1: removals over this share of the members that hold the value wait for approval.'),
    approvalTimeoutSeconds: waitSecondsSchema
      .default(ONE_DAY_SECONDS)
      .describe('Seconds; an approval that is not given in this time is a no.'),
  })
    .prefault({})
    .describe('When a plan waits for a person.'),
  verification: strictObject({
    entering: sampleSizeSchema.default(500).describe('How many who entered are read back, or "all".'),
    leaving: sampleSizeSchema.default(500).describe('How many who left are read back, or "all".'),
    deadlineSeconds: z
      .int()
      .min(0)
      .max(ONE_DAY_SECONDS)
      .default(600)
      .describe(
        'Seconds that a profile may take to show its change, beyond the apply lag of the integration.',
      ),
  })
    .prefault({})
    .describe('How much is read back from Braze afterwards.'),
  dryRun: z.boolean().default(false).describe('true makes the plan, shows it, and sends nothing.'),
  completionMail: z.boolean().default(true).describe('false sends no mail at a good end.'),
  skipUnchanged: z
    .boolean()
    .default(false)
    .describe(
      'true ends a run with nothing to do if the source is the very one that the last whole run was made from.',
    ),
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
