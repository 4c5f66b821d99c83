import { randomUUID } from 'node:crypto';
import { faultOfError } from '../../src/process/client-faults';
import {
  type ActivateEngagementInput,
  type ActivateEngagementResult,
  type EngagementStatus,
} from '../../src/contract/engagement';
import { type TestExternalApiInput, type TestExternalApiResult } from '../../src/contract/external-api';
import { engagementWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../../src/contract/names';
import { QUIET } from '../../src/dev/dev-stack';
import { runCommand } from './run-command';
import { acceptedBy, quickBraze, setUp, startTestStack, type TestStack } from './test-stack';

const [FIRST_KEY, SECOND_KEY] = ['first-key-of-the-gate', 'second-key-of-the-gate'];
const DEV_SECRETS =
  'env:BRAZIER_DEV_BRAZE_KEY,env:BRAZIER_DEV_S3_ACCESS_KEY_ID,env:BRAZIER_DEV_S3_SECRET_ACCESS_KEY';

let stack: TestStack;

beforeAll(async () => {
  Object.assign(process.env, QUIET);
  stack = await startTestStack({
    gateway: false,
    sandbox: {
      keys: [
        { key: FIRST_KEY, scopes: 'all' },
        { key: SECOND_KEY, scopes: 'all' },
      ],
      applyLagMs: 50,
    },
    env: {
      BRAZIER_DEV_BRAZE_KEY: FIRST_KEY,
      BRAZIER_GATE_SECOND_KEY: SECOND_KEY,
      BRAZIER_SECRETS: `${DEV_SECRETS},env:BRAZIER_GATE_SECOND_KEY`,
    },
  });
  await setUp(stack, 'shop');
  await setUp(stack, 'other');
}, 180_000);
afterAll(() => stack.close());

const api = (name: string, field = 'tier') => ({
  name,
  channel: 'profile',
  endpoint: 'users.track' as const,
  payload: { attributes: [{ external_id: '{{user}}', [field]: '{{tier}}' }] },
  parameters: {
    user: { type: 'string' as const, required: true, perEngagement: false },
    tier: { type: 'string' as const, required: true, perEngagement: true },
  },
});

function engagement(name: string, externalApi: ActivateEngagementInput['action']['externalApi']) {
  return {
    integration: 'shop',
    name,
    segment: { name: 'buyers', condition: { event: 'Purchase', atLeast: 1 } },
    action: {
      externalApi,
      parameters: { user: { userField: 'externalId' }, tier: { constant: 'gold' } },
    },
    activatedBy: 'Ada',
  } satisfies ActivateEngagementInput;
}

/** As anybody starts it who has Temporal's own client. */
function activate(input: ActivateEngagementInput): Promise<ActivateEngagementResult> {
  return stack.temporal.workflow.execute<
    (input: ActivateEngagementInput) => Promise<ActivateEngagementResult>
  >(WORKFLOW_TYPES.activateEngagement, {
    workflowId: `any-${randomUUID()}`,
    taskQueue: TASK_QUEUE,
    args: [input],
  });
}

/** Straight at the entity, past everything that checks before it. */
function activateDirectly(name: string, integration = 'shop'): Promise<EngagementStatus> {
  return stack.temporal.workflow
    .getHandle(engagementWorkflowId(integration, name))
    .executeUpdate<EngagementStatus, [{ by: string }]>('activate', { args: [{ by: 'Mallory' }] });
}

function tryOut(externalApi: TestExternalApiInput['externalApi'], integration: string) {
  const values = { user: 'test-person', tier: `gold-${randomUUID()}` };
  return stack.temporal.workflow.execute<(input: TestExternalApiInput) => Promise<TestExternalApiResult>>(
    WORKFLOW_TYPES.testExternalApi,
    {
      workflowId: `test-${randomUUID()}`,
      taskQueue: TASK_QUEUE,
      args: [{ integration, externalApi, values }],
    },
  );
}

/** The code by which it was refused; whatever was refused has sent nothing. */
async function refusal(attempt: () => Promise<unknown>): Promise<{ code: string; message: string }> {
  const before = acceptedBy(stack);
  const found = await attempt().then(
    () => ({ code: 'NOT_REFUSED', message: '' }),
    (error: unknown) => faultOfError(error),
  );
  expect(acceptedBy(stack)).toBe(before);
  return found;
}

test('an untested version without test values, and an Update straight at its draft', async () => {
  const started = await refusal(() => activate(engagement('untested', api('untested'))));
  expect(started).toMatchObject({
    code: 'EXTERNAL_API_UNTESTED',
    message: expect.stringContaining('"untested" version 1 has not been tested on integration "shop"'),
  });
  expect(await refusal(() => activateDirectly('untested'))).toMatchObject({ code: 'EXTERNAL_API_UNTESTED' });
}, 120_000);

test('the command that a refusal names opens the gate', async () => {
  const { message } = await refusal(() => activate(engagement('advised', api('advised'))));
  const [, command = ''] = /test it first: brazier (.*)$/.exec(message) ?? [];
  const values = { user: 'test-person', tier: `gold-${randomUUID()}` };
  const tested = await runCommand(stack, command.split(' '), { 'values.json': values });
  expect(tested).toMatchObject({ code: 0, out: expect.stringContaining('POST /users/track') });
  expect(await activateDirectly('advised')).toMatchObject({ state: 'active' });
  const failing = await runCommand(stack, command.split(' '), { 'values.json': { user: 'u', tear: 'x' } });
  expect(failing.out).toContain(
    'PARAMETER_INVALID: advised: a value was given for tear, which is not declared',
  );
}, 120_000);

test('a verdict of another integration, and an edit after the test', async () => {
  expect(await tryOut(api('borrowed'), 'other')).toMatchObject({ passed: true, version: 1 });
  expect(await refusal(() => activate(engagement('borrowed', 'borrowed')))).toMatchObject({
    code: 'EXTERNAL_API_UNTESTED',
  });
  expect(await tryOut('borrowed', 'shop')).toMatchObject({ passed: true });
  expect(await refusal(() => activate(engagement('borrowed', api('borrowed', 'level'))))).toMatchObject({
    code: 'EXTERNAL_API_UNTESTED',
    message: expect.stringContaining('version 2'),
  });
  expect(await refusal(() => activateDirectly('borrowed'))).toMatchObject({ code: 'EXTERNAL_API_UNTESTED' });
}, 120_000);

test('a re-test that failed; one that passes again opens the gate, and another REST key closes it', async () => {
  expect(await tryOut(api('retested'), 'shop')).toMatchObject({ passed: true });
  for (const path of ['/users/track', '/users/track/sync']) {
    const fault = { kind: 'echo', status: 400 } as const;
    stack.stack.sandbox.workspace.faults.add({ path, match: { every: 1 }, fault });
  }
  expect(await tryOut('retested', 'shop')).toMatchObject({ passed: false });
  quickBraze(stack);
  expect(await refusal(() => activate(engagement('retested', 'retested')))).toMatchObject({
    code: 'EXTERNAL_API_FAILING',
    message: expect.stringContaining('failed its latest test on integration "shop"'),
  });
  expect(await refusal(() => activateDirectly('retested'))).toMatchObject({ code: 'EXTERNAL_API_FAILING' });
  expect(await tryOut('retested', 'shop')).toMatchObject({ passed: true });
  await setUp(stack, 'shop', { restKey: 'env:BRAZIER_GATE_SECOND_KEY' });
  expect(await refusal(() => activateDirectly('retested'))).toMatchObject({ code: 'EXTERNAL_API_UNTESTED' });
  await setUp(stack, 'shop');
  expect(await activateDirectly('retested')).toMatchObject({ state: 'active', action: { version: 1 } });
}, 180_000);

test('an upgrade to an untested version leaves the engagement where it is', async () => {
  await refusal(() => activate(engagement('newer', api('retested', 'rank'))));
  const upgrade = () =>
    stack.client.engagements.upgrade({ integration: 'shop', name: 'retested' }, { by: 'Ada', version: 2 });
  expect(await refusal(upgrade)).toMatchObject({ code: 'EXTERNAL_API_UNTESTED' });
  expect(await stack.client.engagements.status({ integration: 'shop', name: 'retested' })).toMatchObject({
    state: 'active',
    action: { version: 1 },
  });
}, 120_000);
