import { createConnectionOpener } from '../adapters/braze/connection-opener';
import { createWorkspaceOpener } from '../adapters/braze/probe';
import { createBucket } from '../adapters/bucket/s3-bucket';
import { createS3Client } from '../adapters/bucket/s3-client';
import { createSecretStore } from '../adapters/secrets/secrets';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { ERROR_CATALOG, fault, isErrorCode, success } from '../contract/errors';
import { type IntegrationSettings, type SecretReference } from '../contract/integration';
import { parseSetup } from '../contract/schemas/setup-integration';
import { startSandbox, type Sandbox } from '../sandbox/server';
import { type SandboxKey, type SandboxOptions } from '../sandbox/settings';
import { createSetupActivities, type SetupDependencies } from './setup-probes';
import { createWorkspaceActivities } from './check-workspace';

const S3_ENDPOINT = process.env['BRAZIER_TEST_S3_ENDPOINT']!;
const ENV = {
  BRAZE_KEY: 'full-scope-key-0001',
  POOR_KEY: 'poor-key-0001',
  WRONG_KEY: 'wrong-key-0001',
  S3_ID: process.env['BRAZIER_TEST_S3_KEY_ID']!,
  S3_SECRET: process.env['BRAZIER_TEST_S3_SECRET']!,
  S3_WRONG: 'wrong-secret',
};
const KEYS: SandboxKey[] = [
  { key: ENV.BRAZE_KEY, scopes: 'all' },
  { key: ENV.POOR_KEY, scopes: ['users.track'] },
];
const declared: SecretReference[] = [
  'env:BRAZE_KEY',
  'env:POOR_KEY',
  'env:WRONG_KEY',
  'env:S3_ID',
  'env:S3_SECRET',
  'env:S3_WRONG',
];
const credentials = { accessKeyId: ENV.S3_ID, secretAccessKey: ENV.S3_SECRET };
const bucketName = `setup-${process.pid}-${Date.now()}`;
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  const client = createS3Client({ region: 'us-east-1', endpoint: S3_ENDPOINT, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucketName }));
  client.destroy();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function sandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const started = await startSandbox({ keys: KEYS, applyLagMs: 0, ...options });
  closers.push(() => started.close());
  return started;
}

function settingsFor(
  endpoint: string,
  changes: { restKey?: string; [field: string]: unknown } = {},
): IntegrationSettings {
  const { restKey = 'env:BRAZE_KEY', ...rest } = changes;
  const parsed = parseSetup({
    name: 'acme',
    braze: { endpoint, restKey },
    exchange: {
      bucket: bucketName,
      region: 'us-east-1',
      path: 'exports',
      endpoint: S3_ENDPOINT,
      accessKeyId: 'env:S3_ID',
      secretAccessKey: 'env:S3_SECRET',
    },
    ...rest,
  });
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.value;
}

function dependencies(allowedHosts: string[], changes: Partial<SetupDependencies> = {}): SetupDependencies {
  const secrets = createSecretStore({
    declared,
    env: ENV,
    readFile: () => Promise.reject(new Error('no files here')),
  });
  const stateBucket = createBucket({
    settings: { bucket: bucketName, region: 'us-east-1', path: 'state', endpoint: S3_ENDPOINT },
    credentials,
  });
  closers.push(() => stateBucket.close());
  return {
    openWorkspace: createWorkspaceOpener(
      createConnectionOpener({ secrets, allowedHosts, userAgent: 'test' }),
    ),
    async openBucket(settings) {
      const secretAccessKey = await secrets.resolve(settings.secretAccessKey ?? 'env:S3_SECRET');
      if (!secretAccessKey.ok) return secretAccessKey;
      const keys = { accessKeyId: ENV.S3_ID, secretAccessKey: secretAccessKey.value };
      return success(createBucket({ settings, credentials: keys }));
    },
    stateBucket,
    secrets,
    mail: { verify: () => Promise.resolve(success(undefined)) },
    allowedHosts,
    allowedS3Endpoints: [S3_ENDPOINT],
    ...changes,
  };
}

async function probe(settings: IntegrationSettings, given: SetupDependencies) {
  const found = await createSetupActivities(given).probeIntegration(settings);
  for (const step of found.steps.filter(({ status }) => status === 'fail')) {
    expect(step.action).toBeTruthy();
    const code = step.code ?? '';
    expect(isErrorCode(code) && ERROR_CATALOG[code].actor).toBe(step.actor);
  }
  const text = JSON.stringify(found);
  for (const secret of Object.values(ENV)) expect(text).not.toContain(secret);
  return { ...found, byName: new Map(found.steps.map((step) => [step.step, step])) };
}

