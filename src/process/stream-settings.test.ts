import { Client, Connection } from '@temporalio/client';
import { integrationWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { startTemporalServer, type TemporalServer } from '../dev/servers/temporal';
import { createStreamSettings } from './stream-settings';

let temporal: TemporalServer;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  temporal = await startTemporalServer();
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection });
});

afterAll(async () => {
  await connection.close();
  await temporal.close();
});

test('an integration that is not set up is its owner’s matter', async () => {
  expect(await createStreamSettings(client)('nowhere')).toMatchObject({
    ok: false,
    fault: { code: 'INTEGRATION_UNKNOWN' },
  });
});

test('an integration that nobody answers for is not said to be unknown', async () => {
  await client.workflow.start(WORKFLOW_TYPES.integration, {
    workflowId: integrationWorkflowId('silent'),
    taskQueue: TASK_QUEUE,
  });
  expect(await createStreamSettings(client, { answerMs: 1_000 })('silent')).toMatchObject({
    ok: false,
    fault: { code: 'TEMPORAL_UNAVAILABLE' },
  });
}, 15_000);
