import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, openDatabase } from '../../src/adapters/postgres/database';
import {
  type ActivateEngagementInput,
  type ActivateEngagementResult,
  type EngagementAction,
} from '../../src/contract/engagement';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/contract/names';
import { type BrazierProcess } from '../../src/dev/brazier-process';
import { type PostgresServer, startPostgresServer } from '../../src/dev/servers/postgres';
import { type JsonObject } from '../../src/domain/stream/vocabulary';
import { eventId, postInLanes } from '../stream/lane-load';
import { setUp, startTestStack, type TestStack } from './test-stack';

// The long form, by hand: STREAM_KILLS_EVENTS=100000 STREAM_KILLS_SECONDS=60 npx jest test/e2e/stream-kills
const EVENTS = Number(process.env['STREAM_KILLS_EVENTS'] ?? 20_000);
const SECONDS = Number(process.env['STREAM_KILLS_SECONDS'] ?? 25);
const LANES = 8;
const SHOP = 'shop';
const SOURCE_KEY = 'the-key-of-the-source-of-the-kills';

/** Their calls write attributes, which may come twice. */
const WRITTEN = Array.from({ length: 320 }, (_, at) => `written-${at}`);
/** Their calls are events, which must not. */
const COUNTED = Array.from({ length: 80 }, (_, at) => `counted-${at}`);
const PEOPLE = [...WRITTEN, ...COUNTED];

let stateDir: string;
let own: TestStack;
let again: PostgresServer | undefined;
let database: Database;
const frozen: number[] = [];

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'brazier-e2e-'));
  own = await startTestStack({
    stateDir,
    sandbox: { recordOrder: true, applyLagMs: 100 },
    env: {
      BRAZIER_WORKER_PORT: '0',
      BRAZIER_EVENT_SOURCES: `load:${SHOP}=env:BRAZIER_DEV_SOURCE_KEY`,
      BRAZIER_DEV_SOURCE_KEY: SOURCE_KEY,
    },
  });
  const url = own.stack.env['BRAZIER_DEV_DATABASE_URL'] ?? '';
  const opened = openDatabase({ url, applicationName: 'test' });
  if (!opened.ok) throw new Error(opened.fault.message);
  database = opened.value;
  await setUp(own, SHOP, { requestTimeoutSeconds: 5 });
  await activate('written', {
    attributes: [{ external_id: '{{person}}', n: '{{n}}', place: '{{place}}' }],
  });
  await activate('counted', {
    events: [
      {
        external_id: '{{person}}',
        name: 'Plan Changed',
        time: '2026-11-22T00:00:00Z',
        properties: { n: '{{n}}', place: '{{place}}' },
      },
    ],
  });
}, 300_000);
afterAll(async () => {
  // One that stands still cannot end either.
  for (const pid of frozen) process.kill(pid, 'SIGCONT');
  await database.close();
  await own.close();
  await again?.close();
  await rm(stateDir, { recursive: true, force: true });
});

/** Whoever enters the segment or leaves it is told of: a call for each event. */
async function activate(name: string, payload: JsonObject): Promise<void> {
  const externalApi = {
    name,
    channel: 'profile',
    endpoint: 'users.track' as const,
    payload,
    parameters: {
      person: { type: 'string' as const, required: true, perEngagement: false },
      n: { type: 'integer' as const, required: true, perEngagement: false },
      place: { type: 'string' as const, required: true, perEngagement: true },
    },
  };
  const action = (place: string): EngagementAction => ({
    externalApi,
    parameters: {
      person: { userField: 'externalId' },
      n: { eventField: 'properties.n' },
      place: { constant: place },
    },
    testValues: { person: 'somebody-else', n: 1, place },
  });
  const input: ActivateEngagementInput = {
    integration: SHOP,
    name,
    segment: { name, condition: { field: `traits.${name}`, equals: true } },
    action: action('inside'),
    exitAction: action('outside'),
    frequency: 'everyTime',
    activatedBy: 'Ada',
  };
  await own.temporal.workflow.execute<(input: ActivateEngagementInput) => Promise<ActivateEngagementResult>>(
    WORKFLOW_TYPES.activateEngagement,
    { taskQueue: TASK_QUEUE, workflowId: `activate-${name}`, args: [input] },
  );
}

async function rows<Row extends JsonObject>(text: string): Promise<Row[]> {
  const outcome = await database.run((queries) => queries.query<Row>(text));
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
}

async function owners(): Promise<string[]> {
  const found = await rows<{ owner: string | null }>('SELECT owner FROM brazier.shard ORDER BY shard');
  return found.map(({ owner }) => owner ?? '');
}

const isOf = (pid: number) => (owner: string) => owner.includes(`/${pid}/`);

