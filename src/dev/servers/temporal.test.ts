import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { startTemporalServer } from './temporal';

const attribute = defineSearchAttributeKey('BrazierTest', 'KEYWORD');

let dir: string;

beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'brazier-temporal-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function withClient<Result>(
  address: string,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection, namespace: 'brazier' }));
  } finally {
    await connection.close();
  }
}

const options = (stateFile: string) =>
  ({
    stateFile,
    namespace: 'brazier',
    searchAttributes: { BrazierTest: 'Keyword' },
    dynamicConfig: { 'limit.maxIDLength': 50 },
  }) as const;

test('workflows in a state file outlive a server that was killed', async () => {
  const stateFile = join(dir, 'temporal.db');
  const first = await startTemporalServer(options(stateFile));
  await withClient(first.address, (client) =>
    client.workflow.start('nobodyRunsThis', {
      workflowId: 'kept',
      taskQueue: 'none',
      typedSearchAttributes: [{ key: attribute, value: 'value' }],
    }),
  );
  await first.kill();

  const second = await startTemporalServer(options(stateFile));
  try {
    const kept = await withClient(second.address, (client) => client.workflow.getHandle('kept').describe());
    expect(kept.status.name).toBe('RUNNING');
    expect(kept.typedSearchAttributes.get(attribute)).toBe('value');
  } finally {
    await second.close();
  }
});

test('the Web UI and the dynamic configuration are on', async () => {
  const server = await startTemporalServer(options(join(dir, 'temporal.db')));
  try {
    await expect((await fetch(server.uiUrl)).text()).resolves.toContain('<html');
    const tooLong = withClient(server.address, (client) =>
      client.workflow.start('nobodyRunsThis', { workflowId: 'x'.repeat(51), taskQueue: 'none' }),
    );
    await expect(tooLong).rejects.toMatchObject({ cause: { details: expect.stringContaining('length') } });
  } finally {
    await server.close();
  }
});
