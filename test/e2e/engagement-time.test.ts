import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActivateEngagementInput } from '../../src/contract/engagement';
import { QUIET } from '../../src/dev/dev-stack';
import { type SegmentCondition } from '../../src/domain/stream/vocabulary';
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
  const gold = { field: 'traits.plan', equals: 'gold' };
  const visited = { event: 'Visit', atLeast: 1, withinMinutes: 1 };
  const silent = {
    all: [
      { event: 'Cart', atLeast: 1 },
      { event: 'Order', atMost: 0, withinMinutes: 1 },
    ],
  };
  await Promise.all([
    activate('witness', { event: 'Witness', atLeast: 1 }, { frequency: 'everyTime' }),
    activate('always', gold, { frequency: 'everyTime' }),
    activate('single', gold, { frequency: 'once' }),
    activate('silent', silent),
    activate('visited', visited, { exitAction: actionOf('gone') }),
  ]);
}, 240_000);
afterAll(() => stack.close());

/** Writes the person's trait `round` into an attribute of that name. */
function actionOf(name: string): ActivateEngagementInput['action'] {
  const parameter = { type: 'string' as const, required: true, perEngagement: false };
  return {
    externalApi: {
      name,
      channel: 'profile',
      endpoint: 'users.track',
      payload: { attributes: [{ external_id: '{{user}}', [name]: '{{round}}' }] },
      parameters: { user: parameter, round: parameter },
    },
    parameters: { user: { userField: 'traits.uid' }, round: { userField: 'traits.round' } },
    testValues: { user: 'test-person', round: `test-${randomUUID()}` },
  };
}

async function activate(
  name: string,
  condition: SegmentCondition,
  more: Partial<ActivateEngagementInput> = {},
): Promise<void> {
  const run = await stack.client.engagements.activate({
    ...{ integration: SHOP, name, segment: { name, condition }, action: actionOf(name), activatedBy: 'Ada' },
    ...more,
  });
  await run.result();
}

interface Posted {
  name?: string;
  traits?: object;
  /** So long ago it happened. */
  secondsAgo?: number;
}

async function post(identifiers: object, { secondsAgo = 0, ...event }: Posted): Promise<void> {
  const time = new Date(Date.now() - secondsAgo * 1_000).toISOString();
  const answer = await fetch(`${stack.stack.gatewayUrl}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: randomUUID(), time, identifiers, ...event }),
  });
  expect(answer.status).toBe(202);
}

async function attributesOf(uid: string): Promise<Record<string, unknown>> {
  await fetch(`${stack.stack.sandbox.url}/_sandbox/flush`, { method: 'POST' });
  const dump = await (await fetch(`${stack.stack.sandbox.url}/_sandbox/profiles`)).text();
  const profiles = dump
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { external_id: string; custom_attributes?: Record<string, unknown> });
  return profiles.find((profile) => profile.external_id === uid)?.custom_attributes ?? {};
}

async function arrives(uid: string, attribute: string, value: string): Promise<void> {
  while ((await attributesOf(uid))[attribute] !== value) await sleep(100);
}

/** A person's calls keep their order: once this one is there, every earlier one is. */
async function workedOff(identifiers: object, uid: string, round: string): Promise<void> {
  await post(identifiers, { name: 'Witness', traits: { uid, round } });
  await arrives(uid, 'witness', round);
}

test('who enters, leaves and enters again is sent once, or every time, as the engagement has it', async () => {
  const ann = { externalId: 'ann' };
  await post(ann, { traits: { uid: 'ann', plan: 'gold', round: 'first' } });
  await post(ann, { traits: { plan: 'silver', round: 'second' } });
  await post(ann, { traits: { plan: 'gold', round: 'third' } });
  await workedOff(ann, 'ann', 'after');
  expect(await attributesOf('ann')).toMatchObject({ single: 'first', always: 'third' });
}, 60_000);

test('who has not done something within a minute enters by time alone', async () => {
  const bob = { externalId: 'bob' };
  await post(bob, { name: 'Order', secondsAgo: 45 });
  await post(bob, { name: 'Cart', traits: { uid: 'bob', round: 'waiting' } });
  await workedOff(bob, 'bob', 'waiting');
  await post(bob, { traits: { round: 'silence' } });
  await arrives('bob', 'silent', 'silence');
}, 60_000);

test('the end of a window calls the exit action', async () => {
  const cleo = { externalId: 'cleo' };
  await post(cleo, { name: 'Visit', traits: { uid: 'cleo', round: 'in' }, secondsAgo: 45 });
  await arrives('cleo', 'visited', 'in');
  await post(cleo, { traits: { round: 'out' } });
  await arrives('cleo', 'gone', 'out');
  expect(await attributesOf('cleo')).toMatchObject({ visited: 'in' });
}, 60_000);

test('who was sent as a stranger is not sent again as the person that the stranger turns out to be', async () => {
  const stranger = { anonymousId: 'cookie-7' };
  const dora = { externalId: 'dora' };
  await post(stranger, { traits: { uid: 'dora', plan: 'gold', round: 'stranger' } });
  await arrives('dora', 'single', 'stranger');
  await post(dora, { traits: { uid: 'dora', plan: 'silver', round: 'known' } });
  await post({ ...stranger, ...dora }, { name: 'Login', traits: { plan: 'silver', round: 'one' } });
  await post(dora, { traits: { plan: 'gold', round: 'again' } });
  await workedOff(dora, 'dora', 'after');
  expect(await attributesOf('dora')).toMatchObject({ single: 'stranger', always: 'again' });
}, 60_000);
