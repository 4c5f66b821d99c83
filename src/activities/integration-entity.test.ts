import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { openStateBucket } from '../../test/activities/state-bucket';
import { type Bucket } from '../adapters/bucket/bucket';
import { type BeginRequest, type CommitRequest, type ConfigureRequest } from '../contract/entity';
import { type IntegrationSettings } from '../contract/integration';
import { audienceWorkflowId, integrationWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { startedKey } from '../domain/state-layout';
import { createEntityActivities, createHolds, integrationNames } from './integration-entity';

const address = process.env['BRAZIER_TEST_TEMPORAL_ADDRESS'] ?? '';
const KEY = 'a'.repeat(32);
const configured: string[] = [];
let connection: Connection;
let client: Client;
let worker: Worker;
let running: Promise<void>;
let native: NativeConnection;
let stateBucket: Bucket;
let entity: ReturnType<typeof createEntityActivities>;
let name: string;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  connection = await Connection.connect({ address });
  native = await NativeConnection.connect({ address });
  client = new Client({ connection });
  stateBucket = await openStateBucket('state');
  entity = createEntityActivities({ client, stateBucket });
  const code = await readFile(process.env['BRAZIER_TEST_WORKFLOW_BUNDLE'] ?? '', 'utf8');
  worker = await Worker.create({ connection: native, taskQueue: TASK_QUEUE, workflowBundle: { code } });
  running = worker.run();
});

beforeEach(() => {
  name = `shop-${randomBytes(6).toString('hex')}`;
});

afterAll(async () => {
  for (const known of configured) await terminate(integrationWorkflowId(known));
  worker.shutdown();
  await running;
  await connection.close();
  await native.close();
  stateBucket.close();
});

async function terminate(workflowId: string): Promise<void> {
  await client.workflow
    .getHandle(workflowId)
    .terminate('the test is over')
    .catch(() => undefined);
}

function settings(change: Partial<IntegrationSettings> = {}): IntegrationSettings {
  return {
    name,
    braze: {
      endpoint: 'https://rest.iad-01.braze.com',
      restKey: 'env:KEY',
      objectsPerRequest: 75,
      requestsPerSecond: 50,
      exportIdsPerSecond: 40,
      connections: 8,
      requestTimeoutSeconds: 30,
      applyLagSeconds: 300,
    },
    exchange: { bucket: 'exchange', region: 'us-east-1', path: '' },
    attributes: ['crm_audience'],
    features: { readBack: true, import: false },
    ...change,
  };
}

async function configure(change: Partial<ConfigureRequest> = {}): Promise<'created' | 'updated'> {
  const request = { settings: settings(), segmentIds: [], ...change };
  configured.push(request.settings.name);
  return entity.configureIntegration(request);
}

function begin(token: string, change: Partial<BeginRequest> = {}) {
  const request: BeginRequest = {
    key: KEY,
    audience: 'VIP',
    attribute: 'lexer_audience',
    identifier: 'external_id',
    valueLimit: 100,
    token,
    parent: { workflowId: 'run', runId: token },
    dryRun: false,
    ...change,
  };
  return entity.beginRun({ integration: name, request });
}

function commitOf(generation: number): CommitRequest {
  const object = { key: `ledger/g${generation}`, bytes: 1, sha256: 'f'.repeat(64) };
  const ledger = { generation, file: object, manifest: object, members: 5, unsure: 0 };
  return { key: KEY, generation, ledger, closes: [generation] };
}

const unknown = { type: 'INTEGRATION_UNKNOWN', nonRetryable: true };

test('an integration is created once and changed after; its audiences stay', async () => {
  await expect(configure()).resolves.toBe('created');
  await begin('t1');
  await entity.commitRun({ integration: name, request: commitOf(1) });
  await expect(configure({ settings: settings({ attributes: [] }) })).resolves.toBe('updated');
  const { settings: loaded } = await entity.loadIntegration({
    integration: name,
    attribute: 'lexer_audience',
  });
  expect(loaded.attributes).toEqual([]);
  await expect(begin('t2')).resolves.toMatchObject({ generation: 2, ledger: commitOf(1).ledger });
});

test('an attribute has to be declared; the default one always is', async () => {
  await configure();
  const load = (attribute: string) => entity.loadIntegration({ integration: name, attribute });
  await expect(load('crm_audience')).resolves.toEqual({ settings: settings() });
  await expect(load('lexer_audience')).resolves.toEqual({ settings: settings() });
  await expect(load('lexer_audiences')).rejects.toMatchObject({
    type: 'ATTRIBUTE_NOT_DECLARED',
    nonRetryable: true,
    message: `attribute: "lexer_audiences" is not declared on ${name} (declared: lexer_audience, crm_audience)`,
  });
});

