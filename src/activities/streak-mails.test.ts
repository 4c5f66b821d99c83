import { sampleResult } from '../adapters/email/run-samples.test-support';
import { type Bucket } from '../adapters/bucket/bucket';
import { createBucket } from '../adapters/bucket/s3-bucket';
import { type RunResult } from '../contract/run';
import { openStateBucket } from '../../test/activities/state-bucket';
import { oncePerDay } from './streak-mails';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);
let bucket: Bucket;
let sent: string[];
let nowMs: number;
beforeEach(async () => {
  [bucket, sent, nowMs] = [await openStateBucket(), [], NOON];
});
afterEach(() => bucket.close());

const refresh = (minute: string, change: Partial<RunResult> = {}): RunResult => ({
  ...sampleResult(),
  workflowId: `refresh/shop/abc-2026-11-22T12:${minute}:00Z`,
  scheduledFor: `2026-11-22T12:${minute}:00.000Z`,
  outcome: 'refused',
  error: { code: 'TERMS_NOT_ACCEPTED', message: 'accept them', actor: 'person' },
  ...change,
});
const end = (result: RunResult, runId = result.workflowId) =>
  oncePerDay(
    bucket,
    () => nowMs,
    (input) => {
      sent.push(input.runId);
      return Promise.resolve({ sent: ['<1>'], refusedRecipients: 0 });
    },
  )({ result, runId });

test('a streak of one code is mailed at its first run, and once on each further day', async () => {
  await end(refresh('01'), 'first');
  expect(await end(refresh('02'), 'second')).toEqual({ sent: [], refusedRecipients: 0 });
  expect(sent).toEqual(['first']);
  nowMs += DAY_MS;
  await end(refresh('03'), 'third');
  await end(refresh('04'), 'fourth');
  expect(sent).toEqual(['first', 'third']);
});

test('another code, another schedule, and the first run once more are mailed', async () => {
  const error = { code: 'AUDIENCE_BUSY', message: 'busy', actor: 'wait' as const };
  await end(refresh('01'), 'first');
  await end(refresh('02', { error }), 'busy');
  await end(refresh('03', { workflowId: 'refresh/shop/def-2026-11-22T12:03:00Z' }), 'other');
  await end(refresh('01'), 'first');
  expect(sent).toEqual(['first', 'busy', 'other', 'first']);
});

test.each([
  ['a person started', { scheduledFor: undefined }],
  ['a person decided on', { outcome: 'notApproved' as const }],
  ['went well', { outcome: 'done' as const, error: undefined }],
])('what %s is mailed each time', async (_, change) => {
  await end(refresh('01', change), 'one');
  await end(refresh('02', change), 'two');
  expect(sent).toEqual(['one', 'two']);
});

test('a state bucket that is away keeps no mail back', async () => {
  bucket.close();
  bucket = createBucket({
    settings: {
      ...{ bucket: 'gone', region: 'us-east-1', path: '' },
      endpoint: process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '',
    },
    credentials: { accessKeyId: 'wrong', secretAccessKey: 'wrong' },
  });
  await end(refresh('01'), 'one');
  await end(refresh('02'), 'two');
  expect(sent).toEqual(['one', 'two']);
});
