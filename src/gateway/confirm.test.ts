import { connect } from 'node:net';
import { signLink, type LinkClaims } from '../adapters/email/links';
import { sampleStatus } from '../adapters/email/run-samples.test-support';
import { startTestGateway, TEST_SECRETS, type TestGateway } from './gateway.test-support';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
  gateway.runs.add('run-1', sampleStatus());
});
afterEach(() => gateway.close());

function pathFor(over: Partial<LinkClaims> = {}, secret = TEST_SECRETS.link): string {
  const token = signLink(secret, {
    workflowId: sampleStatus().workflowId,
    runId: 'run-1',
    recipient: { index: 0, email: 'ann@example.com' },
    generation: 4,
    planHash: sampleStatus().planHash!,
    expiresAt: gateway.clock.nowMs + 3_600_000,
    ...over,
  });
  return `/confirm/${token}`;
}

async function ask(
  method: 'GET' | 'HEAD' | 'POST',
  path: string,
  body?: string,
): Promise<{ status: number; page: string; headers: Record<string, unknown> }> {
  const headers = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await gateway.http.request({ method, path, headers, body: body ?? null });
  return { status: answer.statusCode, page: await answer.body.text(), headers: answer.headers };
}

test('the page shows what will be confirmed and two buttons, without a script', async () => {
  const { status, page } = await ask('GET', pathFor());
  expect(status).toBe(200);
  for (const text of ['Active customers', 'lexer_audience', 'shop', '3,817', 'ann@example.com', 'noindex'])
    expect(page).toContain(text);
  expect(page).toContain('<form method="post">');
  expect(page).toMatch(/name="answer" value="right".*name="answer" value="notRight"/s);
  expect(page).not.toContain('<script');
});

test.each(['GET', 'HEAD'] as const)(
  '%s confirms nothing, however often a scanner does it',
  async (method) => {
    for (let visit = 0; visit < 3; visit += 1) expect((await ask(method, pathFor())).status).toBe(200);
    expect(gateway.runs.answerOf('run-1')).toBeUndefined();
  },
);

test.each([
  ['right', 'Confirmed as right'],
  ['notRight', 'Recorded as not right'],
] as const)('a press on %s is the answer, by the recipient', async (answer, title) => {
  const { status, page } = await ask('POST', pathFor(), `answer=${answer}`);
  expect(status).toBe(200);
  expect(page).toContain(title);
  expect(gateway.runs.answerOf('run-1')).toEqual({
    answer,
    by: 'ann@example.com',
    via: 'link',
    at: '2026-11-21T00:00:00.000Z',
  });
});

test('a second press, by anyone, is told who answered first and when', async () => {
  await ask('POST', pathFor(), 'answer=right');
  gateway.clock.nowMs += 60_000;
  const bob = pathFor({ recipient: { index: 1, email: 'bob@example.com' } });
  for (const again of [
    await ask('POST', bob, 'answer=notRight'),
    await ask('GET', bob),
    await ask('POST', pathFor(), 'answer=right'),
  ]) {
    expect(again.status).toBe(200);
    expect(again.page).toContain('by ann@example.com');
    expect(again.page).toContain('2026-11-21T00:00:00.000Z');
    expect(again.page).not.toContain('<form');
  }
  expect(gateway.runs.answerOf('run-1')?.answer).toBe('right');
});

test('presses at the same moment leave one answer, and all are shown it', async () => {
  const presses = [0, 1, 2, 3].map((index) =>
    ask(
      'POST',
      pathFor({ recipient: { index, email: `p${index}@example.com` } }),
      `answer=${index % 2 === 0 ? 'right' : 'notRight'}`,
    ),
  );
  const pages = await Promise.all(presses);
  const by = gateway.runs.answerOf('run-1')?.by;
  for (const { page } of pages) expect(page).toContain(`by ${by}`);
});

test.each(['answer=maybe', 'answer=', '', 'answer=right&answer=bogus'])(
  'a form with %j is no answer',
  async (body) => {
    const { status, page } = await ask('POST', pathFor(), body);
    expect(status).toBe(400);
    expect(page).toContain('INPUT_INVALID');
    expect(gateway.runs.answerOf('run-1')).toBeUndefined();
  },
);

