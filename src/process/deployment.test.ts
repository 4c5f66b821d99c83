import { loadConfig, type Config } from '../config/config';
import { type BucketSettings } from '../contract/integration';
import { openStateBucket } from '../../test/activities/state-bucket';
import { openDeployment } from './deployment';

const endpoint = process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '';

beforeAll(() => {
  process.env['DEPLOYMENT_TEST_KEY_ID'] = process.env['BRAZIER_TEST_S3_KEY_ID'];
  process.env['DEPLOYMENT_TEST_SECRET'] = process.env['BRAZIER_TEST_S3_SECRET'];
});
afterAll(() => {
  delete process.env['DEPLOYMENT_TEST_KEY_ID'];
  delete process.env['DEPLOYMENT_TEST_SECRET'];
});

function config(change: Record<string, string> = {}): Config {
  const loaded = loadConfig({
    BRAZIER_STATE_BUCKET: 'state',
    BRAZIER_STATE_ENDPOINT: endpoint,
    BRAZIER_STATE_ACCESS_KEY_ID: 'env:DEPLOYMENT_TEST_KEY_ID',
    BRAZIER_STATE_SECRET_ACCESS_KEY: 'env:DEPLOYMENT_TEST_SECRET',
    BRAZIER_SMTP_URL: 'smtp://localhost:1025',
    BRAZIER_MAIL_FROM: 'brazier@example.com',
    BRAZIER_OPERATORS: 'ops@example.com',
    BRAZIER_LINK_SECRET: 'env:LINK_SECRET',
    ...change,
  });
  if (!loaded.ok) throw new Error(loaded.fault.message);
  return loaded.value;
}

const exchange: BucketSettings = { bucket: 'exchange', region: 'us-east-1', path: '' };

test('the state bucket is opened with the deployment’s own secrets', async () => {
  const existing = await openStateBucket();
  const opened = await openDeployment(config({ BRAZIER_STATE_BUCKET: existing.name }));
  if (!opened.ok) throw new Error(opened.fault.message);
  await expect(opened.value.stateBucket.put('a', 'b')).resolves.toMatchObject({ ok: true });
  opened.value.stateBucket.close();
  existing.close();
});

test('a secret of its own that cannot be read keeps the process from starting', async () => {
  delete process.env['DEPLOYMENT_TEST_UNSET'];
  for (const name of ['BRAZIER_STATE_ACCESS_KEY_ID', 'BRAZIER_STATE_SECRET_ACCESS_KEY']) {
    await expect(openDeployment(config({ [name]: 'env:DEPLOYMENT_TEST_UNSET' }))).resolves.toMatchObject({
      ok: false,
      fault: { code: 'SECRET_UNREADABLE' },
    });
  }
});

test('an input may name neither the deployment’s own secrets nor one that nobody declared', async () => {
  const opened = await openDeployment(config({ BRAZIER_SECRETS: 'env:BRAZE_KEY' }));
  if (!opened.ok) throw new Error(opened.fault.message);
  const { inputSecrets, stateBucket } = opened.value;
  for (const reference of ['env:DEPLOYMENT_TEST_SECRET', 'env:LINK_SECRET', 'env:HOME'] as const) {
    await expect(inputSecrets.resolve(reference)).resolves.toMatchObject({
      ok: false,
      fault: { code: 'SECRET_NOT_DECLARED' },
    });
  }
  stateBucket.close();
});

test('bucket keys go to no S3 server that the operator does not allow', async () => {
  const opened = await openDeployment(config({ BRAZIER_ALLOWED_S3_ENDPOINTS: 'http://s3.example.com:9000' }));
  if (!opened.ok) throw new Error(opened.fault.message);
  const { openBucket, stateBucket } = opened.value;
  await expect(openBucket({ ...exchange, endpoint: 'http://evil.example.com:9000' })).resolves.toMatchObject({
    ok: false,
    fault: { code: 'HOST_NOT_ALLOWED' },
  });
  for (const settings of [exchange, { ...exchange, endpoint: 'http://s3.example.com:9000' }]) {
    const bucket = await openBucket(settings);
    expect(bucket).toMatchObject({ ok: true });
    if (bucket.ok) bucket.value.close();
  }
  stateBucket.close();
});
