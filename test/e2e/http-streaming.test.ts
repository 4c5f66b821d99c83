import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { QUIET } from '../../src/dev/dev-stack';
import { startHttpStack, type HttpStack } from './http-calls';
import { acceptedBy, quickBraze } from './test-stack';

let api: HttpStack;
beforeAll(async () => {
  Object.assign(process.env, QUIET);
  api = await startHttpStack();
}, 180_000);
afterAll(() => api.close());

const TEST = '/external-api-tests/{workflowId}';
const ACTIVATION = '/engagement-activations/{workflowId}';
const ENGAGEMENT = '/engagements/{integration}/{engagement}';
const API = '/external-apis/{externalApi}';
const SEGMENT = '/segments/{integration}/{segment}';

const call = (name: string, field = 'tier') => ({
  name,
  channel: 'profile',
  payload: { attributes: [{ external_id: '{{user}}', [field]: '{{tier}}', [`${field}_note`]: '{{note}}' }] },
  parameters: { user: {}, tier: { perEngagement: true }, note: {} },
});

const engagement = (name: string, externalApi: unknown, more: object = {}) => ({
  integration: 'shop',
  name,
  segment: { name: `segment-${name}`, condition: { event: 'Purchase', atLeast: 1 } },
  action: {
    externalApi,
    parameters: {
      user: { userField: 'externalId' },
      tier: { constant: 'gold' },
      note: { eventField: 'properties.note' },
    },
    ...more,
  },
  activatedBy: 'Ada',
});

const testValues = () => ({ user: 'test-person', tier: `gold-${randomUUID()}`, note: randomUUID() });

/** Somebody buys something. */
async function purchase(externalId: string, properties: object): Promise<void> {
  const event = { id: randomUUID(), name: 'Purchase', identifiers: { externalId }, properties };
  expect((await api.post('/events', event, { as: 'web' })).status).toBe(202);
}

/** Asks until the answer has what is looked for. */
async function until(path: string, described: string, isThere: (body: Record<string, unknown>) => boolean) {
  for (;;) {
    const { status, body } = await api.get(path, { described });
    expect(status).toBe(200);
    if (isThere(body)) return body;
    await sleep(200);
  }
}

const listOf = (body: Record<string, unknown>, name: string): unknown[] => {
  const list = body[name];
  return Array.isArray(list) ? list : [];
};

test('an External API: saved, listed, shown, tested once for a key, and its verdict', async () => {
  expect(await api.get('/external-apis')).toMatchObject({ status: 200, body: { externalApis: [] } });
  const saved = await api.post('/external-apis', call('welcome'), { as: 'starter' });
  expect(saved).toMatchObject({ status: 200, body: { version: 1, verdicts: [] } });
  expect(await api.post('/external-apis', call('welcome'))).toEqual(saved);
  expect(await api.post('/external-apis', call('welcome', 'level'))).toMatchObject({ body: { version: 2 } });
  expect(await api.get('/external-apis', { as: 'reader' })).toMatchObject({
    body: { externalApis: [{ name: 'welcome', latestVersion: 2 }] },
  });
  const body = { integration: 'shop', externalApi: 'welcome', version: 1, values: testValues() };
  const started = await api.post('/external-api-tests', body, { key: 'first-test' });
  expect(await api.post('/external-api-tests', body, { key: 'first-test' })).toMatchObject({
    status: 202,
    body: { ...started.body, repeated: true },
  });
  expect(await api.post('/external-api-tests', { ...body, version: 2 }, { key: 'first-test' })).toMatchObject(
    { status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } },
  );
  expect(await api.ended(started, TEST)).toMatchObject({ result: { passed: true, version: 1 } });
  expect(await api.get('/external-apis/welcome?version=1', { described: API })).toMatchObject({
    body: { version: 1, verdicts: [{ integration: 'shop', passed: true, proof: 'readBack' }] },
  });
  expect(await api.get('/external-apis/welcome', { described: API })).toMatchObject({
    body: { version: 2, verdicts: [] },
  });
  expect(await api.get('/external-apis/welcome/verdicts', { described: `${API}/verdicts` })).toMatchObject({
    body: { verdicts: [{ version: 1, passed: true }] },
  });
}, 120_000);

test('a test that cannot be made tells why when it has ended', async () => {
  const started = await api.post('/external-api-tests', {
    integration: 'nowhere',
    externalApi: 'welcome',
    values: {},
  });
  expect(await api.ended(started, TEST)).toMatchObject({
    ended: true,
    error: { code: 'INTEGRATION_UNKNOWN', actor: 'settingsOwner' },
  });
}, 60_000);

