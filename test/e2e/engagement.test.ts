import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActivateEngagementInput, type ActivateEngagementResult } from '../../src/contract/engagement';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/contract/names';
import { QUIET } from '../../src/dev/dev-stack';
import { setUp, startTestStack, type TestStack } from './test-stack';

const KEY = 'key-of-the-web-shop-with-40-characters-00';
const SHOP = 'shop';

let stack: TestStack;

beforeAll(async () => {
  Object.assign(process.env, QUIET);
  stack = await startTestStack({
    sandbox: { applyLagMs: 50 },
    env: { BRAZIER_EVENT_SOURCES: `web:${SHOP}=env:WEB_KEY`, WEB_KEY: KEY },
  });
  await setUp(stack, SHOP);
}, 180_000);
afterAll(() => stack.close());

const parameter = (type: 'string' | 'number', perEngagement = false) => ({
  type,
  required: true,
  perEngagement,
});

/** Every name of it is of one engagement alone. */
function engagement(name: string, more: Partial<ActivateEngagementInput> = {}): ActivateEngagementInput {
  return {
    integration: SHOP,
    name,
    segment: { name, condition: { event: 'Purchase', atLeast: 3 } },
    action: {
      externalApi: call(name, { tier: '{{tier}}', amount: '{{amount}}' }),
      parameters: {
        user: { userField: 'externalId' },
        tier: { constant: 'regular' },
        amount: { userField: 'events.Purchase.last.amount', format: { decimals: 1 } },
      },
      testValues: { user: 'test-person', tier: `test-${randomUUID()}`, amount: 1 },
    },
    activatedBy: 'Ada',
    ...more,
  };
}

function call(name: string, fields: Record<string, string>) {
  const prefixed = Object.entries(fields).map(([field, hole]) => [`${name}_${field}`, hole] as const);
  return {
    name,
    channel: 'profile',
    endpoint: 'users.track' as const,
    payload: { attributes: [{ external_id: '{{user}}', ...Object.fromEntries(prefixed) }] },
    parameters: {
      user: parameter('string'),
      tier: parameter('string', true),
      ...('amount' in fields ? { amount: parameter('number') } : {}),
    },
  };
}

function activate(input: ActivateEngagementInput): Promise<ActivateEngagementResult> {
  return stack.temporal.workflow.execute<
    (input: ActivateEngagementInput) => Promise<ActivateEngagementResult>
  >(WORKFLOW_TYPES.activateEngagement, {
    workflowId: `any-${randomUUID()}`,
    taskQueue: TASK_QUEUE,
    args: [input],
  });
}

async function post(identifiers: object, name: string, amount: number): Promise<void> {
  const answer = await fetch(`${stack.stack.gatewayUrl}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: randomUUID(), name, identifiers, properties: { amount } }),
  });
  expect(answer.status).toBe(202);
}

async function purchases(externalId: string, ...amounts: number[]): Promise<void> {
  for (const amount of amounts) await post({ externalId }, 'Purchase', amount);
}

async function attributesOf(externalId: string): Promise<Record<string, unknown>> {
  await fetch(`${stack.stack.sandbox.url}/_sandbox/flush`, { method: 'POST' });
  const dump = await (await fetch(`${stack.stack.sandbox.url}/_sandbox/profiles`)).text();
  const profiles = dump
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { external_id: string; custom_attributes?: Record<string, unknown> });
  return profiles.find((profile) => profile.external_id === externalId)?.custom_attributes ?? {};
}

/** Waits until a person has it in Braze. */
async function arrives(externalId: string, attribute: string, value: unknown): Promise<void> {
  while ((await attributesOf(externalId))[attribute] !== value) await sleep(100);
}

test('one JSON object tests and activates; the third purchase arrives in Braze, once', async () => {
  const result = await activate(engagement('third'));
  expect(result).toMatchObject({ state: 'active', proofs: [{ tested: 'now', proof: 'readBack' }] });
  await purchases('ann', 10, 20, 30.04);
  await arrives('ann', 'third_amount', 30);
  expect(await attributesOf('ann')).toMatchObject({ third_tier: 'regular' });
  await purchases('bob', 1, 2);
  await purchases('ann', 99);
  // Behind all of these in whatever shard: who comes after has to arrive, and they still have not.
  await purchases('cleo', 5, 5, 5);
  await arrives('cleo', 'third_amount', 5);
  expect(await attributesOf('bob')).toEqual({});
  expect(await attributesOf('ann')).toMatchObject({ third_amount: 30 });
}, 120_000);

test('who enters during a pause is sent on resume where that was asked for', async () => {
  await activate(engagement('sending', { onResume: 'send' }));
  await activate(engagement('skipping', { onResume: 'skip' }));
  const engagements = ['sending', 'skipping'].map((name) => ({ integration: SHOP, name }));
  for (const key of engagements) await stack.client.engagements.pause(key, { by: 'Ada' });
  await purchases('dora', 1, 2, 3);
  await arrives('dora', 'third_amount', 3);
  for (const key of engagements) await stack.client.engagements.resume(key, { by: 'Ada' });
  await arrives('dora', 'sending_amount', 3);
  await purchases('emil', 1, 2, 3);
  await arrives('emil', 'skipping_amount', 3);
  expect(await attributesOf('dora')).not.toHaveProperty('skipping_amount');
}, 120_000);

test('who is in the segment already is sent where that was asked for, and leaving calls the exit action', async () => {
  const condition = { all: [{ event: 'Purchase', atLeast: 3 }, { not: { event: 'Refund', atLeast: 1 } }] };
  const base = engagement('current');
  const exit = { ...call('left', { tier: '{{tier}}' }) };
  const result = await activate({
    ...base,
    segment: { name: 'current', condition },
    includeCurrent: true,
    action: {
      externalApi: call('current', { tier: '{{tier}}' }),
      parameters: { user: { userField: 'externalId' }, tier: { constant: 'regular' } },
      testValues: { user: 'test-person', tier: `test-${randomUUID()}` },
    },
    exitAction: {
      externalApi: exit,
      parameters: { user: { userField: 'externalId' }, tier: { constant: 'gone' } },
      testValues: { user: 'test-person', tier: `test-${randomUUID()}` },
    },
  });
  expect(result.segment.inside).toBeGreaterThanOrEqual(2);
  await arrives('ann', 'current_tier', 'regular');
  await post({ externalId: 'ann' }, 'Refund', 1);
  await arrives('ann', 'left_tier', 'gone');
}, 120_000);

test('who turns out to be known already is sent once for all that was done under either name', async () => {
  await post({ anonymousId: 'cookie-1' }, 'Purchase', 7);
  await post({ anonymousId: 'cookie-1' }, 'Purchase', 8);
  await purchases('fay', 9);
  await post({ externalId: 'fay', anonymousId: 'cookie-1' }, 'Login', 0);
  await arrives('fay', 'third_tier', 'regular');
}, 120_000);