test('everything passes where everything is right', async () => {
  const { url } = await sandbox({
    segments: [{ id: 'seg-1', name: 'Buyers' }],
    attributes: [
      { name: 'vip', dataType: 'array', arrayLength: 25 },
      { name: 'long', dataType: 'array', arrayLength: 500 },
    ],
  });
  const settings = settingsFor(url, { exportSegmentId: 'seg-1', attributes: ['vip', 'long'] });
  const { steps, byName, segmentIds, valueCap } = await probe(settings, dependencies([url]));
  expect(steps.filter(({ status }) => status === 'fail')).toEqual([]);
  expect(byName.get('export segment')?.message).toContain('Buyers');
  expect(byName.get('attribute lexer_audience')?.message).toContain('created by the first write');
  expect(byName.get('attribute vip')).toMatchObject({
    status: 'pass',
    message: expect.stringContaining('25'),
    actor: 'settingsOwner',
  });
  expect(byName.get('attribute long')?.action).toBeUndefined();
  expect(byName.get('users.delete')?.status).toBe('skipped');
  expect({ segmentIds, valueCap }).toEqual({ segmentIds: ['seg-1'], valueCap: 25 });
});

test('set-up changes nothing in Braze and leaves nothing in the buckets', async () => {
  const { url, workspace } = await sandbox();
  const given = dependencies([url]);
  await probe(settingsFor(url), given);
  expect(workspace.statistics.objects).toEqual({ attributes: 0, events: 0, purchases: 0 });
  expect(await given.stateBucket.list('')).toEqual({ ok: true, value: [] });
});

test('a key without permissions fails what is needed and skips what is only useful', async () => {
  const { url } = await sandbox();
  const { byName } = await probe(settingsFor(url, { restKey: 'env:POOR_KEY' }), dependencies([url]));
  expect(byName.get('REST key')?.status).toBe('pass');
  expect(byName.get('users.track')?.status).toBe('pass');
  for (const scope of ['segments.list', 'users.export.ids']) {
    expect(byName.get(scope)).toMatchObject({
      status: 'fail',
      code: 'BRAZE_PERMISSION_MISSING',
      actor: 'credentialOwner',
    });
    expect(byName.get(scope)?.message).toContain(scope);
  }
  for (const scope of ['segments.details', 'custom_attributes.get'])
    expect(byName.get(scope)?.status).toBe('skipped');
});

test('every step is there even if nothing works', async () => {
  const { url } = await sandbox();
  const good = await probe(settingsFor(url), dependencies([url]));
  const settings = settingsFor(url, { restKey: 'env:WRONG_KEY' });
  settings.exchange.secretAccessKey = 'env:S3_WRONG';
  const mail = { verify: () => Promise.resolve(fault('MAIL_UNAVAILABLE', 'Nobody there.')) };
  const { steps, byName } = await probe(settings, dependencies([url], { mail }));
  expect(steps.map(({ step }) => step)).toEqual(good.steps.map(({ step }) => step));
  expect(byName.get('REST key')).toMatchObject({ status: 'fail', code: 'BRAZE_KEY_REJECTED' });
  expect(byName.get('users.track')?.status).toBe('skipped');
  expect(byName.get('exchange bucket: list')).toMatchObject({ status: 'fail', code: 'S3_ACCESS_DENIED' });
  expect(byName.get('exchange bucket: get')).toMatchObject({ status: 'fail', code: 'S3_ACCESS_DENIED' });
  expect(byName.get('mail')).toMatchObject({ status: 'fail', code: 'MAIL_UNAVAILABLE' });
});

test('a host that is not allowed is never sent a key', async () => {
  const { url, workspace } = await sandbox();
  const { steps, byName } = await probe(
    settingsFor(url),
    dependencies(['http://localhost:1'], { allowedS3Endpoints: [] }),
  );
  expect(byName.get('REST endpoint')).toMatchObject({ status: 'fail', code: 'HOST_NOT_ALLOWED' });
  expect(byName.get('exchange bucket')).toMatchObject({ status: 'fail', code: 'HOST_NOT_ALLOWED' });
  expect(steps.find(({ step }) => step === 'REST key')?.status).toBe('skipped');
  expect(workspace.requests.last(100)).toEqual([]);
});