test('a test under way ends when it is asked to, once; nothing else can be ended by that address', async () => {
  const { faults } = api.stack.stack.sandbox.workspace;
  // Braze answers nobody, so the test goes on.
  faults.add({ match: { every: 1 }, fault: { kind: 'echo', status: 503 } });
  const body = { integration: 'shop', externalApi: 'welcome', version: 1, values: testValues() };
  const started = await api.post('/external-api-tests', body);
  const id = encodeURIComponent(String(started.body['workflowId']));
  const cancel = (path: string, as?: 'reader') =>
    api.post(
      `${path}/${id}/cancel`,
      { by: 'Ada' },
      { described: `${path}/{workflowId}/cancel`, ...(as && { as }) },
    );
  expect(await cancel('/external-api-tests', 'reader')).toMatchObject({ status: 403 });
  expect(await cancel('/engagement-activations')).toMatchObject({
    status: 404,
    body: { code: 'RUN_NOT_FOUND' },
  });
  expect(await cancel('/external-api-tests')).toMatchObject({
    status: 202,
    body: { workflowId: started.body['workflowId'] },
  });
  faults.clear();
  const ended = await api.ended(started, TEST);
  expect(ended).toMatchObject({ ended: true, error: { code: 'RUN_CANCELLED' } });
  expect(await cancel('/external-api-tests')).toMatchObject({ status: 409, body: { code: 'RUN_ENDED' } });
}, 60_000);

test('a segment: saved, listed, shown by version, and counted', async () => {
  await purchase('counted', { note: 'first' });
  const segment = { integration: 'shop', name: 'buyers', condition: { event: 'Purchase', atLeast: 1 } };
  const none = { ...segment, condition: { event: 'Purchase', atLeast: 100 } };
  expect(await api.post('/segments', segment)).toMatchObject({ status: 200, body: { version: 1 } });
  expect(await api.post('/segments', none)).toMatchObject({ status: 200, body: { version: 2 } });
  expect(await api.get('/segments?integration=shop')).toMatchObject({
    body: { segments: [{ name: 'buyers', version: 2 }] },
  });
  expect(await api.get('/segments/shop/buyers?version=1', { described: SEGMENT })).toMatchObject({
    body: { version: 1, condition: segment.condition },
  });
  // The worker takes the event in soon.
  for (;;) {
    const preview = await api.post('/segments/shop/buyers/preview?version=1', undefined, {
      described: `${SEGMENT}/preview`,
    });
    expect(preview.status).toBe(200);
    if (preview.body['inside'] === 1) break;
    await sleep(200);
  }
  expect(await api.post('/segments/preview', none)).toMatchObject({ body: { people: 1, inside: 0 } });
}, 60_000);

test('the gate: an untested version and no test values is refused at once, with its reason', async () => {
  const before = acceptedBy(api.stack);
  const refused = await api.post('/engagement-activations', engagement('untested', call('untested')));
  expect(refused).toMatchObject({
    status: 409,
    body: {
      code: 'EXTERNAL_API_UNTESTED',
      message: expect.stringContaining('"untested" version 1 has not been tested on integration "shop"'),
      actor: 'person',
    },
  });
  expect(await api.post('/engagement-activations', engagement('edited', 'welcome'))).toMatchObject({
    body: { code: 'EXTERNAL_API_UNTESTED', message: expect.stringContaining('version 2') },
  });
  expect(await api.get('/external-apis/untested', { described: API })).toMatchObject({ status: 404 });
  for (const name of ['untested', 'edited'])
    expect(await api.get(`/engagements/shop/${name}`, { described: ENGAGEMENT })).toMatchObject({
      status: 404,
    });
  expect(acceptedBy(api.stack)).toBe(before);
});

test('an engagement: activated, seen, paused, resumed, upgraded behind the gate, stopped', async () => {
  const input = engagement('life', call('life'), { testValues: testValues() });
  const started = await api.post('/engagement-activations', input, { key: 'life', as: 'starter' });
  expect(await api.ended(started, ACTIVATION)).toMatchObject({ result: { state: 'active' } });
  expect(await api.post('/engagement-activations', input, { key: 'life', as: 'starter' })).toMatchObject({
    status: 202,
    body: { repeated: true },
  });
  expect(await api.post('/engagement-activations', input)).toMatchObject({
    status: 409,
    body: { code: 'ENGAGEMENT_STATE' },
  });
  const change = (word: string, body?: object) =>
    api.post(`/engagements/shop/life/${word}`, body, { as: 'decider', described: `${ENGAGEMENT}/${word}` });
  expect(await change('pause', { by: 'Grace' })).toMatchObject({ status: 200, body: { state: 'paused' } });
  expect(await change('pause')).toMatchObject({ status: 409, body: { code: 'ENGAGEMENT_STATE' } });
  expect(await change('resume')).toMatchObject({ status: 200, body: { state: 'active' } });
  await api.post('/external-apis', call('life', 'rank'));
  expect(await change('upgrade', { version: 2 })).toMatchObject({
    status: 409,
    body: { code: 'EXTERNAL_API_UNTESTED' },
  });
  expect(await change('upgrade', {})).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID' } });
  expect(await change('stop')).toMatchObject({ status: 200, body: { state: 'stopped' } });
  expect(await change('activate')).toMatchObject({ status: 409, body: { code: 'ENGAGEMENT_STATE' } });
  expect(await api.get('/engagements/shop/life', { described: ENGAGEMENT, as: 'reader' })).toMatchObject({
    body: {
      state: 'stopped',
      action: { externalApi: 'life', version: 1 },
      changes: [
        { change: 'activate', by: 'Ada via starter' },
        { change: 'pause', by: 'Grace via decider' },
        { change: 'resume', by: 'api:decider' },
        { change: 'stop', by: 'api:decider' },
      ],
    },
  });
  expect(await api.get('/engagements?integration=shop')).toMatchObject({
    body: { engagements: [{ name: 'life', state: 'stopped' }] },
  });
}, 120_000);

