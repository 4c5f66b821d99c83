import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { textsOf } from '../../scripts/histories/anonymous';
import { expectDescribed, type SeenAnswer } from './described-answer';
import {
  activation,
  ATTRIBUTE,
  awaitPhase,
  holdersOf,
  loadProfiles,
  putIds,
  setUp,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const run = promisify(execFile);
const EXAMPLES = join(__dirname, '..', '..', 'examples');

/** Where a command is, if this machine has it. */
function which(command: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, command));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** How each example is made ready and what is then run. */
const PROGRAMS = [
  {
    tool: 'python3',
    ready: () => Promise.resolve(['python3', join(EXAMPLES, 'python', 'start_audience.py')]),
  },
  {
    tool: 'go',
    ready: async (folder: string) => {
      const binary = join(folder, 'start-audience');
      const env = { ...process.env, GOFLAGS: '-mod=mod' };
      await run('go', ['build', '-o', binary, '.'], { cwd: join(EXAMPLES, 'go'), env });
      return [binary];
    },
  },
];
/** A compiler that builds its own library first, on a busy machine. */
const BUILD_TIMEOUT_MS = 600_000;
const runnable = PROGRAMS.filter(({ tool }) => which(tool) !== undefined);
const missing = PROGRAMS.filter(({ tool }) => which(tool) === undefined);

/** The ids of answers that have them; whatever else is there stays. */
const startedSchema = z.looseObject({ workflowId: z.string().default(''), runId: z.string().default('') });