/** One after another, spread over the time of the load; workers need their time to start, which is not waited for. */
async function blows(first: BrazierProcess | undefined, second: BrazierProcess): Promise<void> {
  const { stack } = own;
  const share = (SECONDS * 1_000) / 6;
  await sleep(share);
  await stack.gateway?.kill();
  await stack.startGateway();
  await sleep(share);
  await stack.postgres?.kill();
  again = await startPostgresServer({ dir: join(stateDir, 'postgres'), port: stack.postgres?.port });
  await sleep(share);
  await first?.kill();
  const third = stack.startWorker();
  await sleep(share);
  while (!(await owners()).some(isOf(second.pid))) await sleep(100);
  frozen.push(second.pid);
  process.kill(second.pid, 'SIGSTOP');
  await third;
  while ((await owners()).some(isOf(second.pid))) await sleep(100);
  process.kill(second.pid, 'SIGCONT');
}

async function drained(): Promise<void> {
  for (;;) {
    const [row] = await rows<{ left: number }>(
      `SELECT (SELECT coalesce(sum(last_seq - cursor), 0) FROM brazier.shard_head JOIN brazier.shard USING (integration, layout, shard))::int
         + (SELECT count(*) FROM brazier.call WHERE state IN ('planned', 'started'))::int AS left`,
    );
    if (row?.left === 0) return;
    await sleep(250);
  }
}

/** What Braze has accepted of each person, in its order. */
function metByBraze(): Map<string, number[]> {
  const met = new Map<string, number[]>();
  for (const { user, writes } of own.stack.sandbox.workspace.order.all()) {
    const numbers = writes.map(({ object }) => {
      const { properties } = object;
      return Number((properties as JsonObject | undefined)?.['n'] ?? object['n']);
    });
    met.set(user, numbers);
  }
  return met;
}

test('nothing that was accepted is lost, repeated or out of order while everything is killed', async () => {
  const first = own.stack.worker;
  const second = await own.stack.startWorker();
  const load = postInLanes({
    url: own.stack.gatewayUrl,
    key: SOURCE_KEY,
    lanes: LANES,
    people: PEOPLE,
    events: EVENTS,
    seconds: SECONDS,
    trait: (person) => person.replace(/-.*/, ''),
  });
  const [{ accepted, repeated }] = await Promise.all([load, blows(first, second)]);
  await drained();
  // The blows have struck something.
  expect(repeated).toBeGreaterThan(0);

  const logged = await rows<{ id: string }>(
    `SELECT event_id AS id FROM brazier.event_log WHERE kind = 'event' ORDER BY captured_at`,
  );
  const posted = [...accepted].flatMap(([person, n]) => upTo(n).map((at) => eventId(person, at)));
  expect(posted).toHaveLength(EVENTS);
  expect(logged.map(({ id }) => id).sort()).toEqual(posted.sort());

  // Each event has brought about one call, which has ended.
  const calls = await rows<{ id: string; name: string; state: string }>(
    'SELECT event_id AS id, engagement AS name, state FROM brazier.call',
  );
  expect(calls.map(({ id }) => id).sort()).toEqual(posted);
  const stateOf = new Map(calls.map(({ id, state }) => [id, state]));
  const written = calls.filter(({ name }) => name === 'written');
  expect(new Set(written.map(({ state }) => state))).toEqual(new Set(['delivered']));

  const met = metByBraze();
  for (const person of WRITTEN) {
    const numbers = met.get(person) ?? [];
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
    expect([...new Set(numbers)]).toEqual(upTo(accepted.get(person) ?? 0));
  }
  let unknown = 0;
  for (const person of COUNTED) {
    const numbers = met.get(person) ?? [];
    expect(new Set(numbers).size).toBe(numbers.length);
    const states = upTo(accepted.get(person) ?? 0).map((n) => stateOf.get(eventId(person, n)));
    // Braze may come to a request at any time after nobody waits for its answer any more: that is what unknown says.
    const known = numbers.filter((n) => states[n - 1] !== 'unknown');
    expect(known).toEqual([...known].sort((one, other) => one - other));
    // What was not met is listed as unknown, and nothing else is.
    unknown += states.filter((state) => state === 'unknown').length;
    expect(new Set(states.filter((state) => state !== 'unknown'))).toEqual(new Set(['delivered']));
    for (const [at, state] of states.entries()) if (state === 'delivered') expect(numbers).toContain(at + 1);
  }
  const counts = await rows<{ name: string; accepted: number; unknown: number; refused: number }>(
    `SELECT engagement AS name, sum(accepted)::int AS accepted, sum(unknown)::int AS unknown, sum(refused)::int AS refused
     FROM brazier.engagement_count GROUP BY 1 ORDER BY 1`,
  );
  expect(counts).toEqual([
    { name: 'counted', accepted: calls.length - written.length - unknown, unknown, refused: 0 },
    { name: 'written', accepted: written.length, unknown: 0, refused: 0 },
  ]);
}, 900_000);

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, at) => at + 1);
}
