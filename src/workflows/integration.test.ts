import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  type BeginAnswer,
  type BeginRequest,
  type IntegrationState,
  INTEGRATION_MESSAGES,
} from '../contract/entity';
import { integrationWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { startTemporalServer, type TemporalServer } from '../dev/servers/temporal';
import { ledgerOf, SETTINGS } from '../../test/workflows/samples';
import { eventually, TestBed } from '../../test/workflows/test-bed';

let server: TemporalServer;
let bed: TestBed;

beforeAll(async () => {
  // A real server, told to suggest continue-as-new after few Updates instead of thousands.
  server = await startTemporalServer({
    logLevel: 'never',
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 },
  });
  bed = await TestBed.real(server.address);
});
afterAll(async () => {
  await bed.close();
  await server.close();
});

type Entity = (input: { name: string }) => Promise<void>;
const handle = (name: string) => bed.client.workflow.getHandle<Entity>(integrationWorkflowId(name));

function update<Answer>(name: string, message: string, request: unknown): Promise<Answer> {
  return handle(name).executeUpdate<Answer, [unknown]>(message, { args: [request] });
}

const stateOf = (name: string) => handle(name).query<IntegrationState | null>(INTEGRATION_MESSAGES.describe);

async function configured(name: string): Promise<string> {
  const startWorkflowOperation = new WithStartWorkflowOperation<Entity>(WORKFLOW_TYPES.integration, {
    workflowId: integrationWorkflowId(name),
    taskQueue: TASK_QUEUE,
    args: [{ name }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return bed.client.workflow.executeUpdateWithStart<Entity, string, [unknown]>(
    INTEGRATION_MESSAGES.configure,
    { args: [{ settings: { ...SETTINGS, name }, segmentIds: ['segment'] }], startWorkflowOperation },
  );
}

function beginOf(token: string): BeginRequest {
  return {
    key: 'key',
    audience: 'Leads',
    attribute: 'lexer_audience',
    identifier: 'external_id',
    valueLimit: 100,
    token,
    parent: { workflowId: `run-${token}`, runId: token },
    dryRun: false,
  };
}

async function refusalOf(taken: Promise<unknown>): Promise<unknown> {
  try {
    await taken;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) return error.cause;
    throw error;
  }
  throw new Error('the Update was taken');
}

test('an integration is created once, then updated; its audiences stay', async () => {
  await expect(configured('kept')).resolves.toBe('created');
  await update('kept', INTEGRATION_MESSAGES.begin, beginOf('one'));
  await expect(configured('kept')).resolves.toBe('updated');
  await expect(stateOf('kept')).resolves.toMatchObject({
    segmentIds: ['segment'],
    audiences: { key: { generation: 1, open: [{ generation: 1, workflowId: 'run-one' }] } },
  });
});

test('a begin that is asked twice raises the generation once', async () => {
  await configured('twice');
  const first = await update<BeginAnswer>('twice', INTEGRATION_MESSAGES.begin, beginOf('one'));
  const again = await update<BeginAnswer>('twice', INTEGRATION_MESSAGES.begin, beginOf('one'));
  expect(first).toMatchObject({ ok: true, generation: 1, open: [] });
  expect(again).toEqual(first);
  await expect(update('twice', INTEGRATION_MESSAGES.begin, beginOf('two'))).resolves.toMatchObject({
    generation: 2,
    open: [1],
  });
});

test('only the generation that holds the audience commits; the refused leave no trace', async () => {
  await configured('closed');
  await update('closed', INTEGRATION_MESSAGES.begin, beginOf('one'));
  await update('closed', INTEGRATION_MESSAGES.begin, beginOf('two'));
  const commit = (generation: number) => ({
    key: 'key',
    generation,
    ledger: ledgerOf(generation),
    closes: [generation],
  });
  const before = (await handle('closed').describe()).historyLength;
  await expect(refusalOf(update('closed', INTEGRATION_MESSAGES.commit, commit(1)))).resolves.toMatchObject({
    type: 'GENERATION_CLOSED',
    message: 'generation 1 no longer holds the audience',
  });
  expect((await handle('closed').describe()).historyLength).toBe(before);
  const holds = (generation: number) =>
    handle('closed').query<boolean, [object]>(INTEGRATION_MESSAGES.holds, { key: 'key', generation });
  await expect(Promise.all([holds(1), holds(2)])).resolves.toEqual([false, true]);

  await expect(update('closed', INTEGRATION_MESSAGES.commit, commit(2))).resolves.toBe(2);
  await expect(update('closed', INTEGRATION_MESSAGES.commit, commit(2))).resolves.toBe(2);
  await expect(holds(2)).resolves.toBe(false);
});

test('an integration that was never set up takes nothing but its settings', async () => {
  await bed.client.workflow.start(WORKFLOW_TYPES.integration, {
    workflowId: integrationWorkflowId('bare'),
    taskQueue: TASK_QUEUE,
    args: [{ name: 'bare' }],
  });
  await expect(refusalOf(update('bare', INTEGRATION_MESSAGES.begin, beginOf('one')))).resolves.toMatchObject({
    type: 'INTEGRATION_UNKNOWN',
  });
  await expect(stateOf('bare')).resolves.toBeNull();
});

test('continue-as-new hands the whole state on', async () => {
  await configured('long');
  const firstRun = (await handle('long').describe()).runId;
  let begun = 0;
  await eventually(async () => {
    begun += 1;
    await update('long', INTEGRATION_MESSAGES.begin, beginOf(String(begun)));
    return (await handle('long').describe()).runId !== firstRun;
  });
  await expect(stateOf('long')).resolves.toMatchObject({
    settings: { name: 'long' },
    segmentIds: ['segment'],
    audiences: { key: { generation: begun, beginToken: String(begun) } },
  });
  const open = (await stateOf('long'))?.audiences['key']?.open;
  expect(open?.map(({ generation }) => generation)).toEqual(
    Array.from({ length: begun }, (_, index) => index + 1),
  );
});