test('an integration that does not exist, or has been ended, is unknown to everyone', async () => {
  await expect(entity.loadIntegration({ integration: name, attribute: 'a' })).rejects.toMatchObject(unknown);
  await expect(begin('t1')).rejects.toMatchObject(unknown);
  await configure();
  await terminate(integrationWorkflowId(name));
  await expect(begin('t1')).rejects.toMatchObject(unknown);
  await expect(entity.commitRun({ integration: name, request: commitOf(1) })).rejects.toMatchObject(unknown);
});

test('a begin that is asked again with its token is the same begin', async () => {
  await configure();
  const first = await begin('t1');
  expect(first).toMatchObject({ ok: true, generation: 1, open: [] });
  await expect(begin('t1')).resolves.toEqual(first);
  await expect(begin('t2')).resolves.toMatchObject({ generation: 2, open: [1] });
});

test('an entity that was lost goes on above the generations that the state bucket has seen', async () => {
  await configure();
  await begin('t1');
  await begin('t2');
  await terminate(integrationWorkflowId(name));
  await expect(configure()).resolves.toBe('created');
  await expect(begin('t3')).resolves.toMatchObject({ generation: 3, forgotten: 2, open: [1, 2] });
  await expect(begin('t3')).resolves.toMatchObject({ generation: 3, forgotten: 2, open: [1, 2] });
});

test('a begin that is refused is an answer, not a failure', async () => {
  await configure();
  await begin('t1');
  await expect(begin('t2', { key: 'b'.repeat(32), identifier: 'email' })).resolves.toMatchObject({
    ok: false,
    code: 'AUDIENCE_IDENTIFIER_CONFLICT',
  });
});

test('a generation holds the audience until it commits or a later one begins', async () => {
  await configure();
  const holds = (generation: number) =>
    createHolds({ client })({ integration: name, audienceKey: KEY, generation });
  await expect(holds(1)).resolves.toBe(false);
  await begin('t1');
  await expect(holds(1)).resolves.toBe(true);
  await begin('t2');
  await expect(Promise.all([holds(1), holds(2)])).resolves.toEqual([false, true]);
  await entity.commitRun({ integration: name, request: commitOf(2) });
  await expect(holds(2)).resolves.toBe(false);
  const elsewhere = createHolds({ client })({ integration: `${name}-x`, audienceKey: KEY, generation: 1 });
  await expect(elsewhere).rejects.toBeInstanceOf(WorkflowNotFoundError);
});

test('a closed generation may not commit, and a repeated commit is taken', async () => {
  await configure();
  await begin('t1');
  await begin('t2');
  await expect(entity.commitRun({ integration: name, request: commitOf(1) })).rejects.toMatchObject({
    type: 'GENERATION_CLOSED',
    nonRetryable: true,
  });
  await entity.commitRun({ integration: name, request: commitOf(2) });
  await expect(entity.commitRun({ integration: name, request: commitOf(2) })).resolves.toBeUndefined();
});

test('a recovery and the run itself may commit the same bytes: both count', async () => {
  await configure();
  await begin('t1');
  await begin('t2');
  const own = commitOf(2);
  const object = { ...own.ledger.file, key: 'ledger/g2-recovered' };
  const recovery = { ...own, ledger: { ...own.ledger, file: object, manifest: object }, closes: [1] };
  await entity.commitRun({ integration: name, request: recovery });
  await entity.commitRun({ integration: name, request: own });
  await expect(begin('t3')).resolves.toMatchObject({ generation: 3, ledger: own.ledger, open: [] });
});

test('a run that may have sent stays open, until it is known that it did not', async () => {
  await configure();
  await begin('t1');
  const request = { key: KEY, generation: 1, outcome: 'failed', at: '' } as const;
  await entity.endRun({ integration: name, request: { ...request, sentNothing: false } });
  await expect(begin('t2')).resolves.toMatchObject({ open: [1] });
  await entity.endRun({ integration: name, request: { ...request, sentNothing: true } });
  await expect(begin('t3')).resolves.toMatchObject({ generation: 3, open: [2] });
});

test('a run that ended without sending is not recovered by the next one', async () => {
  await configure();
  await begin('t1');
  const request = { key: KEY, generation: 1, outcome: 'notApproved', sentNothing: true, at: '' } as const;
  await entity.endRun({ integration: name, request });
  await entity.endRun({ integration: name, request });
  await expect(begin('t2')).resolves.toMatchObject({ generation: 2, open: [] });
});

test('a run that begins anew after it had sent is not closed as one that sent nothing', async () => {
  await configure();
  await begin('t1');
  const folder = { path: stateBucket.path, integration: name, audienceKey: KEY };
  const attempt = { operation: 'add', index: 0, attempt: 'a1' } as const;
  await stateBucket.put(startedKey(folder, 1, attempt), 'what matters is that it is there');
  const request = { key: KEY, generation: 1, outcome: 'cancelled', sentNothing: true, at: '' } as const;
  await entity.endRun({ integration: name, request });
  await expect(begin('t2')).resolves.toMatchObject({ generation: 2, open: [1] });
});

