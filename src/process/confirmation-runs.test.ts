import { Client, Connection } from '@temporalio/client';
import { createConfirmationRuns } from './confirmation-runs';

let connection: Connection;
let temporal: Client;

beforeAll(async () => {
  connection = await Connection.connect({ address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection });
});
afterAll(() => connection.close());

it('tells of a run that does not exist as a value', async () => {
  const runs = createConfirmationRuns(temporal);
  const runId = '11111111-2222-4333-8444-555555555555';
  expect(await runs.status('no-such-run', runId)).toMatchObject({
    ok: false,
    fault: { code: 'RUN_NOT_FOUND' },
  });
  expect(await runs.confirm('no-such-run', runId, { by: 'Ada', via: 'mail' })).toMatchObject({
    ok: false,
    fault: { code: 'RUN_NOT_FOUND' },
  });
});

it('tells of a Temporal that has gone as a value', async () => {
  const gone = await Connection.connect({ address: process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '' });
  const runs = createConfirmationRuns(new Client({ connection: gone }));
  await gone.close();
  expect((await runs.waitingForMail()).ok).toBe(false);
});
