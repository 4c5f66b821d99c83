import { z } from 'zod';
import {
  type ActivateEngagementResult,
  type ActivationStage,
  type EngagementChangeRecord,
  type EngagementStatus,
} from '../engagement';
import { type CallPreview, type EngagementPreview } from '../engagement-preview';
import {
  type CallPage,
  type DeadLetterPage,
  type DiscardAnswer,
  type EngagementActivationView,
  type ListedCall,
  type RedriveAnswer,
} from '../http-streaming';
import {
  type DeadLetter,
  type DeadLetterCounts,
  type DiscardResult,
  type EngagementCounts,
  type RedriveResult,
  type StreamNow,
} from '../stream';
import { WAIT_REASONS } from '../../domain/stream/shard-wait';
import { anyObject, count, moment, proof, requestSchema, runFields, version } from './answer-fields';
import { type Fields } from './run-status';

const stageSchema = z.object({
  stage: z.enum(['check', 'save', 'test', 'activate', 'everywhere'] satisfies ActivationStage['stage'][]),
  state: z.enum(['waiting', 'underWay', 'done', 'skipped', 'failed'] satisfies ActivationStage['state'][]),
  sentence: z.string().optional(),
} satisfies Fields<ActivationStage>);
const countsSchema = z.object({
  stages: z.record(z.string(), count).describe('captured, unified, entered, sent, accepted, seen.'),
  refused: count,
  unknown: count,
  setAside: count,
  noCall: z.record(z.string(), count).describe('Events that caused no call, by reason.'),
  latencyMs: z
    .object({ p50: z.number(), p99: z.number(), max: z.number() })
    .describe('From capture to Braze’s answer.'),
} satisfies Fields<EngagementCounts>);

const streamSchema = z.object({
  backlog: count.describe('Entries of the log that the shards of the integration have not worked off.'),
  waiting: z.array(
    z.object({
      layout: count,
      shard: count,
      reason: z.enum(WAIT_REASONS).describe('What keeps the shard from going on.'),
      code: z.string().optional(),
      message: z.string(),
      since: moment,
    }),
  ),
  notSeeing: z.string().optional().describe('Why no delivered call is looked for on its profile.'),
} satisfies Fields<StreamNow>);

const stateSchema = z.enum(['draft', 'active', 'paused', 'stopped'] satisfies EngagementStatus['state'][]);
const pinSchema = z.object({ externalApi: z.string(), version });

const statusSchema = z.object({
  integration: z.string(),
  name: z.string(),
  state: stateSchema,
  revision: count.describe('Raised by every change.'),
  goal: z.string().optional(),
  segment: z.object({ name: z.string(), version }),
  action: pinSchema,
  exitAction: pinSchema.optional(),
  frequency: z.enum(['once', 'everyTime']),
  onUnknown: z.enum(['hold', 'resend']),
  onResume: z.enum(['skip', 'send']),
  activatedAt: moment.optional(),
  changes: z
    .array(
      z.object({
        change: z.enum([
          'activate',
          'pause',
          'resume',
          'stop',
          'upgrade',
        ] satisfies EngagementChangeRecord['change'][]),
        by: z.string(),
        at: moment,
        revision: count,
      } satisfies Fields<EngagementChangeRecord>),
    )
    .describe('The latest ones, newest last.'),
  counts: countsSchema.optional(),
  countedAt: moment.optional(),
  stream: streamSchema.optional(),
} satisfies Fields<EngagementStatus>);

const activationResultSchema = z.object({
  integration: z.string(),
  engagement: z.string(),
  state: stateSchema,
  externalApi: z.object({ name: z.string(), version }),
  segment: z.object({ name: z.string(), version, people: count.optional(), inside: count.optional() }),
  proofs: z.array(z.object({ externalApi: z.string(), version, proof, tested: z.enum(['now', 'before']) })),
  summary: z.string(),
} satisfies Fields<ActivateEngagementResult>);

const callPreviewSchema = z.object({
  role: z.enum(['entry', 'exit']),
  externalApi: z.string(),
  version: version.optional(),
  values: anyObject.optional().describe('Of its parameters, as mapped and formatted.'),
  request: requestSchema.optional(),
  refusal: z
    .object({ code: z.string(), message: z.string() })
    .optional()
    .describe('Why the call would be refused.'),
} satisfies Fields<CallPreview>);