test('calls are listed, dead letters too, and are re-driven or given up by reason', async () => {
  const input = engagement('calls', call('calls'), { testValues: testValues() });
  await api.ended(await api.post('/engagement-activations', input), ACTIVATION);
  const note = '"}],"x":[{';
  await purchase('fine', { note });
  const inBraze = async () => (await fetch(`${api.stack.stack.sandbox.url}/_sandbox/profiles`)).text();
  while (!(await inBraze()).includes('"fine"')) await sleep(100);
  await purchase('nothing-to-say', {});
  const mine = 'integration=shop&engagement=calls';
  await until(`/dead-letters?${mine}`, '/dead-letters', (body) => listOf(body, 'deadLetters').length === 1);
  const fault = { kind: 'echo', status: 400 } as const;
  api.stack.stack.sandbox.workspace.faults.add({ path: '/users/track', match: { every: 1 }, fault });
  await purchase('unlucky', { note: 'again' });
  await until(`/dead-letters?${mine}`, '/dead-letters', (body) => listOf(body, 'deadLetters').length === 2);
  quickBraze(api.stack);
  const told = await api.get(`/dead-letters?${mine}`, { as: 'reader' });
  expect(listOf(told.body, 'deadLetters')).toMatchObject([
    { reason: 'PARAMETER_MISSING: note has no value' },
    { reason: expect.stringContaining('people=true') },
  ]);
  expect(JSON.stringify(told.body)).not.toMatch(/profileId|unlucky/);
  expect(await api.get(`/dead-letters?${mine}&people=true`)).toMatchObject({
    body: {
      deadLetters: [{ profileId: expect.any(String) }, { reason: expect.stringContaining('unlucky') }],
    },
  });
  const filter = { integration: 'shop', engagement: 'calls', state: 'refused' };
  const missing = { ...filter, reason: 'parameter_missing' };
  expect(await api.post('/dead-letters/discard', { ...missing, dryRun: true })).toMatchObject({
    body: { discarded: false, found: { refused: 1 } },
  });
  expect(await api.post('/dead-letters/discard', { ...missing, by: 'Ada' })).toMatchObject({
    status: 200,
    body: { discarded: true, result: { calls: 1 } },
  });
  expect(await api.post('/dead-letters/redrive', { ...filter, dryRun: true })).toMatchObject({
    body: { redriven: false, found: { refused: 1, notKept: 0 } },
  });
  const since = new Date(Date.now() - 3_600_000).toISOString();
  expect(await api.post('/dead-letters/redrive', { ...filter, since }, { as: 'decider' })).toMatchObject({
    status: 200,
    body: { redriven: true, result: { calls: 1 } },
  });
  const body = await until(`/calls?${mine}`, '/calls', (page) => listOf(page, 'calls').length === 2);
  expect(JSON.stringify(body)).not.toMatch(/profileId|externalId/);
  expect(body).toMatchObject({
    calls: [{ state: 'delivered' }, { state: 'delivered' }],
    next: expect.stringMatching(/\/\d+$/),
  });
  const first = await api.get(`/calls?${mine}&limit=1&people=true`);
  expect(first.body).toMatchObject({ calls: [{ externalId: 'fine' }] });
  const after = encodeURIComponent(String(first.body['next']));
  expect(await api.get(`/calls?${mine}&after=${after}&people=true`)).toMatchObject({
    body: { calls: [{ externalId: 'unlucky' }], next: body['next'] },
  });
  const end = encodeURIComponent(String(body['next']));
  expect((await api.get(`/calls?${mine}&after=${end}`)).body).toEqual({ calls: [], next: body['next'] });
  expect(await inBraze()).toContain(JSON.stringify(note).slice(1, -1));
}, 120_000);

test('every answer was as the gateway’s own description says', () => api.expectDescribed());