describe('driven by programs in other languages', () => {
  let test: TestStack;
  const seen: SeenAnswer[] = [];

  beforeAll(async () => {
    test = await startTestStack({ sandbox: { applyLagMs: 100 } });
    await loadProfiles(test, userIds(0, 100));
    await setUp(test, 'other');
    await putIds(test, 'other.csv', userIds(0, 60));
  });
  afterAll(() => test.close());

  const key = () => test.stack.env['BRAZIER_DEV_API_KEY'] ?? '';
  const call = async (
    method: 'get' | 'post',
    path: string,
    { id, body, headers = {} }: { id?: string; body?: object; headers?: Record<string, string> } = {},
  ) => {
    const reply = await fetch(
      `${test.stack.gatewayUrl}/v1${path.replace('{workflowId}', encodeURIComponent(id ?? ''))}`,
      {
        method,
        headers: { authorization: `Bearer ${key()}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
    );
    const answer = { method, path: path.replace(/\?.*/, ''), status: reply.status, body: await reply.json() };
    seen.push(answer);
    return { ...answer, body: startedSchema.parse(answer.body), location: reply.headers.get('location') };
  };
  const start = (audience: string, more: object = {}, headers: Record<string, string> = {}) =>
    call('post', '/activations', {
      body: { ...activation('other', audience, 'other.csv'), ...more },
      headers,
    });
  const view = async (id: string) => (await call('get', '/activations/{workflowId}', { id })).body;

  for (const { tool, ready } of runnable) {
    it(
      `the example for ${tool} starts an activation, waits for its end and tells who must act`,
      async () => {
        const audience = `From ${tool}`;
        const [command = '', ...args] = await ready(test.stateDir);
        const execute = async (input: object) => {
          const file = join(test.stateDir, `${tool}.json`);
          await writeFile(file, JSON.stringify(input));
          const env = { ...process.env, BRAZIER_URL: test.stack.gatewayUrl, BRAZIER_API_KEY: key() };
          try {
            return { code: 0, ...(await run(command, [...args, file], { env })) };
          } catch (error) {
            return error as { code: number; stdout: string; stderr: string };
          }
        };
        const good = await execute(activation('other', audience, 'other.csv'));
        expect(good).toMatchObject({ code: 0 });
        expect(good.stdout).toMatch(/started [^]*\ndone: /);
        expect(await holdersOf(test, ATTRIBUTE, audience)).toEqual(userIds(0, 60).sort());
        const bad = await execute(activation('other', audience, 'no-such.csv'));
        expect(bad.stderr).toContain('SOURCE_NOT_FOUND');
        expect(bad.code).toBe(12);
        const refused = await execute({ integration: 'other' });
        expect(refused.code).toBe(11);
        expect(refused.stderr).toContain('INPUT_INVALID');
      },
      BUILD_TIMEOUT_MS,
    );
  }

  for (const { tool } of missing) {
    it(`${tool} is not installed here, so its example was not run`, () => {
      expect(which(tool)).toBeUndefined();
    });
  }

  it('the example on Temporal’s own SDK runs where that is installed', async () => {
    const python = which('python3');
    const sdk = python && (await run(python, ['-c', 'import temporalio']).catch(() => undefined));
    if (!python || !sdk) {
      expect(sdk).toBeUndefined();
      return;
    }
    const file = join(test.stateDir, 'direct.json');
    await writeFile(file, JSON.stringify(activation('other', 'Direct', 'other.csv')));
    const { address, namespace } = test.stack.temporal;
    const env = { ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    const { stdout } = await run(python, [join(EXAMPLES, 'python', 'start_on_temporal.py'), file], { env });
    expect(stdout).toMatch(/^done: /);
  });

  it('a repeated start gets the first run back, however the same body is written', async () => {
    const headers = { 'idempotency-key': 'nightly-2026-11-22' };
    const first = await start('Once', { dryRun: true }, headers);
    expect(first).toMatchObject({ status: 202, body: { repeated: false } });
    expect(first.location).toBe(`/v1/activations/${encodeURIComponent(first.body.workflowId)}`);
    await test.client.result(first.body.workflowId);
    const { terms, ...rest } = activation('other', 'Once', 'other.csv');
    const again = await call('post', '/activations', { body: { terms, dryRun: true, ...rest }, headers });
    expect(again).toMatchObject({ status: 202, body: { repeated: true, runId: first.body.runId } });
    const other = await start('Once', { dryRun: false }, headers);
    expect(other).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await view(first.body.workflowId)).toMatchObject({ ended: true, result: { outcome: 'dryRun' } });
  });

  it('a plan is approved by its hash, and the run names person and caller', async () => {
    await test.client.activate(activation('other', 'Decided', 'other.csv')).then((one) => one.result());
    await putIds(test, 'fewer.csv', userIds(0, 5));
    const id = (await start('Decided', { source: { key: 'fewer.csv' }, confirmation: { kind: 'person' } }))
      .body.workflowId;
    const { planHash } = await awaitPhase(test, id, ['awaitingApproval']);
    const decide = (hash: string) =>
      call('post', '/activations/{workflowId}/approve', { id, body: { planHash: hash, by: 'Grace' } });
    expect(await decide('0'.repeat(64))).toMatchObject({ status: 409, body: { code: 'DECISION_REFUSED' } });
    expect(await decide(planHash ?? '')).toMatchObject({
      status: 200,
      body: { status: { approval: { decision: 'approved', by: 'Grace via dev' } } },
    });
    await awaitPhase(test, id, ['awaitingConfirmation']);
    const waiting = await view(id);
    expect(JSON.stringify(waiting)).not.toContain((await test.client.status(id)).runToken);
    expect((await call('post', '/activations/{workflowId}/pause', { id })).status).toBe(409);
    const answer = await call('post', '/activations/{workflowId}/confirm', { id });
    expect(answer).toMatchObject({ status: 200, body: { answer: 'right', by: 'api:dev' } });
    await test.client.result(id);
    expect(await call('post', '/activations/{workflowId}/dispute', { id })).toMatchObject({
      status: 200,
      body: { answer: 'right', by: 'api:dev' },
    });
    expect(await call('post', '/activations/{workflowId}/cancel', { id })).toMatchObject({
      status: 409,
      body: { code: 'RUN_ENDED' },
    });
    expect(await view(id)).toMatchObject({ ended: true, result: { outcome: 'done' } });
    const list = await call('get', '/activations?integration=other&audience=Decided');
    expect(list.body['activations']).toMatchObject([{ workflowId: id }, {}]);
  });

  it('a cancelled run, a terminated run and a refused one are told apart', async () => {
    const id = (await start('Cancelled', { confirmation: { kind: 'person' } })).body.workflowId;
    await awaitPhase(test, id, ['awaitingConfirmation']);
    expect((await call('post', '/activations/{workflowId}/cancel', { id })).status).toBe(202);
    await test.client.result(id).catch(() => undefined);
    expect((await view(id))['ended']).toBe(true);
    const other = (await start('Terminated', { confirmation: { kind: 'person' } })).body.workflowId;
    await test.temporal.workflow.getHandle(other).terminate('by a test');
    expect(await view(other)).toMatchObject({ ended: true, error: { code: 'RUN_TERMINATED' } });
    const unknown = (await start('Refused', { integration: 'unknown' })).body.workflowId;
    await test.client.result(unknown).catch(() => undefined);
    expect(await view(unknown)).toMatchObject({ ended: true, error: { code: 'INTEGRATION_UNKNOWN' } });
  });

  it('no other workflow is reached, and a pasted secret reaches no history', async () => {
    for (const id of ['integration/other', 'no-such-run'])
      for (const [method, path] of [
        ['get', ''],
        ['post', '/cancel'],
      ] as const)
        expect(await call(method, `/activations/{workflowId}${path}`, { id })).toMatchObject({ status: 404 });
    const secret = 'AbC123secretAbC123';
    const refused = await start('x', {
      source: { key: 'a.csv', accessKeyId: 'env:A', secretAccessKey: secret },
    });
    expect(refused).toMatchObject({ status: 400, body: { code: 'SECRET_LITERAL' } });
    for await (const { workflowId, runId } of test.temporal.workflow.list()) {
      const history = await test.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      const text = [...textsOf(JSON.parse(JSON.stringify(history)))].join('\n');
      expect(text).not.toContain(secret);
      expect(text).not.toContain(key());
    }
    const log = await readFile(join(test.stateDir, 'gateway.log'), 'utf8');
    expect(log).toContain('"caller":"dev"');
    expect(log).not.toContain(key());
  });

  it('every answer was as the gateway’s own description says', async () => {
    const document: unknown = await (await fetch(`${test.stack.gatewayUrl}/v1/openapi.json`)).json();
    expect(seen.length).toBeGreaterThan(20);
    await expectDescribed(document, seen);
  });
});
