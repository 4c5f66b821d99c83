import { openStateBucket, readText } from '../../test/activities/state-bucket';
import { sampleResult } from '../adapters/email/run-samples.test-support';
import { type Bucket } from '../adapters/bucket/bucket';
import { createReportPage } from '../adapters/email/report-page';
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

describe('samples of what was rejected', () => {
  const folder = 'state/integrations/shop/audiences/abc/runs/g5/rejected';
  const reportOf = async (rejectedKeys: string[], over = {}): Promise<string> => {
    const activities = createReportActivities({ stateBucket: bucket, render: createReportPage() });
    const result = { ...sampleResult(), generation: 5, rejectedKeys, ...over };
    return readText(bucket, await activities.writeReport({ ...run, result }));
  };
  const keep = async (name: string, lines: object[]): Promise<string> => {
    const key = `${folder}/${name}.ndjson`;
    const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    expect((await bucket.put(key, body)).ok).toBe(true);
    return key;
  };
  const snapshot = { rows: 2_000, members: 0, blank: 0, duplicate: 0, unusable: { tooLong: 1_200 } };

  test('tell object, row and reason of some, and Braze’s own words', async () => {
    const tooLong = Array.from({ length: 30 }, (_, at) => {
      return {
        id: `long-${at}-${'x'.repeat(90)}`,
        rows: at + 1,
        reason: 'tooLong',
        object: 'in/a.csv',
        row: at + 3,
      };
    });
    const source = await keep('source-a', tooLong);
    const braze = await keep('braze-a', [
      { id: 'ann\u001fcrm', operation: 'add', reason: 'no such user' },
      { id: 'bob', operation: 'remove', reason: 'external_id is blacklisted' },
    ]);
    const page = await reportOf([source, braze], { snapshot });
    expect(page).toContain('Unusable rows (samples of 1,200): tooLong');
    expect(page).toContain(`in/a.csv, row 4: long-1-${'x'.repeat(73)}… (in 2 rows)`);
    expect(page.match(/: long-\d/g)).toHaveLength(20);
    expect(page).toMatch(/Refused by Braze \(samples\): no such user<\/h2>[^]*ann \/ crm/);
    expect(page).toMatch(/Refused by Braze \(samples\): external_id is blacklisted<\/h2>[^]*bob/);
    expect(page).toContain('It holds identifiers of people');
  });

  test('are text in HTML and short, whatever stands in a row', async () => {
    const evil = `<script>alert("1' or '1")</script>\u202e\u0007`;
    const place = { rows: 1, object: `in/"><img src=x>.csv`, row: 1 };
    const key = await keep('source-evil', [
      { id: evil, reason: 'controlCharacter', ...place },
      { id: `<b>${'y'.repeat(1_000_000)}`, reason: 'tooLong', ...place },
      { id: 'beyond what is read', reason: 'tooLong', ...place, pad: 'z'.repeat(5_000_000) },
      { id: 'beyond as well', reason: 'tooLong', ...place },
    ]);
    const refused = await keep('braze-evil', [
      { id: 'eve', operation: 'add', reason: `<svg onload="x">${'w'.repeat(1_000)}` },
    ]);
    const page = await reportOf([key, refused], { snapshot });
    expect(page).not.toMatch(/<script|<img|<b>|<svg/);
    expect(page).toContain('&lt;script&gt;alert(&#34;1&#39; or &#39;1&#34;)&lt;/script&gt;\\u{202e}\\u{7}');
    expect(page).toContain(`&lt;b&gt;${'y'.repeat(77)}…`);
    expect(page).not.toContain('w'.repeat(200));
    expect(page).not.toContain('beyond');
    expect(page.length).toBeLessThan(20_000);
  });

  test('are at most fifty, and none where the file has been deleted', async () => {
    const lines = Array.from({ length: 100 }, (_, at) => {
      return { id: `id-${at}`, operation: 'add', reason: `reason ${at % 10}` };
    });
    const page = await reportOf([await keep('braze-many', lines)]);
    expect(page.match(/>id-\d+</g)).toHaveLength(50);
    const without = await reportOf([`${folder}/gone.ndjson`]);
    expect(without).not.toContain('samples');
    expect(without).not.toContain('identifiers of people');
  });

  test('are tried again while the bucket cannot be read', async () => {
    const away = { ok: false, fault: { code: 'S3_UNAVAILABLE', message: 'away' } } as const;
    const stateBucket: Bucket = { ...bucket, path: 'state', openRead: () => Promise.resolve(away) };
    const activities = createReportActivities({ stateBucket, render: createReportPage() });
    const result = { ...sampleResult(), rejectedKeys: ['x'] };
    await expect(activities.writeReport({ ...run, result })).rejects.toMatchObject({
      type: 'S3_UNAVAILABLE',
    });
  });
});
