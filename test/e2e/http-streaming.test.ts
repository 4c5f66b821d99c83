import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { QUIET } from '../../src/dev/dev-stack';
import { expectDescribed, type SeenAnswer } from './described-answer';
import { acceptedBy, setUp, startTestStack, type TestStack } from './test-stack';

const KEYS = {
  reader: 'r'.repeat(40),
  starter: 's'.repeat(40),
  decider: 'd'.repeat(40),
  viewer: 'v'.repeat(40),
} as const;
const API_KEYS = [
  'dev=env:BRAZIER_DEV_API_KEY',
  'reader:read=env:READER_KEY',
  'starter:start=env:STARTER_KEY',
  'decider:decide=env:DECIDER_KEY',
  'viewer:people=env:VIEWER_KEY',
].join(',');

let stack: TestStack;
const seen: SeenAnswer[] = [];

beforeAll(async () => {
  Object.assign(process.env, QUIET);
  stack = await startTestStack({
    sandbox: { applyLagMs: 50 },
    env: {
      BRAZIER_API_KEYS: API_KEYS,
      READER_KEY: KEYS.reader,
      STARTER_KEY: KEYS.starter,
      DECIDER_KEY: KEYS.decider,
      VIEWER_KEY: KEYS.viewer,
    },
  });
  await setUp(stack, 'shop');
}, 180_000);
afterAll(() => stack.close());

interface Call {
  body?: unknown;
  as?: keyof typeof KEYS;
  key?: string;
  /** Address of the description, where it has names in it. */
  described?: string;
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
  location: string | null;
}

