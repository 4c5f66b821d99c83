import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { SETTINGS } from '../../test/workflows/samples';
import { createBucket } from '../adapters/bucket/s3-bucket';
import { success } from '../contract/errors';
import { engagementWorkflowId, integrationWorkflowId, WORKFLOW_TYPES } from '../contract/names';
import { createEngagementActivities, type EngagementRegistry } from './engagements';
import { createEntityActivities } from './integration-entity';

/** Entities that nobody works for: their Updates are never answered. */
const NOBODY = 'a queue without a worker';
const NO_BUCKET = createBucket({
  settings: { bucket: 'unused', region: 'us-east-1', path: '' },
  credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' },
});
const answerMs = 1_000;
const LATE = { type: 'TEMPORAL_UNAVAILABLE', nonRetryable: false };

let connection: Connection;
let client: Client;
let name: string;
const started: string[] = [];

beforeAll(async () => {
  connection = await Connection.connect({ address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '' });
  client = new Client({ connection });
});

beforeEach(() => {
  name = `silent-${randomBytes(6).toString('hex')}`;
});

afterAll(async () => {
  for (const id of started) await client.workflow.getHandle(id).terminate('the test is over');
  await connection.close();
  NO_BUCKET.close();
});

async function startSilent(type: string, workflowId: string): Promise<void> {
  await client.workflow.start(type, { workflowId, taskQueue: NOBODY });
  started.push(workflowId);
}

test('an integration that nobody works for gives a worker its slots back, and is asked again', async () => {
  await startSilent(WORKFLOW_TYPES.integration, integrationWorkflowId(name));
  const entity = createEntityActivities({ client, stateBucket: NO_BUCKET, answerMs });
  const file = { key: 'ledger', sha256: 'a'.repeat(64), bytes: 1 };
  const ledger = { generation: 1, file, manifest: file, members: 1, unsure: 0 };
  const commit = { key: 'k', generation: 1, ledger, closes: [1] };
  const settings = { ...SETTINGS, name };
  await Promise.all([
    expect(entity.commitRun({ integration: name, request: commit })).rejects.toMatchObject(LATE),
    expect(entity.configureIntegration({ settings, segmentIds: [] })).rejects.toMatchObject(LATE),
    expect(entity.loadIntegration({ integration: name, attribute: 'a' })).rejects.toMatchObject(LATE),
  ]);
}, 20_000);

test('an engagement that nobody works for gives a worker its slots back, and is asked again', async () => {
  await startSilent(WORKFLOW_TYPES.engagement, engagementWorkflowId('shop', name));
  const unused = () => Promise.reject(new Error('not asked'));
  const registry: EngagementRegistry = {
    save: unused,
    change: unused,
    read: () => Promise.resolve(success(undefined)),
    shardsPassed: unused,
    countSegment: unused,
  };
  const engagements = createEngagementActivities({ client, registry, answerMs });
  const call = { integration: 'shop', name, by: 'somebody', revision: 1, token: 't' };
  await expect(engagements.activateEntity(call)).rejects.toMatchObject(LATE);
}, 20_000);
