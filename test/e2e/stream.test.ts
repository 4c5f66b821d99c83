import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { InputRefusedError } from '../../src/client/input-check';
import { type Database, openDatabase } from '../../src/adapters/postgres/database';
import { type ActivateEngagementInput } from '../../src/contract/engagement';
import { type ExternalApiDefinition } from '../../src/contract/external-api';
import { shardWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../../src/contract/names';
import { runErrorOf } from '../../src/workflows/run-error';
import { type JsonObject, type JsonValue } from '../../src/domain/stream/vocabulary';
import { postInLanes } from '../stream/lane-load';
import { setUp, startTestStack, type TestStack } from './test-stack';

const SHOP = 'shop';
const SOURCE_KEY = 'the-key-of-the-source-of-the-stream';
const CLI = join(__dirname, '..', '..', 'dist', 'src', 'cli.js');
const run = promisify(execFile);

const WRITTEN = Array.from({ length: 80 }, (_, at) => `written-${at}`);
const COUNTED = Array.from({ length: 20 }, (_, at) => `counted-${at}`);
const LATE = Array.from({ length: 40 }, (_, at) => `written-late-${at}`);
const EVENTS = 6_000;
const SECONDS = 24;
/** Between the beginning, the divisions and the end. */
const PAUSE_MS = 3_000;

let own: TestStack;
let database: Database;

beforeAll(async () => {
  own = await startTestStack({
    sandbox: { recordOrder: true, applyLagMs: 100 },
    env: {
      BRAZIER_STREAM_SHARDS: '2',
      BRAZIER_EVENT_SOURCES: `load:${SHOP}=env:BRAZIER_DEV_SOURCE_KEY`,
      BRAZIER_DEV_SOURCE_KEY: SOURCE_KEY,
    },
  });
  const url = own.stack.env['BRAZIER_DEV_DATABASE_URL'] ?? '';
  const opened = openDatabase({ url, applicationName: 'stream test' });
  if (!opened.ok) throw new Error(opened.fault.message);
  database = opened.value;
  await setUp(own, SHOP);
  const event = { external_id: '{{person}}', name: 'Told', time: '2026-11-22T00:00:00Z' };
  const anybody: ActivateEngagementInput['segment'] = {
    name: 'odd',
    condition: { event: 'Odd', atLeast: 1 },
  };
  const turns = (name: string) => ({ name, condition: { field: `traits.${name}`, equals: true } });
  await Promise.all([
    activate('written', turns('written'), 'n', {
      attributes: [{ external_id: '{{person}}', n: '{{value}}' }],
    }),
    activate('counted', turns('counted'), 'n', { events: [{ ...event, properties: { n: '{{value}}' } }] }),
    activate('odd', anybody, 'value', { events: [{ ...event, properties: { value: '{{value}}' } }] }),
  ]);
}, 300_000);
afterAll(async () => {
  await database.close();
  await own.close();
});

async function activate(
  name: string,
  segment: ActivateEngagementInput['segment'],
  property: string,
  payload: JsonObject,
): Promise<void> {
  const action = {
    externalApi: {
      name,
      channel: 'profile',
      endpoint: 'users.track' as const,
      payload,
      parameters: {
        person: { type: 'string' as const, required: true, perEngagement: false },
        value: { type: 'json' as const, required: true, perEngagement: false },
      },
    },
    parameters: {
      person: { userField: 'externalId' },
      value: { eventField: `properties.${property}` },
    },
    testValues: { person: `tested-${name}`, value: 1 },
  };
  const input: ActivateEngagementInput = {
    ...{ integration: SHOP, name, segment, action, exitAction: action },
    frequency: 'everyTime',
    activatedBy: 'Ada',
  };
  await own.temporal.workflow.execute(WORKFLOW_TYPES.activateEngagement, {
    taskQueue: TASK_QUEUE,
    workflowId: `activate-${name}`,
    args: [input],
  });
}

async function rows<Row extends JsonObject>(text: string): Promise<Row[]> {
  const outcome = await database.run((queries) => queries.query<Row>(text));
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
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

/** A command line as a process of its own. */
async function brazier(...args: string[]): Promise<string> {
  const env = { ...process.env, ...own.stack.env };
  return (await run(process.execPath, [CLI, ...args], { env })).stdout;
}

/** Properties or fields of what Braze has accepted of somebody, in its order. */
function metOf(person: string): Record<string, unknown>[] {
  const found = [...own.stack.sandbox.workspace.order.all()].find(({ user }) => user === person);
  return (found?.writes ?? []).map(
    ({ object }) => (object['properties'] as JsonObject | undefined) ?? object,
  );
}

test('the number of shards goes from 2 to 3 and back while events flow: all in order, none lost, none twice', async () => {
  const load = (people: readonly string[], events: number, seconds: number) =>
    postInLanes({
      ...{ url: own.stack.gatewayUrl, key: SOURCE_KEY, lanes: 4, people, events, seconds },
      trait: (person) => person.replace(/-.*/, ''),
    });
  const told: string[] = [];
  const divide = async () => {
    for (const shards of ['3', '2']) {
      await sleep(PAUSE_MS);
      told.push(await brazier('stream', 'set-shards', SHOP, shards));
    }
  };
  const [{ accepted }] = await Promise.all([load([...WRITTEN, ...COUNTED], EVENTS, SECONDS), divide()]);
  // However long the command lines have taken, the last layout has people of its own.
  const late = await load(LATE, LATE.length * 2, 0);
  for (const [person, n] of late.accepted) accepted.set(person, n);
  await drained();
  expect(told).toEqual([
    expect.stringContaining('The stream has 3 shards (layout 2).'),
    expect.stringContaining('The stream has 2 shards (layout 3).'),
  ]);
  // Every division has met events, before and after it.
  expect(
    await rows(
      `SELECT layout, count(DISTINCT shard)::int AS shards FROM brazier.event_log WHERE kind = 'event' GROUP BY 1 ORDER BY 1`,
    ),
  ).toEqual([
    { layout: 1, shards: 2 },
    { layout: 2, shards: 3 },
    { layout: 3, shards: 2 },
  ]);
  expect([...accepted.values()].reduce((sum, n) => sum + n, 0)).toBe(EVENTS + LATE.length * 2);
  for (const [person, n] of accepted)
    expect(metOf(person).map((met) => met['n'])).toEqual(Array.from({ length: n }, (_, at) => at + 1));
  expect(
    await rows(
      `SELECT state, count(*)::int AS n FROM brazier.call WHERE engagement <> 'odd' GROUP BY 1 ORDER BY 1`,
    ),
  ).toEqual([{ state: 'delivered', n: EVENTS + LATE.length * 2 }]);
  for (const [layout, shard] of [
    [1, 0],
    [2, 2],
  ] as const) {
    const old = own.temporal.workflow.getHandle(shardWorkflowId(SHOP, layout, shard));
    expect(await old.result()).toMatchObject({ isDrained: true });
  }
}, 300_000);

interface Answer {
  refused: { index: number; problem: string }[];
  /** Where nothing was taken. */
  fields?: unknown[];
}

/** As JSON text, since JavaScript has no words for some of it; and what is to arrive. Without that: refused. */
const DEEP = `${'['.repeat(1_200)}${']'.repeat(1_200)}`;
const VALUES: [string, string, unknown?][] = [
  ['quotes', JSON.stringify('"}],"x":[{'), '"}],"x":[{'],
  ['a hole', '"{{ user.name }}"', '{{ user.name }}'],
  ['a tag', '"{% raw %}"', '{% raw %}'],
  [
    'a constructor',
    '{"constructor":{"prototype":1},"toString":"x"}',
    { constructor: { prototype: 1 }, toString: 'x' },
  ],
  ['2^53 + 1', '9007199254740993', 9_007_199_254_740_992],
  ['a number below all', '1e-400', 0],
  ['a long text', JSON.stringify('é'.repeat(30_000)), 'é'.repeat(30_000)],
  ['a blank', '""', ''],
  ['1e400', '1e400'],
  ['a NUL character', String.raw`"\u0000"`],
  ['half of a character', String.raw`"\ud83d"`],
  ['a prototype', '{"__proto__":{"isAdmin":true}}'],
  ['levels', DEEP],
  ['a mebibyte', JSON.stringify('x'.repeat(1_048_576))],
];

test('odd values end as data in Braze or are refused by name, and take nobody along', async () => {
  const events = VALUES.map(
    ([, value], at) =>
      `{"id":"odd-${at}","name":"Odd","identifiers":{"externalId":"odd-${at}"},"properties":{"value":${value}}}`,
  );
  const tooLong = 'é'.repeat(512);
  const names = ['"}],"x":[{', '__proto__', 'constructor', '{{ id }}', 'x'.repeat(512), tooLong];
  const people = names.map((externalId, at) =>
    JSON.stringify({
      id: `person-${at}`,
      name: 'Odd',
      identifiers: { externalId },
      properties: { value: at },
    }),
  );
  const post = async (list: readonly string[]) => {
    const answer = await fetch(`${own.stack.gatewayUrl}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SOURCE_KEY}`, 'content-type': 'application/json' },
      body: `{"events":[${list.join(',')}]}`,
    });
    return {
      status: answer.status,
      body: (await answer.json()) as Answer,
    };
  };
  const { status, body } = await post([...events, ...people]);
  expect(status).toBe(202);
  const refused = VALUES.flatMap((value, at) => (value.length === 2 ? [at] : []));
  expect(body.refused.map(({ index }) => index)).toEqual(refused);
  for (const { problem } of body.refused)
    expect(problem).toMatch(/^(properties: holds|properties: is nested|has more)/);
  // Names, ids and identifiers that cannot be any.
  const wrong = await post([
    ...['""', '"constructor"', JSON.stringify('n'.repeat(256)), String.raw`"a\u0000"`].map(
      (name, at) => `{"id":"name-${at}","name":${name},"identifiers":{"externalId":"x"}}`,
    ),
    ...['""', JSON.stringify('i'.repeat(256)), '7'].map(
      (id) => `{"id":${id},"name":"Odd","identifiers":{"externalId":"x"}}`,
    ),
    ...['""', JSON.stringify('p'.repeat(513)), 'null'].map(
      (id, at) => `{"id":"who-${at}","name":"Odd","identifiers":{"externalId":${id}}}`,
    ),
  ]);
  expect([wrong.status, wrong.body.fields?.length]).toEqual([422, 10]);
  await drained();
  VALUES.forEach((value, at) => {
    const met = metOf(`odd-${at}`).map((properties) => properties['value']);
    expect(met).toEqual(value.length === 2 ? [] : [value[2]]);
  });
  names.forEach((name, at) => expect(metOf(name)).toEqual(name === tooLong ? [] : [{ value: at }]));
  // More bytes than Braze takes, in Braze's words.
  const [refusal] = await rows<{ state: string; reason: string }>(
    "SELECT state, reason FROM brazier.call WHERE state <> 'delivered'",
  );
  expect([refusal?.state, refusal?.reason]).toEqual(['refused', expect.stringMatching(/external_id/)]);
  expect(await rows('SELECT reason_code FROM brazier.set_aside')).toEqual([]);
}, 120_000);

test('odd test values arrive, or the test says by its code why they cannot', async () => {
  const api: ExternalApiDefinition = {
    name: 'tested',
    channel: 'profile',
    endpoint: 'users.track',
    payload: {
      events: [
        { external_id: '{{ id }}', name: 'Tested', time: '2026-11-22', properties: { value: '{{ value }}' } },
      ],
    },
    parameters: {
      id: { type: 'string', required: true, perEngagement: false },
      value: { type: 'json', required: true, perEngagement: false },
    },
  };
  for (const [index, [what, value, arriving]] of VALUES.entries()) {
    const values = { id: `tested-odd-${index}`, value: JSON.parse(value) as JsonValue };
    const input = { integration: SHOP, externalApi: api, values };
    const outcome = await own.client.testExternalApi(input).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      expect([what, arriving]).toEqual([what, undefined]);
      const code = outcome instanceof InputRefusedError ? outcome.fault.code : runErrorOf(outcome).code;
      expect([what, code]).toEqual([what, 'INPUT_INVALID']);
    } else {
      expect(outcome).toMatchObject({ passed: true });
      expect(metOf(values.id)).toEqual([{ value: arriving }]);
    }
  }
}, 180_000);
