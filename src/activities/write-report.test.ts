import { openStateBucket, readText } from '../../test/activities/state-bucket';
import { sampleResult } from '../adapters/email/run-samples.test-support';
import { type Bucket } from '../adapters/bucket/bucket';
import { createReportActivities } from './write-report';

let bucket: Bucket;
beforeAll(async () => {
  bucket = await openStateBucket('state');
});
afterAll(() => bucket.close());

const run = { integration: 'shop', audienceKey: 'abc' };

test('the report lies in its run’s folder, and writing it again changes nothing', async () => {
  const activities = createReportActivities({
    stateBucket: bucket,
    render: ({ audience, outcome }) => `<h1>${audience}: ${outcome}</h1>`,
  });
  const result = { ...sampleResult(), generation: 4 };
  const key = await activities.writeReport({ ...run, result });
  expect(key).toBe('state/integrations/shop/audiences/abc/runs/g4/report.html');
  expect(await readText(bucket, key)).toBe(`<h1>${result.audience}: ${result.outcome}</h1>`);
  await expect(activities.writeReport({ ...run, result })).resolves.toBe(key);
});

test('a run that never began has its report too', async () => {
  const activities = createReportActivities({ stateBucket: bucket, render: () => 'refused' });
  const result = { ...sampleResult(), generation: undefined };
  expect(await activities.writeReport({ ...run, result })).toContain('/runs/g0/');
});

test('a bucket that cannot be written ends the activity with the catalogued failure', async () => {
  const away: Bucket = {
    ...bucket,
    path: 'state',
    put: () => Promise.resolve({ ok: false, fault: { code: 'S3_UNAVAILABLE', message: 'away' } }),
  };
  const activities = createReportActivities({ stateBucket: away, render: () => '' });
  await expect(activities.writeReport({ ...run, result: sampleResult() })).rejects.toMatchObject({
    type: 'S3_UNAVAILABLE',
    nonRetryable: false,
  });
});