test.each<[string, () => string, number, string]>([
  ['an expired link', () => pathFor({ expiresAt: gateway.clock.nowMs }), 410, 'LINK_EXPIRED'],
  ['a forged link', () => pathFor({}, 'x'.repeat(40)), 400, 'LINK_INVALID'],
  ['a cut link', () => pathFor().slice(0, -3), 400, 'LINK_INVALID'],
  ["another plan's link", () => pathFor({ planHash: 'other' }), 400, 'LINK_INVALID'],
  ["another generation's link", () => pathFor({ generation: 3 }), 400, 'LINK_INVALID'],
  ["an unknown run's link", () => pathFor({ runId: 'run-9' }), 404, 'RUN_NOT_FOUND'],
])('%s gets a readable page and confirms nothing', async (_name, path, status, code) => {
  for (const method of ['GET', 'POST'] as const) {
    const answer = await ask(method, path(), method === 'POST' ? 'answer=right' : undefined);
    expect(answer.status).toBe(status);
    expect(answer.page).toContain(code);
  }
  expect(gateway.runs.answerOf('run-1')).toBeUndefined();
});

test('a run that ended otherwise takes no answer any more', async () => {
  gateway.runs.add('run-1', sampleStatus({ outcome: 'cancelled', phase: 'ended' }));
  expect((await ask('POST', pathFor(), 'answer=right')).page).toContain('No answer needed');
  gateway.runs.add('run-1', sampleStatus({ confirmation: { answer: 'timedOut' } }));
  expect((await ask('GET', pathFor())).page).toContain('Too late');
  expect(gateway.runs.answerOf('run-1')).toEqual({ answer: 'timedOut' });
});

test('while Temporal is away the page says so and can be tried again', async () => {
  gateway.runs.down = true;
  const { status, page } = await ask('GET', pathFor());
  expect(status).toBe(503);
  expect(page).toContain('log has request');
  expect(page).not.toContain('10.1.2.3');
  gateway.runs.down = false;
  expect(await ask('GET', pathFor())).toMatchObject({ status: 200 });
});

test('long workflow ids fit in a link', async () => {
  gateway.runs.add('run-1', sampleStatus({ workflowId: 'w'.repeat(1000) }));
  expect((await ask('GET', pathFor({ workflowId: 'w'.repeat(1000) }))).status).toBe(200);
});

test('what an audience is called cannot become markup', async () => {
  gateway.runs.add('run-1', sampleStatus({ audience: '<script>alert(1)</script>' }));
  const { page } = await ask('GET', pathFor());
  expect(page).not.toContain('<script');
  expect(page).toContain('&lt;script&gt;');
});

test('every answer is private: not cached, not indexed, not framed, no referrer', async () => {
  for (const path of [pathFor(), '/confirm/x', '/nothing', '/healthz']) {
    const { headers } = await ask('GET', path);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  }
});

test('no token ever reaches the log, whatever goes wrong', async () => {
  const path = pathFor();
  await ask('GET', path);
  await ask('POST', path, 'answer=right');
  await ask('GET', `${path}x`);
  await ask('GET', `/nothing${path}`);
  await gateway.http
    .request({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: '{' })
    .then(({ body }) => body.dump());
  await gateway.http.request({ method: 'GET', path: `${path}%zz` }).then(({ body }) => body.dump());
  await malformedRequest(path);
  const log = gateway.log.join('');
  expect(log).toContain('"route":"/confirm/:token"');
  expect(log).not.toContain(path.slice('/confirm/'.length, '/confirm/'.length + 40));
});

/** Sends a request that is no HTTP at all, which no client library would. */
async function malformedRequest(path: string): Promise<void> {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.end(`GET ${path} HTTP/9.9\r\nbroken\r\n\r\n`);
  await new Promise((resolve) => socket.on('close', resolve).resume());
}

test('the process says that it is alive', async () => {
  const root = await ask('GET', '/');
  expect(root).toMatchObject({
    status: 200,
    page: expect.stringContaining('This is the gateway of Brazier.'),
  });
  expect(root.page).toContain('/healthz');
  expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, page: '{"status":"ok"}' });
});

test('every answer and its log line carry the request’s id, and the line the run that it touched', async () => {
  const given = await gateway.http.request({
    method: 'GET',
    path: pathFor(),
    headers: { 'x-request-id': 'proxy-0001' },
  });
  await given.body.dump();
  expect(given.headers['x-request-id']).toBe('proxy-0001');
  const line = gateway.log.map((text): unknown => JSON.parse(text)).at(-1);
  expect(line).toMatchObject({
    requestId: 'proxy-0001',
    workflowId: sampleStatus().workflowId,
    runId: 'run-1',
  });
});

test.each(['short', 'x'.repeat(129), 'with space', 'a"b"c"d"e'])(
  'an id that is no id (%p) is replaced',
  async (id) => {
    const answer = await gateway.http.request({
      method: 'GET',
      path: '/healthz',
      headers: { 'x-request-id': id },
    });
    await answer.body.dump();
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(gateway.log.join('')).not.toContain(JSON.stringify(id));
  },
);
