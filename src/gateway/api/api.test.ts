import { TERMS_VERSION } from '../../contract/names';
import { startTestGateway, TEST_CALLERS, type TestGateway } from '../gateway.test-support';
import { ODD_ID } from './activation-book.test-support';

const INPUT = {
  integration: 'acme',
  audience: 'Active customers',
  source: { key: 'members.csv' },
  terms: { acceptedBy: 'Ada', version: TERMS_VERSION },
};

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
});
afterEach(() => gateway.close());

interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Record<string, unknown>;
}

function keyOf(name: string): string {
  return TEST_CALLERS.find((caller) => caller.name === name)?.key ?? '';
}

async function call(
  method: 'GET' | 'POST',
  path: string,
  { body, as = 'crm', headers = {} }: { body?: unknown; as?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const reply = await gateway.http.request({
    method,
    path: `/v1${path}`,
    headers: {
      authorization: `Bearer ${keyOf(as)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: reply.statusCode,
    body: (await reply.body.json()) as Record<string, unknown>,
    headers: reply.headers,
  };
}

const OTHER_TYPE = /^The body has to be JSON, with Content-Type: application\/json\.$/;
const RUN = `/activations/${encodeURIComponent(ODD_ID)}`;

test('an activation is started as its author wrote it, and is found under its Location', async () => {
  const started = await call('POST', '/activations', { body: INPUT });
  expect(started).toMatchObject({
    status: 202,
    body: { workflowId: 'activate/acme/1', repeated: false },
    headers: { location: '/v1/activations/activate%2Facme%2F1' },
  });
  expect(gateway.activations.starts).toEqual([{ input: INPUT, caller: 'crm', idempotencyKey: undefined }]);
});

test('an Idempotency-Key goes with its caller; one that was used for another body is a conflict', async () => {
  const start = (key: string) =>
    call('POST', '/activations', { body: INPUT, as: 'starter', headers: { 'idempotency-key': key } });
  expect((await start('again')).body).toMatchObject({ repeated: true });
  expect(gateway.activations.starts).toMatchObject([{ caller: 'starter', idempotencyKey: 'again' }]);
  expect(await start('taken')).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  for (const bad of ['two words', 'x'.repeat(256), 'ö'])
    expect(await start(bad)).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID' } });
});

test.each<[string, unknown, string, { field: string }[]]>([
  ['a missing field', { ...INPUT, source: undefined }, 'INPUT_INVALID', [{ field: 'source' }]],
  ['an unknown field', { ...INPUT, listActon: 'add' }, 'INPUT_INVALID', [{ field: '' }]],
  [
    'two bad fields',
    { ...INPUT, dryRun: 'yes', guards: { maxRemovalShare: 2 } },
    'INPUT_INVALID',
    [{ field: 'guards.maxRemovalShare' }, { field: 'dryRun' }],
  ],
  [
    'terms of another day',
    { ...INPUT, terms: { acceptedBy: 'Ada', version: '1999' } },
    'TERMS_NOT_ACCEPTED',
    [{ field: 'terms.version' }],
  ],
  [
    'a pasted secret',
    { ...INPUT, source: { ...INPUT.source, accessKeyId: 'env:ID', secretAccessKey: 'AbC123secret' } },
    'SECRET_LITERAL',
    [{ field: 'source.secretAccessKey' }],
  ],
])('%s starts nothing and is told field by field', async (_name, body, code, fields) => {
  const refused = await call('POST', '/activations', { body });
  expect(refused).toMatchObject({ status: 400, body: { code, fields } });
  expect(JSON.stringify(refused.body)).not.toContain('AbC123secret');
  expect(refused.body['message']).not.toContain('Temporal has kept');
  expect(gateway.activations.starts).toEqual([]);
  expect(gateway.log.join('')).not.toContain('AbC123secret');
});

test.each<[string, string | undefined, Record<string, string>, number, RegExp?]>([
  ['no body', undefined, {}, 400],
  ['an empty body', '', { 'content-type': 'application/json' }, 400],
  ['broken JSON', '{', {}, 400, /^The body is not JSON: it cannot be parsed\.$/],
  ['a list', '[]', {}, 400],
  [
    'a prototype',
    '{"__proto__": {"integration": "acme"}}',
    {},
    400,
    /^The body holds a field named __proto__\.$/,
  ],
  ['a constructor', '{"constructor": {"prototype": {}}}', {}, 400, /a field named constructor\.prototype\.$/],
  ['a form', 'integration=acme', { 'content-type': 'application/x-www-form-urlencoded' }, 415, OTHER_TYPE],
  ['a mail', 'From: ann@example.com', { 'content-type': 'message/rfc822' }, 415, OTHER_TYPE],
  [
    'more than a page of fields',
    JSON.stringify({ a: 'x'.repeat(70_000) }),
    {},
    413,
    /^The body is larger than 64 KiB, /,
  ],
])('%s is refused as JSON', async (_name, body, headers, status, message = /./) => {
  const refused = await call('POST', '/activations', { headers, ...(body === undefined ? {} : { body }) });
  expect(refused).toMatchObject({ status, body: { code: 'INPUT_INVALID', actor: 'settingsOwner' } });
  expect(refused.body['message']).toMatch(message);
  expect(gateway.activations.starts).toEqual([]);
});

test('a run is read by any id, slashes and all', async () => {
  expect(await call('GET', RUN)).toMatchObject({
    status: 200,
    body: { workflowId: ODD_ID, ended: false, status: { phase: 'sending' } },
  });
  expect(await call('GET', '/activations/ended')).toMatchObject({
    status: 200,
    body: { ended: true, result: { outcome: 'done', summary: 'Done.' } },
  });
  expect(await call('GET', '/activations/integration%2Facme')).toMatchObject({
    status: 404,
    body: { code: 'RUN_NOT_FOUND' },
  });
});

test('the runs of an audience are listed by what makes it one', async () => {
  const listed = await call('GET', '/activations?integration=acme&audience=Active%20customers&limit=5');
  expect(listed).toMatchObject({ status: 200, body: { activations: [{ workflowId: ODD_ID }] } });
  expect(gateway.activations.asked[0]?.request).toEqual({
    integration: 'acme',
    audience: 'Active customers',
    attribute: 'lexer_audience',
    identifier: 'external_id',
    limit: 5,
  });
  for (const bad of ['', '?integration=acme', '?integration=acme&audience=x&limit=101', '?nonsense=1'])
    expect(await call('GET', `/activations${bad}`)).toMatchObject({
      status: 400,
      body: { code: 'INPUT_INVALID' },
    });
});

test.each(['approve', 'reject'])(
  '%s is bound to the plan and records person and caller',
  async (decision) => {
    const planHash = 'ab'.repeat(32);
    expect(await call('POST', `${RUN}/${decision}`, { body: { planHash, by: 'Grace' } })).toMatchObject({
      status: 200,
      body: { workflowId: ODD_ID },
    });
    await call('POST', `${RUN}/${decision}`, { body: { planHash }, as: 'decider' });
    expect(gateway.activations.asked).toEqual([
      { what: decision, workflowId: ODD_ID, request: { planHash, by: 'Grace via crm' } },
      { what: decision, workflowId: ODD_ID, request: { planHash, by: 'api:decider' } },
    ]);
    const unbound = await call('POST', `${RUN}/${decision}`, { body: { by: 'Grace' } });
    expect(unbound).toMatchObject({ status: 400, body: { fields: [{ field: 'planHash' }] } });
  },
);

test.each(['confirm', 'dispute', 'pause', 'resume'])('%s needs no body, and takes a person', async (what) => {
  expect((await call('POST', `${RUN}/${what}`)).status).toBe(200);
  expect((await call('POST', `${RUN}/${what}`, { body: { by: ' Grace ' } })).status).toBe(200);
  expect(gateway.activations.asked).toMatchObject([
    { what, request: { by: 'api:crm' } },
    { what, request: { by: 'Grace via crm' } },
  ]);
  for (const body of [{ by: '' }, { by: 7 }, { by: 'x'.repeat(201) }, { via: 'link' }, []])
    expect((await call('POST', `${RUN}/${what}`, { body })).status).toBe(400);
});

test('cancel asks the run to end; an ended run is a conflict for everything', async () => {
  expect(await call('POST', `${RUN}/cancel`, { body: { by: 'Grace' } })).toMatchObject({
    status: 202,
    body: { workflowId: ODD_ID },
  });
  for (const what of ['confirm', 'dispute', 'pause', 'resume', 'cancel'])
    expect(await call('POST', `/activations/ended/${what}`)).toMatchObject({
      status: 409,
      body: { code: 'RUN_ENDED', actor: 'person' },
    });
});

test.each([
  ['no key', ''],
  ['an unknown key', `Bearer ${'x'.repeat(40)}`],
  ['another scheme', `Basic ${'c'.repeat(40)}`],
  ['a longer key', `Bearer ${'c'.repeat(41)}`],
  ['the hook’s token', 'Bearer hook-token-for-tests'],
])('%s is turned away before the body is read, without detail', async (_name, authorization) => {
  const refused = await call('POST', '/activations', { body: '{', headers: { authorization } });
  expect(refused).toMatchObject({
    status: 401,
    body: { code: 'API_UNAUTHORIZED', actor: 'credentialOwner' },
    headers: { 'www-authenticate': 'Bearer' },
  });
  expect(refused.body['message']).toBe('Authorization: Bearer <key> is needed.');
});

test.each([
  ['starter', 202, 403, 403],
  ['decider', 403, 200, 403],
  ['reader', 403, 403, 200],
])('%s may do what its key allows', async (as, start, pause, read) => {
  expect((await call('POST', '/activations', { body: INPUT, as })).status).toBe(start);
  expect((await call('POST', `${RUN}/pause`, { as })).status).toBe(pause);
  expect((await call('GET', RUN, { as })).status).toBe(read);
  expect((await call('GET', '/activations?integration=acme&audience=x', { as })).status).toBe(read);
});

test('without callers the API is off and says so, its description included', async () => {
  const off = await startTestGateway({ apiCallers: [] });
  for (const path of ['/v1/activations/x', '/v1/openapi.json']) {
    const reply = await off.http.request({ method: 'GET', path, headers: { authorization: 'Bearer ' } });
    expect(reply.statusCode).toBe(404);
    expect(await reply.body.json()).toMatchObject({ code: 'API_OFF', actor: 'settingsOwner' });
  }
  await off.close();
});

test('an address that is none is told as JSON; other doors keep their own answers', async () => {
  expect(await call('GET', '/nothing')).toMatchObject({ status: 404, body: { code: 'INPUT_INVALID' } });
  expect(await call('GET', `${RUN}/approve`)).toMatchObject({ status: 404 });
  expect(await call('GET', '/activations/%E0%A4%A')).toMatchObject({
    status: 400,
    body: { code: 'INPUT_INVALID', actor: 'settingsOwner' },
  });
  const page = await gateway.http.request({ method: 'GET', path: '/nothing' });
  expect(page.headers['content-type']).toContain('text/html');
  await page.body.dump();
});

test('what passes is 503 with a time to come again; what nobody foresaw is 500 without its text', async () => {
  gateway.activations.down = true;
  const down = await call('GET', RUN);
  expect(down).toMatchObject({
    status: 503,
    body: { code: 'TEMPORAL_UNAVAILABLE', actor: 'wait' },
    headers: { 'retry-after': '5' },
  });
  expect(down.body['message']).toContain(down.headers['x-request-id']);
  expect(JSON.stringify(down)).not.toContain('10.1.2.3');
  const line = gateway.log.find((entry) => entry.includes(String(down.headers['x-request-id']))) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ reason: 'Temporal does not answer: 10.1.2.3:7233' });
  gateway.activations.broken = true;
  const broken = await call('GET', RUN);
  expect(broken).toMatchObject({ status: 500, body: { code: 'INVARIANT_BROKEN', actor: 'us' } });
  expect(broken.body['message']).toContain(broken.headers['x-request-id']);
  expect(gateway.log.join('') + JSON.stringify(broken)).not.toContain('secret detail');
});

test('the log has caller and request id, never a key or a person', async () => {
  const { headers } = await call('POST', `${RUN}/pause`, { body: { by: 'Grace Hopper' } });
  const line = gateway.log.find((entry) => entry.includes(String(headers['x-request-id']))) ?? '';
  expect(JSON.parse(line)).toMatchObject({
    caller: 'crm',
    method: 'POST',
    route: '/v1/activations/:workflowId/pause',
    status: 200,
  });
  await call('GET', RUN, { headers: { authorization: 'Bearer wrong-key-of-somebody' } });
  for (const text of [keyOf('crm'), 'wrong-key-of-somebody', 'Grace Hopper'])
    expect(gateway.log.join('')).not.toContain(text);
});