describe('one integration per workspace', () => {
  /** Visibility lags behind: asks until the integration is listed. */
  async function listed(wanted: string): Promise<void> {
    for (;;) {
      for await (const known of integrationNames(client)) if (known === wanted) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test('another one on the same host with a Braze segment in common takes it', async () => {
    const segmentIds = [`segment-of-${name}`];
    await configure({ segmentIds });
    await listed(name);
    const other = settings({ name: `${name}-other` });
    const check = (change: Partial<ConfigureRequest>) =>
      entity.checkWorkspaceIsFree({ settings: other, segmentIds: ['else', ...segmentIds], ...change });
    await expect(check({})).resolves.toMatchObject({
      status: 'fail',
      code: 'WORKSPACE_TAKEN',
      message: `integration "${name}" already works on this workspace`,
    });
    await expect(check({ segmentIds: ['else'] })).resolves.toMatchObject({ status: 'pass' });
    await expect(check({ settings: settings() })).resolves.toMatchObject({ status: 'pass' });
    const braze = { ...other.braze, endpoint: 'https://rest.fra-01.braze.eu' };
    await expect(check({ settings: { ...other, braze } })).resolves.toMatchObject({ status: 'pass' });
    await terminate(integrationWorkflowId(name));
  });

  test('without any Braze segment it cannot be told, and the step says what to do', async () => {
    await expect(
      entity.checkWorkspaceIsFree({ settings: settings(), segmentIds: [] }),
    ).resolves.toMatchObject({
      status: 'skipped',
      actor: 'settingsOwner',
      action: expect.stringContaining('no other integration'),
    });
  });
});

describe('an integration stays with its workspace', () => {
  const elsewhere = 'https://rest.fra-01.braze.eu';
  const own = () => [`segment-of-${name}`];
  const check = ({ segmentIds = own(), braze = {} }: { segmentIds?: string[]; braze?: object } = {}) => {
    const wanted = settings();
    return entity.checkWorkspaceIsFree({
      settings: { ...wanted, braze: { ...wanted.braze, ...braze } },
      segmentIds,
    });
  };
  const changed = { status: 'fail', code: 'WORKSPACE_CHANGED', actor: 'settingsOwner' };

  test('as long as a value may be held there', async () => {
    await configure({ segmentIds: own() });
    await expect(check({ braze: { endpoint: elsewhere } })).resolves.toMatchObject({ status: 'pass' });
    await begin('t1');
    const moved = await check({ braze: { endpoint: elsewhere } });
    expect(moved).toMatchObject(changed);
    expect(moved.message).toContain('rest.iad-01.braze.com');
    await expect(check({ segmentIds: [], braze: { endpoint: elsewhere } })).resolves.toMatchObject(changed);
    await expect(check({ segmentIds: ['of another workspace'] })).resolves.toMatchObject(changed);
    const end = { key: KEY, generation: 1, outcome: 'failed', sentNothing: true, at: '' } as const;
    await entity.endRun({ integration: name, request: end });
    await expect(check({ segmentIds: ['of another workspace'] })).resolves.toMatchObject({ status: 'pass' });
  });

  test('and may get another key, new Braze segments, or show none for once', async () => {
    await configure({ segmentIds: own() });
    await begin('t1');
    const rotated = await check({ segmentIds: ['new', ...own()], braze: { restKey: 'env:NEW_KEY' } });
    expect(rotated).toMatchObject({ status: 'pass' });
    await expect(check({ segmentIds: [] })).resolves.toMatchObject({ status: 'skipped' });
    await configure({ segmentIds: [] });
    await expect(check()).resolves.toMatchObject({ status: 'pass' });
  });
});

describe('who holds an audience', () => {
  test('has just ended when nobody is found', async () => {
    const holder = await entity.describeHolder({ integration: name, audienceKey: KEY });
    expect(holder).toMatchObject({ code: 'AUDIENCE_BUSY', actor: 'wait' });
    expect(holder.message).toMatch(/just ended$/);
  });

  test('is named with its phase', async () => {
    const workflowId = audienceWorkflowId(name, KEY);
    const activation = {
      integration: name,
      audience: 'VIP',
      attribute: 'lexer_audience',
      audienceKey: KEY,
      source: { identifier: 'external_id' },
    };
    await client.workflow.start(WORKFLOW_TYPES.runAudience, {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [{ activation, settings: settings(), valueLimit: 100, parent: { workflowId: 'p', runId: 'p' } }],
    });
    const holder = await entity.describeHolder({ integration: name, audienceKey: KEY });
    await terminate(workflowId);
    expect(holder).toMatchObject({ code: 'AUDIENCE_BUSY', actor: 'wait' });
    expect(holder.message).toContain(workflowId);
    expect(holder.message).toContain('phase: held');
  });
});
