import { z } from 'zod';
import { type Actor } from '../integration';
import { type VisibleResult, type VisibleStatus } from '../http-api';
import { type OutcomeCounts, type PlanCounts, type SnapshotCounts } from '../objects';
import { type NothingToDoCode, type RunOutcome, type RunPhase } from '../phases';
import {
  type BrazeSegmentAdvice,
  type ConfirmationResult,
  type RunError,
  type VerificationResult,
} from '../run';

/** A schema for every field of a type: a field that is added there has to be described here. */
export type Fields<T> = Record<keyof T, z.ZodType>;

const count = z.int().min(0);
const moment = z.iso.datetime().describe('ISO 8601, UTC.');
const listActionSchema = z.enum(['maintain', 'add', 'remove']);
const phaseSchema = z.enum([
  'received',
  'checked',
  'held',
  'recovering',
  'frozen',
  'planned',
  'awaitingApproval',
  'sending',
  'paused',
  'settling',
  'committed',
  'released',
  'awaitingConfirmation',
  'verifying',
  'ended',
] satisfies RunPhase[]);

/** Every way in which a run can end. */
export const runOutcomeSchema = z.enum([
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

/** Who has to act on a failure. */
export const actorSchema = z
  .enum(['credentialOwner', 'settingsOwner', 'dataOwner', 'person', 'wait', 'us'] satisfies Actor[])
  .describe('Who has to act; docs/errors.md says who that is.');

const planSchema = z
  .object({
    ledger: count.describe('Members that hold the value through Brazier.'),
    source: count.describe('Members of the source.'),
    add: count.describe('Members who enter.'),
    remove: count.describe('Members who leave.'),
    stay: count,
    notOurs: count.describe('List action remove: source members that the ledger does not hold.'),
    leaversKept: count.describe('Ledger members that are not in the source and keep the value.'),
    unsureRetried: count.describe('Changes that repeat a write of unknown outcome.'),
  } satisfies Fields<PlanCounts>)
  .describe('How many members the plan moves.');

const snapshotSchema = z
  .object({
    objects: count,
    bytes: count,
    rows: count,
    members: count.describe('Distinct usable identifiers.'),
    blank: count,
    duplicate: count,
    unusable: z.record(z.string(), count).describe('Rows that cannot be sent, by reason.'),
  } satisfies Fields<SnapshotCounts>)
  .describe('What was read from the source.');

const outcomesSchema = z
  .object({
    accepted: count,
    rejected: count,
    unknown: count,
    unsent: count,
  } satisfies Fields<OutcomeCounts>)
  .describe('Members by what became of their change.');

/** How the awaited e-mail step ended. */
export const confirmationResultSchema = z.object({
  answer: z.enum(['right', 'notRight', 'timedOut', 'notAsked', 'superseded']),
  by: z.string().optional(),
  at: moment.optional(),
  via: z.enum(['link', 'mail', 'update']).optional(),
} satisfies Fields<ConfirmationResult>);

const verificationSchema = z
  .object({
    changed: count.describe('Changes that Braze accepted.'),
    checked: count.describe('Profiles read back.'),
    matching: count,
    late: count,
    notInBraze: count,
    atCap: count.describe('Profiles whose attribute already holds as many values as it can.'),
    skipped: z.string().optional(),
    incomplete: z.string().optional(),
  } satisfies Fields<VerificationResult>)
  .describe('What reading back showed: checked of changed read back, matching of them match.');

/** A failure as people and machines read it. */
export const runErrorSchema = z.object({
  code: z.string().describe('A code of docs/errors.md; never renamed.'),
  message: z.string(),
  actor: actorSchema,
} satisfies Fields<RunError>);

const statusFields = {
  workflowId: z.string(),
  integration: z.string(),
  audience: z.string(),
  attribute: z.string(),
  listAction: listActionSchema,
  phase: phaseSchema.describe('From released on the data is in Braze and the next run may start.'),
  generation: count.optional(),
  planHash: z.string().optional().describe('What an approval has to name.'),
  plan: planSchema.optional(),
  snapshot: snapshotSchema.optional(),
  forecast: z
    .object({
      requests: count,
      seconds: z.number().describe('Sending only, at the limit of the workspace.'),
      sendableShare: z.number().describe('0 to 1.'),
    })
    .optional(),
  sent: outcomesSchema.optional(),
  sentBy: z.object({ add: outcomesSchema, remove: outcomesSchema }).optional(),
  slices: z.object({ done: count, total: count }).optional(),
  approvalReasons: z.array(z.string()).optional().describe('Why the run waits for approval.'),
  approval: z
    .object({ decision: z.enum(['approved', 'rejected', 'timedOut']), by: z.string().optional() })
    .optional(),
  confirmation: confirmationResultSchema.optional(),
  confirmationPolicy: z
    .object({ kind: z.enum(['none', 'person', 'mail']), allowedSenders: z.array(z.string()).optional() })
    .optional(),
  verification: verificationSchema.optional(),
  source: z
    .string()
    .optional()
    .describe('Where the source lies, with every date filled in and the newest folder named.'),
  scheduledFor: z
    .string()
    .optional()
    .describe(
      'The moment that a schedule meant this run for, ISO 8601; absent in runs that nobody scheduled.',
    ),
  outcome: runOutcomeSchema.optional(),
  reason: z
    .literal('SOURCE_NOT_REFRESHED' satisfies NothingToDoCode)
    .optional()
    .describe('Why there was nothing to do, where it is not the plan that says it.'),
  error: runErrorSchema.optional(),
} satisfies Fields<VisibleStatus>;

const segmentSchema = z
  .object({
    exists: z.boolean(),
    id: z.string().optional(),
    name: z.string(),
    steps: z.array(z.string()),
  } satisfies Fields<BrazeSegmentAdvice>)
  .describe('The Braze segment that uses the audience, or how to make it.');

/** A run that is under way. */
export const runStatusSchema: z.ZodType<VisibleStatus> = z.object(statusFields);

/** A run that has ended. */
export const runResultSchema: z.ZodType<VisibleResult> = z.object({
  ...statusFields,
  outcome: runOutcomeSchema,
  summary: z.string().describe('One sentence for people.'),
  segment: segmentSchema.optional(),
  reportKey: z.string().optional().describe('Key of the report in the state bucket.'),
  rejectedKeys: z
    .array(z.string())
    .optional()
    .describe('Keys in the state bucket of what could not be sent.'),
} satisfies Fields<VisibleResult>);
