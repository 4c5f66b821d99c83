import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { keysUnder, openStateBucket, readText } from '../../test/activities/state-bucket';
import { type Bucket } from '../adapters/bucket/bucket';
import { type BeginRequest } from '../contract/entity';
import { type BrazeSettings, type IntegrationSettings } from '../contract/integration';
import { integrationWorkflowId, TASK_QUEUE } from '../contract/names';
import { generationKey, generationsPrefix, ledgerKey, ledgerManifestKey } from '../domain/state-layout';
import { createEntityActivities } from './integration-entity';

const KEY = 'a'.repeat(32);
const name = `shop-${randomBytes(6).toString('hex')}`;
let connection: Connection;
let native: NativeConnection;
let client: Client;
let worker: Worker;
let running: Promise<void>;
let bucket: Bucket;
let entity: ReturnType<typeof createEntityActivities>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const address = process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '';
  connection = await Connection.connect({ address });
  native = await NativeConnection.connect({ address });
  client = new Client({ connection });
  bucket = await openStateBucket();
  entity = createEntityActivities({ client, stateBucket: bucket });
  const code = await readFile(process.env['BRAZIER_TEST_WORKFLOW_BUNDLE'] ?? '', 'utf8');
  worker = await Worker.create({ connection: native, taskQueue: TASK_QUEUE, workflowBundle: { code } });
  running = worker.run();
});

afterAll(async () => {
  await lose().catch(() => undefined);
  worker.shutdown();
  await running;
  await connection.close();
  await native.close();
  bucket.close();
});

const folder = () => ({ path: bucket.path, integration: name, audienceKey: KEY });
const lose = () => client.workflow.getHandle(integrationWorkflowId(name)).terminate('lost');

function configure() {
  const braze: BrazeSettings = {
    ...{
      endpoint: 'https://rest.iad-01.braze.com',
      restKey: 'env:KEY',
      objectsPerRequest: 75,
      connections: 8,
    },
    ...{ requestsPerSecond: 50, exportIdsPerSecond: 40, requestTimeoutSeconds: 30, applyLagSeconds: 300 },
  };
  const exchange = { bucket: 'exchange', region: 'us-east-1', path: '' };
  const features = { readBack: true, import: false };
  const settings: IntegrationSettings = { name, braze, exchange, attributes: [], features };
  return entity.configureIntegration({ settings, segmentIds: [] });
}

function begin(token: string, change: Partial<BeginRequest> = {}) {
  const audience = { key: KEY, audience: 'VIP', attribute: 'lexer_audience', valueLimit: 1 };
  const parent = { workflowId: `run-${token}`, runId: token };
  const request = {
    ...audience,
    identifier: 'external_id' as const,
    token,
    parent,
    dryRun: false,
    ...change,
  };
  return entity.beginRun({ integration: name, request });
}

async function storeLedger(generation: number) {
  const file = await bucket.put(ledgerKey(folder(), generation, 'aa'), 'rows');
  const sha256 = createHash('sha256').update('rows').digest('hex');
  const content = { generation, previous: null, members: 5, unsure: 0, outcomes: [], foldedCorrections: [] };
  const manifest = await bucket.putJson(ledgerManifestKey(folder(), generation, 'aa'), {
    ...content,
    sha256,
  });
  if (!file.ok || !manifest.ok) throw new Error('the bucket took no ledger');
  return { generation, file: file.value, manifest: manifest.value, members: 5, unsure: 0 };
}

test('an entity that is lost goes on from the bucket, and a begin asked twice is still one begin', async () => {
  await configure();
  await expect(begin('t1')).resolves.toMatchObject({ generation: 1, open: [] });
  const mark = await readText(bucket, generationKey(folder(), 1));
  expect(JSON.parse(mark)).toMatchObject({ generation: 1, workflowId: 'run-t1', dryRun: false });
  await expect(begin('t1')).resolves.toMatchObject({ generation: 1, open: [] });
  await expect(readText(bucket, generationKey(folder(), 1))).resolves.toBe(mark);
  await begin('t2');
  const ledger = await storeLedger(2);
  await begin('t3');

  await lose();
  await configure();
  const after = await begin('t4');
  expect(after).toMatchObject({ ok: true, generation: 4, forgotten: 3, ledger, open: [2, 3] });
  await expect(begin('t4')).resolves.toEqual(after);
  await expect(begin('t5')).resolves.toMatchObject({ generation: 5, forgotten: 3, ledger, open: [2, 3, 4] });

  const other = { ...ledger, file: { ...ledger.file, key: 'ledger/g5' }, generation: 5 };
  const request = { key: KEY, generation: 5, ledger: other, closes: [2, 3, 4, 5] };
  await entity.commitRun({ integration: name, request });
  const settled = await begin('t6');
  expect(settled).toMatchObject({ generation: 6, ledger: other, open: [] });
  expect(settled).not.toHaveProperty('forgotten');
});

test('a begin that is refused leaves no mark', async () => {
  const key = 'b'.repeat(32);
  await expect(begin('t7', { key, audience: 'New' })).resolves.toMatchObject({ ok: false });
  await expect(keysUnder(bucket, generationsPrefix({ ...folder(), audienceKey: key }))).resolves.toEqual([]);
});