const previewSchema = z.object({
  integration: z.string(),
  engagement: z.string(),
  state: stateSchema,
  profileId: z.string(),
  at: moment,
  event: z.object({ name: z.string().optional(), at: moment }).optional(),
  segment: z.object({
    name: z.string(),
    version: version.optional(),
    fits: z.boolean(),
    turnsAt: moment.optional().describe('When time alone turns that round.'),
  }),
  membership: z.object({
    inside: z.boolean(),
    since: moment.optional(),
    entries: count,
    sent: count,
  }),
  outcome: z.object({
    calls: z.array(z.enum(['entry', 'exit'])),
    noCall: z.string().optional(),
    sentence: z.string(),
  }),
  calls: z.array(callPreviewSchema),
} satisfies Fields<EngagementPreview>);

const callSchema = z.object({
  id: z.string(),
  at: moment.describe('Of Braze’s answer, or of the moment at which it was clear that there would be none.'),
  engagement: z.string(),
  action: z.enum(['entry', 'exit']),
  externalApi: z.string(),
  version,
  state: z.enum(['delivered', 'refused', 'unknown', 'superseded'] satisfies ListedCall['state'][]),
  eventId: z.string().optional(),
  reason: z.string().optional(),
  latencyMs: z.number().optional().describe('From capture to at.'),
  profileId: z.string().optional(),
  externalId: z.string().optional(),
} satisfies Fields<ListedCall>);

const letterSchema = z.object({
  id: z.string(),
  kind: z.enum(['call', 'event']),
  state: z.enum(['refused', 'unknown', 'setAside'] satisfies DeadLetter['state'][]),
  engagement: z.string().optional(),
  action: z.enum(['entry', 'exit']).optional(),
  externalApi: z.string().optional(),
  version: version.optional(),
  reason: z.string(),
  at: moment,
  attempts: count,
  profileId: z.string().optional(),
  eventId: z.string().optional(),
  redrivenBy: z.string().optional().describe('Who has sent it on its way before.'),
} satisfies Fields<DeadLetter>);

const letterCountsSchema = z.object({
  refused: count,
  unknown: count,
  setAside: count,
  overtaken: count.describe('A later call of the same person and engagement was delivered.'),
  notKept: count.describe('Nothing was kept that could be sent.'),
} satisfies Fields<DeadLetterCounts>);

const redriveResultSchema = z.object({
  calls: count,
  events: count,
  superseded: count,
  notKept: count,
} satisfies Fields<RedriveResult>);

/** Answers about engagements and their calls by the names that the API's description gives them. */
export const ENGAGEMENT_ANSWERS = {
  EngagementStatus: statusSchema,
  EngagementList: z.object({ engagements: z.array(statusSchema).describe('Without counts and changes.') }),
  EngagementActivation: z.object({
    ...runFields,
    stages: z.array(stageSchema).optional().describe('As long as it is under way.'),
    result: activationResultSchema.optional(),
  } satisfies Fields<EngagementActivationView>),
  EngagementPreview: previewSchema,
  CallPage: z.object({
    calls: z.array(callSchema),
    next: z.string().optional().describe('Where to go on, now or later; absent while there has been none.'),
  } satisfies Fields<CallPage>),
  DeadLetterPage: z.object({
    deadLetters: z.array(letterSchema),
    next: z.string().optional().describe('Absent on the last page.'),
  } satisfies Fields<DeadLetterPage>),
  DiscardAnswer: z.object({
    discarded: z.boolean(),
    found: letterCountsSchema
      .pick({ refused: true, unknown: true, setAside: true })
      .optional()
      .describe('Of a dry run: what would be given up.'),
    result: z.object({ calls: count, events: count } satisfies Fields<DiscardResult>).optional(),
  } satisfies Fields<DiscardAnswer>),
  RedriveAnswer: z.object({
    redriven: z.boolean(),
    found: letterCountsSchema.optional().describe('Of a dry run: what re-driving would do.'),
    result: redriveResultSchema.optional(),
  } satisfies Fields<RedriveAnswer>),
} as const satisfies Record<string, z.ZodType>;
