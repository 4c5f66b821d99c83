import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FORGET_EVENTS_ID, WORKFLOW_TYPES } from '../../src/contract/names';
import { type Database, openDatabase } from '../../src/adapters/postgres/database';
import { type PostgresServer, startPostgresServer } from '../../src/dev/servers/postgres';
import {
  activation,
  loadProfiles,
  putIds,
  setUp,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

let stateDir: string;
let own: TestStack;
let again: PostgresServer | undefined;
let database: Database;

beforeAll(async () => {
  // With a folder of its own the stack has a database server of its own, which may be killed.
  stateDir = await mkdtemp(join(tmpdir(), 'brazier-e2e-'));
  own = await startTestStack({ stateDir, env: { BRAZIER_WORKER_PORT: '0' } });
  const url = own.stack.env['BRAZIER_DEV_DATABASE_URL'] ?? '';
  const opened = openDatabase({ url, applicationName: 'test' });
  if (!opened.ok) throw new Error(opened.fault.message);
  database = opened.value;
});
afterAll(async () => {
  await database.close();
  await own.close();
  await again?.close();
  await rm(stateDir, { recursive: true, force: true });
});

async function run(text: string): Promise<Record<string, unknown>[]> {
  const outcome = await database.run((queries) => queries.query<Record<string, unknown>>(text));
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
}

async function databaseCheck(url: string): Promise<unknown> {
  const body = (await (await fetch(`${url}/readyz`)).json()) as { checks: { name: string }[] };
  return body.checks.find(({ name }) => name === 'database');
}

/** A worker says where it listens in its log, which may be read before it is written: then nobody answers yet. */
async function untilCheckIs(urlOf: () => string | Promise<string>, expected: unknown): Promise<void> {
  for (;;) {
    const seen = await databaseCheck(await urlOf()).catch(() => undefined);
    if (JSON.stringify(seen) === JSON.stringify(expected)) return;
    await sleep(200);
  }
}

async function workerUrl(): Promise<string> {
  const log = await readFile(join(stateDir, 'worker.log'), 'utf8');
  const urls = [...log.matchAll(/"operationsUrl":"([^"]+)"/g)];
  return urls.at(-1)?.[1] ?? '';
}

test('old events are deleted by their Schedule', async () => {
  await run(`INSERT INTO brazier.shard (integration, layout, shard, cursor) VALUES ('old', 1, 0, 1)`);
  await run(`INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, captured_at, entry)
    VALUES ('old', 1, 0, 1, 'event', now() - interval '91 days', '{}'),
      ('old', 1, 0, 2, 'event', now() - interval '91 days', '{}')`);
  await own.temporal.schedule.getHandle(FORGET_EVENTS_ID).trigger();
  while ((await run(`SELECT seq FROM brazier.event_log`)).length > 1) await sleep(200);
  expect(await run(`SELECT seq::int FROM brazier.event_log`)).toEqual([{ seq: 2 }]);
  const found = own.temporal.workflow.list({ query: `WorkflowType = '${WORKFLOW_TYPES.forgetEvents}'` });
  for await (const { workflowId } of found) {
    expect(await own.temporal.workflow.getHandle(workflowId).result()).toMatchObject({ isDone: true });
  }
});

test('without its database a process stays, starts and does what needs none; with it again it is ready', async () => {
  const { stack } = own;
  const port = stack.postgres?.port;
  await stack.postgres?.kill();
  const away = { name: 'database', ok: false, code: 'DATABASE_UNAVAILABLE' };
  await untilCheckIs(() => stack.gatewayUrl, away);
  expect((await fetch(`${stack.gatewayUrl}/healthz`)).status).toBe(200);
  await stack.worker?.kill();
  await stack.startWorker();
  await untilCheckIs(workerUrl, away);

  const ids = userIds(0, 20);
  await setUp(own, 'without');
  await loadProfiles(own, ids);
  await putIds(own, 'without.csv', ids);
  const activated = await own.client.activate(activation('without', 'Leads', 'without.csv'));
  expect((await activated.result()).outcome).toBe('done');

  again = await startPostgresServer({ dir: join(stateDir, 'postgres'), port });
  for (const urlOf of [() => stack.gatewayUrl, workerUrl]) {
    await untilCheckIs(urlOf, { name: 'database', ok: true });
  }
  expect(await run(`SELECT seq::int FROM brazier.event_log`)).toEqual([{ seq: 2 }]);
});
