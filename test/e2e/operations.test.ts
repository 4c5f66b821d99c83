import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { freePort } from '../../src/dev/servers/ports';
import {
  acceptedBy,
  activation,
  awaitPhase,
  awaitSending,
  childOf,
  loadProfiles,
  putIds,
  quickBraze,
  setUp,
  slowBraze,
  startTestStack,
  userIds,
  type TestStack,
} from './test-stack';

let test_: TestStack;
let sdkMetricsPort: number;
beforeAll(async () => {
  sdkMetricsPort = await freePort();
  test_ = await startTestStack({
    env: { BRAZIER_WORKER_PORT: '0', BRAZIER_SDK_METRICS_PORT: String(sdkMetricsPort) },
  });
});
afterAll(() => test_.close());

const lineSchema = z.looseObject({ msg: z.string() });

async function logLines(kind: 'worker' | 'gateway') {
  const text = await readFile(join(test_.stateDir, `${kind}.log`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

async function workerUrl(): Promise<string> {
  const ready = (await logLines('worker')).filter(({ msg }) => msg === 'worker is ready').at(-1);
  return z.string().parse(ready?.['operationsUrl']);
}

async function ask(url: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.text() };
}

/** Every series of a scrape with its value. */
function series(scrape: string): Map<string, number> {
  const lines = scrape.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('both processes are alive and ready, and say why', async () => {
  for (const [url, checks] of [
    [await workerUrl(), ['temporal', 'stateBucket', 'database', 'pollers']],
    [test_.stack.gatewayUrl, ['temporal', 'database']],
  ] as const) {
    expect((await ask(`${url}/healthz`)).status).toBe(200);
    const ready = await ask(`${url}/readyz`);
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.body)).toEqual({
      status: 'ready',
      checks: checks.map((name) => ({ name, ok: true })),
    });
  }
});

test('a real run is found again in figures and log lines, its members and secrets are not', async () => {
  const ids = userIds(0, 120);
  await setUp(test_, 'figures');
  await loadProfiles(test_, ids);
  await putIds(test_, 'figures.csv', ids);
  const run = await test_.client.activate(activation('figures', 'Counted', 'figures.csv'));
  expect((await run.result()).outcome).toBe('done');

  const { body: scrape } = await ask(`${await workerUrl()}/metrics`);
  const figures = series(scrape);
  const of = (name: string) => figures.get(name);
  expect(of('brazier_runs_ended_total{integration="figures",outcome="done"}')).toBe(1);
  expect(of('brazier_members_total{integration="figures",operation="add",outcome="accepted"}')).toBe(120);
  expect(of('brazier_source_rows_total{integration="figures"}')).toBe(120);
  expect(of('brazier_verified_members_total{integration="figures",finding="matching"}')).toBe(50);
  expect(of('brazier_braze_requests_total{integration="figures",endpoint="/users/track",status="201"}')).toBe(
    2,
  );
  expect(of('brazier_braze_requests_in_flight')).toBe(0);
  expect(of('brazier_mails_total{result="sent"}')).toBe(1);
  expect(of('brazier_activity_seconds_count{activity="freezeSource",result="completed"}')).toBe(1);
  expect(scrape).toContain('process_resident_memory_bytes');

  const lines = await logLines('worker');
  const sent = lines.find((line) => line.msg === 'activity ended' && line['activityType'] === 'sendSlice');
  expect(sent).toMatchObject({
    integration: 'figures',
    attempt: 1,
    result: 'completed',
    workflowId: expect.stringMatching(/^audience\/figures\//),
    audience: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(sent).not.toHaveProperty('taskToken');
  expect(sent?.['workflowRunId'] ?? sent?.['runId']).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/));
  const text = `${scrape}${JSON.stringify(lines)}`;
  const { env } = test_.stack;
  const secrets = Object.keys(env).filter((name) =>
    /_(BRAZE_KEY|SECRET_ACCESS_KEY|LINK_SECRET|HOOK_TOKEN)$/.test(name),
  );
  expect(secrets.length).toBeGreaterThanOrEqual(5);
  for (const name of secrets) expect(text).not.toContain(env[name]);
  expect(text).not.toMatch(/user-\d/);
});

test('Temporal’s own figures come from a port of their own', async () => {
  const { status, body } = await ask(`http://127.0.0.1:${sdkMetricsPort}/metrics`);
  expect(status).toBe(200);
  expect(body).toMatch(/^temporal_\w+/m);
});

test('the gateway counts by route, and refusals of hooks apart', async () => {
  const { gatewayUrl } = test_.stack;
  await fetch(`${gatewayUrl}/hooks/mail`, { method: 'POST', body: '{}' });
  await fetch(`${gatewayUrl}/confirm/a-token-that-is-none`);
  const { body } = await ask(`${gatewayUrl}/metrics`);
  const figures = series(body);
  expect(figures.get('brazier_gateway_hook_refusals_total{route="/hooks/mail",status="401"}')).toBe(1);
  expect(
    [...figures.keys()].filter((name) =>
      name.startsWith('brazier_gateway_requests_total{method="GET",route="/confirm/:token"'),
    ),
  ).toHaveLength(1);
  expect(body).not.toContain('a-token-that-is-none');
});

test('a worker that drains is alive and says that it is stopping', async () => {
  const ids = userIds(200, 300);
  await putIds(test_, 'draining.csv', ids);
  await loadProfiles(test_, ids);
  slowBraze(test_, 4_000);
  const before = acceptedBy(test_);
  const run = await test_.client.activate(activation('figures', 'Draining', 'draining.csv'));
  await awaitPhase(test_, run.workflowId, ['sending']);
  await awaitSending(test_, childOf('figures', 'Draining'), before);
  const url = await workerUrl();
  const ended = test_.stack.worker?.close();
  let answer = await ask(`${url}/readyz`);
  while (answer.status === 200) answer = await ask(`${url}/readyz`);
  expect(JSON.parse(answer.body)).toMatchObject({ status: 'stopping' });
  expect((await ask(`${url}/healthz`)).status).toBe(200);
  await ended;
  quickBraze(test_);
  await test_.stack.startWorker();
  expect((await run.result()).outcome).toBe('done');
});

test('without the state bucket a worker is alive and not ready, and names no address; a gateway goes on', async () => {
  const url = await workerUrl();
  await test_.stack.s3.close();
  let answer = await ask(`${url}/readyz`);
  while (answer.status === 200) {
    await sleep(200);
    answer = await ask(`${url}/readyz`);
  }
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.body)).toMatchObject({
    status: 'notReady',
    checks: expect.arrayContaining([expect.objectContaining({ name: 'stateBucket', ok: false })]),
  });
  expect(answer.body).not.toMatch(/127\.0\.0\.1|localhost/);
  expect((await ask(`${url}/healthz`)).status).toBe(200);
  // None of its routes reads from there, so traffic may go on to it.
  expect((await ask(`${test_.stack.gatewayUrl}/readyz`)).status).toBe(200);
});
