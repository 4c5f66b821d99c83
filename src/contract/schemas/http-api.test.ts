import { API_SCHEMAS, audienceQuerySchema, personalRequestSchema, planDecisionSchema } from './http-api';
import { toJsonSchema } from './json-schema';
import {
  actorSchema,
  confirmationResultSchema,
  runErrorSchema,
  runResultSchema,
  runStatusSchema,
} from './run-status';

const QUERY = { integration: 'shop', audience: 'Active customers' };
const STATUS = {
  ...{ workflowId: 'w', integration: 'shop', audience: 'VIP', attribute: 'lexer_audience' },
  ...{ listAction: 'maintain', phase: 'sending' },
};

test('a listing fills in what makes an audience, and takes 1 to 100 runs', () => {
  expect(audienceQuerySchema.parse(QUERY)).toEqual({
    ...QUERY,
    ...{ attribute: 'lexer_audience', identifier: 'external_id', limit: 20 },
  });
  for (const [limit, number] of Object.entries({ 1: 1, 100: 100 }))
    expect(audienceQuerySchema.parse({ ...QUERY, limit }).limit).toBe(number);
  for (const limit of ['0', '101', '999', '1000', '-1', '1.5', 'x', ''])
    expect(audienceQuerySchema.safeParse({ ...QUERY, limit }).success).toBe(false);
});

test('a decision about a plan names the plan; a person may be left out everywhere', () => {
  expect(planDecisionSchema.safeParse({ planHash: 'abc' }).success).toBe(true);
  expect(planDecisionSchema.safeParse({ by: 'Ada' }).success).toBe(false);
  expect(personalRequestSchema.safeParse({}).success).toBe(true);
  expect(personalRequestSchema.safeParse({ by: ' ' }).success).toBe(false);
  expect(personalRequestSchema.safeParse({ by: 'Ada', planHash: 'abc' }).success).toBe(false);
});

test('a run is described under way and ended; only an ended one has an outcome and a summary', () => {
  expect(runStatusSchema.safeParse(STATUS).success).toBe(true);
  expect(runResultSchema.safeParse(STATUS).success).toBe(false);
  const ended = { ...STATUS, phase: 'ended', outcome: 'done', summary: 'Done.' };
  expect(runResultSchema.safeParse(ended).success).toBe(true);
  expect(runResultSchema.safeParse({ ...ended, outcome: 'gone' }).success).toBe(false);
  expect(confirmationResultSchema.safeParse({ answer: 'right', via: 'pigeon' }).success).toBe(false);
  const error = { code: 'S3_UNAVAILABLE', message: 'away', actor: 'wait' };
  expect(runErrorSchema.safeParse(error).success).toBe(true);
  expect(actorSchema.safeParse('nobody').success).toBe(false);
});

test('no token by which a mail confirms is among what callers are shown', () => {
  expect(JSON.stringify(Object.values(API_SCHEMAS).map(toJsonSchema))).not.toContain('runToken');
});
