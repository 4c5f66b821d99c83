import { z } from 'zod';
import {
  type ApiTestStage,
  type ExternalApiSummary,
  type SeenValue,
  type TestExternalApiResult,
  type Verdict,
} from '../external-api';
import { type ExternalApiTestView, type ExternalApiView } from '../http-streaming';
import { type SegmentPreview, type SegmentVersion } from '../segment';
import { anyObject, count, moment, proof, requestSchema, runFields, version } from './answer-fields';
import { externalApiSchema } from './external-api';
import { type Fields } from './run-status';
import { segmentConditionSchema } from './segment';

const verdictSchema = z.object({
  externalApi: z.string(),
  version,
  integration: z.string(),
  keyFingerprint: z.string().describe('First 16 hex digits of SHA-256 over the REST key.'),
  passed: z.boolean(),
  proof: proof.describe('answerOnly: the endpoint cannot be read back, and somebody accepted that.'),
  acceptedBy: z.string().optional(),
  testedAt: moment,
  reason: z.string().optional(),
} satisfies Fields<Verdict>);

const summarySchema = z.object({
  name: z.string(),
  channel: z.string(),
  description: z.string().optional(),
  latestVersion: version,
  savedAt: moment,
} satisfies Fields<ExternalApiSummary>);

const versionFields = {
  version,
  definition: externalApiSchema,
  digest: z.string().describe('SHA-256 over the definition, in hex; the same again is the same version.'),
  savedAt: moment,
};

const testStageSchema = z.object({
  stage: z.enum([
    'checked',
    'prepared',
    'sent',
    'seen',
    'judged',
    'cleanedUp',
  ] satisfies ApiTestStage['stage'][]),
  sentence: z.string(),
} satisfies Fields<ApiTestStage>);

const seenSchema = z.object({
  name: z.string(),
  expected: z.unknown(),
  before: z.unknown(),
  after: z.unknown(),
  arrived: z.boolean(),
} satisfies Fields<SeenValue>);

const testResultSchema = z.object({
  externalApi: z.string(),
  version,
  integration: z.string(),
  passed: z.boolean(),
  verdict: verdictSchema.optional(),
  problem: z.object({ code: z.string(), message: z.string() }).optional().describe('Why it did not pass.'),
  request: requestSchema,
  answer: z.object({ status: z.int(), body: z.unknown() }).optional().describe('Braze’s own answer.'),
  lookedUpBy: anyObject.optional(),
  profileFound: z.boolean(),
  seen: z.array(seenSchema),
  notCompared: z.array(z.string()).describe('What nobody can read back from Braze.'),
  waitedSeconds: z.number(),
  cleanUp: z.object({ restored: z.array(z.string()), cannotUndo: z.array(z.string()) }),
  summary: z.string(),
} satisfies Fields<TestExternalApiResult>);

const segmentVersionFields = {
  integration: z.string(),
  name: z.string(),
  description: z.string().optional(),
  condition: segmentConditionSchema,
  version,
  digest: z.string().describe('SHA-256 over the condition, in hex.'),
  savedAt: moment,
} satisfies Fields<SegmentVersion>;

const segmentPreviewSchema: z.ZodType<SegmentPreview> = z.object({
  at: moment.describe('The moment that is meant by now.'),
  people: count.describe('Everybody of the integration, each unified person once.'),
  inside: count,
  willEnter: count.describe('Are outside and will be inside by time alone.'),
  willLeave: count,
  nextEntryAt: moment.optional(),
  sample: z
    .object({ inside: z.array(z.string()), willEnter: z.array(z.string()) })
    .optional()
    .describe('Not told over HTTP.'),
} satisfies Fields<SegmentPreview>);

/** Answers about External APIs and segments by the names that the API's description gives them. */
export const DEFINITION_ANSWERS = {
  ExternalApiList: z.object({ externalApis: z.array(summarySchema) }),
  ExternalApiVersion: z.object({
    ...versionFields,
    verdicts: z.array(verdictSchema).describe('Those on this version that count.'),
  } satisfies Fields<ExternalApiView>),
  VerdictList: z.object({ verdicts: z.array(verdictSchema).describe('Newest versions first.') }),
  ExternalApiTest: z.object({
    ...runFields,
    stages: z.array(testStageSchema).optional().describe('As long as it is under way.'),
    result: testResultSchema.optional().describe('Whether it passed is in here.'),
  } satisfies Fields<ExternalApiTestView>),
  SegmentVersion: z.object(segmentVersionFields),
  SegmentList: z.object({ segments: z.array(z.object(segmentVersionFields)) }),
  SegmentPreview: segmentPreviewSchema,
} as const satisfies Record<string, z.ZodType>;