async function call(
  method: 'get' | 'post',
  path: string,
  { body, as, key, described }: Call = {},
): Promise<Answer> {
  const caller = as === undefined ? (stack.stack.env['BRAZIER_DEV_API_KEY'] ?? '') : KEYS[as];
  const reply = await fetch(`${stack.stack.gatewayUrl}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${caller}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const answer = (await reply.json()) as Record<string, unknown>;
  seen.push({ method, path: described ?? path.replace(/\?.*/, ''), status: reply.status, body: answer });
  return { status: reply.status, body: answer, location: reply.headers.get('location') };
}

const get = (path: string, more?: Call) => call('get', path, more);
const post = (path: string, body?: unknown, more: Call = {}) => call('post', path, { ...more, body });

/** Waits for the end of what a start has started. */
async function ended(started: Answer, described: string): Promise<Record<string, unknown>> {
  expect(started).toMatchObject({ status: 202, location: expect.stringContaining('/v1/') });
  const path = (started.location ?? '').slice('/v1'.length);
  for (;;) {
    const { status, body } = await get(path, { described });
    expect(status).toBe(200);
    if (body['ended'] === true) return body;
    await sleep(200);
  }
}

const TEST = '/external-api-tests/{workflowId}';
const ACTIVATION = '/engagement-activations/{workflowId}';
const ENGAGEMENT = '/engagements/{integration}/{engagement}';
const API = '/external-apis/{externalApi}';

const api = (name: string, field = 'tier') => ({
  name,
  channel: 'profile',
  payload: { attributes: [{ external_id: '{{user}}', [field]: '{{tier}}', note: '{{note}}' }] },
  parameters: { user: {}, tier: { perEngagement: true }, note: { required: false } },
});

const engagement = (name: string, externalApi: unknown) => ({
  integration: 'shop',
  name,
  segment: { name: 'buyers', condition: { event: 'Purchase', atLeast: 1 } },
  action: {
    externalApi,
    parameters: {
      user: { userField: 'externalId' },
      tier: { constant: 'gold' },
      note: { eventField: 'properties.note' },
    },
  },
  activatedBy: 'Ada',
});

test('an External API: saved, listed, shown, tested, and its verdict', async () => {
  expect(await get('/external-apis')).toMatchObject({ status: 200, body: { externalApis: [] } });
  const saved = await post('/external-apis', api('welcome'));
  expect(saved).toMatchObject({ status: 200, body: { version: 1, verdicts: [] } });
  expect(await post('/external-apis', api('welcome'))).toEqual(saved);
  expect(await post('/external-apis', api('welcome', 'level'))).toMatchObject({ body: { version: 2 } });
  expect(await get('/external-apis')).toMatchObject({
    body: { externalApis: [{ name: 'welcome', latestVersion: 2 }] },
  });
  const values = { user: 'test-person', tier: `gold-${randomUUID()}` };
  const body = { integration: 'shop', externalApi: 'welcome', version: 1, values };
  const started = await post('/external-api-tests', body, { key: 'first-test' });
  expect(await post('/external-api-tests', body, { key: 'first-test' })).toMatchObject({
    status: 202,
    body: { ...started.body, repeated: true },
  });
  expect(await post('/external-api-tests', { ...body, version: 2 }, { key: 'first-test' })).toMatchObject({
    status: 409,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  });
  expect(await ended(started, TEST)).toMatchObject({ result: { passed: true, version: 1 } });
  expect(await get('/external-apis/welcome?version=1', { described: API })).toMatchObject({
    status: 200,
    body: { version: 1, verdicts: [{ integration: 'shop', passed: true, proof: 'readBack' }] },
  });
  expect(await get('/external-apis/welcome', { described: API })).toMatchObject({
    body: { version: 2, verdicts: [] },
  });
  expect(await get('/external-apis/welcome/verdicts', { described: `${API}/verdicts` })).toMatchObject({
    body: { verdicts: [{ version: 1, passed: true }] },
  });
}, 120_000);

test('the gate: an untested version and no test values is refused at once, with its reason', async () => {
  const before = acceptedBy(stack);
  const refused = await post('/engagement-activations', engagement('untested', api('untested')));
  expect(refused).toMatchObject({
    status: 409,
    body: {
      code: 'EXTERNAL_API_UNTESTED',
      message: expect.stringContaining('has not been tested on integration "shop"'),
      actor: 'person',
    },
  });
  expect(await get('/external-apis/untested', { described: API })).toMatchObject({ status: 404 });
  expect(await get('/engagements/shop/untested', { described: ENGAGEMENT })).toMatchObject({ status: 404 });
  expect(acceptedBy(stack)).toBe(before);
});

test('what is there of no name is 404, and says what is missing', async () => {
  for (const [path, described, code] of [
    ['/external-apis/nothing', API, 'EXTERNAL_API_UNKNOWN'],
    ['/external-apis/welcome?version=9', API, 'EXTERNAL_API_UNKNOWN'],
    ['/external-apis/nothing/verdicts', `${API}/verdicts`, 'EXTERNAL_API_UNKNOWN'],
    ['/external-api-tests/nothing', TEST, 'RUN_NOT_FOUND'],
    ['/external-api-tests/integration%2Fshop', TEST, 'RUN_NOT_FOUND'],
    ['/segments/shop/nothing', '/segments/{integration}/{segment}', 'SEGMENT_UNKNOWN'],
    ['/engagements/shop/nothing', ENGAGEMENT, 'ENGAGEMENT_UNKNOWN'],
    ['/engagement-activations/nothing', ACTIVATION, 'RUN_NOT_FOUND'],
  ] as const)
    expect(await get(path, { described })).toMatchObject({ status: 404, body: { code } });
  for (const change of ['activate', 'pause', 'resume', 'stop'])
    expect(
      await post(`/engagements/shop/nothing/${change}`, {}, { described: `${ENGAGEMENT}/${change}` }),
    ).toMatchObject({ status: 404, body: { code: 'ENGAGEMENT_UNKNOWN' } });
  const elsewhere = { ...engagement('lost', 'welcome'), integration: 'nowhere' };
  expect(await post('/engagement-activations', elsewhere)).toMatchObject({
    status: 404,
    body: { code: 'INTEGRATION_UNKNOWN' },
  });
});

test('every answer was as the gateway’s own description says', async () => {
  const document: unknown = await (await fetch(`${stack.stack.gatewayUrl}/v1/openapi.json`)).json();
  expect(seen.length).toBeGreaterThan(20);
  await expectDescribed(document, seen);
});