test('undeclared secrets are told for each field', async () => {
  const { url } = await sandbox();
  const { byName } = await probe(settingsFor(url, { restKey: 'env:OTHER' }), dependencies([url]));
  expect(byName.get('secret braze.restKey')).toMatchObject({ status: 'fail', code: 'SECRET_NOT_DECLARED' });
  expect(byName.get('REST key')?.status).toBe('skipped');
});

test('an unknown export segment and unusable attributes fail', async () => {
  const { url } = await sandbox({
    segments: [{ id: 'old', name: 'Old', archived: true }],
    attributes: [
      { name: 'plan', dataType: 'string' },
      { name: 'lexer_audience', dataType: 'array', status: 'Blocklisted' },
    ],
  });
  const { byName } = await probe(
    settingsFor(url, { exportSegmentId: 'zzz', attributes: ['plan'] }),
    dependencies([url]),
  );
  expect(byName.get('export segment')).toMatchObject({ status: 'fail', code: 'SEGMENT_NOT_FOUND' });
  for (const name of ['plan', 'lexer_audience']) {
    expect(byName.get(`attribute ${name}`)).toMatchObject({ status: 'fail', code: 'ATTRIBUTE_UNUSABLE' });
  }
  const archived = await probe(settingsFor(url, { exportSegmentId: 'old' }), dependencies([url]));
  expect(archived.byName.get('export segment')?.message).toContain('archived');
});

test('a Braze that cannot be reached is waited for', async () => {
  const gone = await sandbox();
  await gone.close();
  const { byName } = await probe(settingsFor(gone.url), dependencies([gone.url]));
  expect(byName.get('REST key')).toMatchObject({ status: 'fail', code: 'BRAZE_UNAVAILABLE', actor: 'wait' });
});

describe('checkWorkspace', () => {
  const check = (url: string, settings: IntegrationSettings, attribute = 'lexer_audience') =>
    createWorkspaceActivities(dependencies([url])).checkWorkspace({
      settings,
      activation: { attribute, audience: 'VIP' },
    });

  test('names the cap, the attribute and the Braze segment of the audience', async () => {
    const { url } = await sandbox({
      segments: [{ id: 's', name: ' VIP' }],
      attributes: [{ name: 'lexer_audience', dataType: 'array', arrayLength: 25 }],
    });
    expect(await check(url, settingsFor(url))).toEqual({
      valueCap: 25,
      attribute: 'array',
      segment: { id: 's', name: ' VIP' },
    });
  });

  test.each([
    ['array', 500, { valueCap: 100, attribute: 'array' }],
    [undefined, undefined, { valueCap: 100, attribute: 'absent' }],
  ] as const)('never allows more than 100 values (%p, %p)', async (dataType, arrayLength, expected) => {
    const attributes = dataType === undefined ? [] : [{ name: 'lexer_audience', dataType, arrayLength }];
    const { url } = await sandbox({ attributes });
    expect(await check(url, settingsFor(url))).toEqual(expected);
  });

  test('assumes 100 where the registry cannot be seen', async () => {
    const { url } = await sandbox();
    expect(await check(url, settingsFor(url, { restKey: 'env:POOR_KEY' }))).toEqual({
      valueCap: 100,
      attribute: 'unseen',
    });
  });

  test.each([
    ['ATTRIBUTE_UNUSABLE', true, {}, 'plan'],
    ['ATTRIBUTE_NOT_DECLARED', true, {}, 'typo'],
    ['BRAZE_KEY_REJECTED', true, { restKey: 'env:WRONG_KEY' }, 'lexer_audience'],
    ['SECRET_NOT_DECLARED', true, { restKey: 'env:OTHER' }, 'lexer_audience'],
  ])('fails with %s', async (type, nonRetryable, changes, attribute) => {
    const { url } = await sandbox({ attributes: [{ name: 'plan', dataType: 'string' }] });
    const settings = settingsFor(url, { attributes: ['plan'], ...changes });
    await expect(check(url, settings, attribute)).rejects.toMatchObject({ type, nonRetryable });
  });

  test('an outage is retryable', async () => {
    const { url, workspace } = await sandbox();
    workspace.faults.add({ match: { every: 1 }, fault: { kind: 'status', status: 503 } });
    await expect(check(url, settingsFor(url))).rejects.toMatchObject({
      type: 'BRAZE_UNAVAILABLE',
      nonRetryable: false,
    });
  });
});
