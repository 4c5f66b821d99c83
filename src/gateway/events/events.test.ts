import pino from 'pino';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { readBacklog } from '../../adapters/postgres/backlog';
import { createIntake } from '../../adapters/postgres/intake';
import { fault, success } from '../../contract/errors';
import { CaptureMetrics } from '../../observability/capture-metrics';
import { createRegistry } from '../../observability/metrics';
import { createEventCapture, type EventCaptureOptions } from '../../process/event-capture';
import { startTestGateway, type TestGateway } from '../gateway.test-support';
import { type EventSource } from './sources';

const SOURCES: readonly EventSource[] = [
  { name: 'web', integration: 'shop', key: 'w'.repeat(40) },
  { name: 'app', integration: 'shop', key: 'a'.repeat(40) },
  { name: 'web', integration: 'ghost', key: 'g'.repeat(40) },
];
const EVENT = { id: 'e1', name: 'Seen', identifiers: { externalId: 'ann' } };

let db: TestDatabase;
let gateway: TestGateway;
let registry: ReturnType<typeof createRegistry>;
let ensured: string[];

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  gateway = await start();
});
afterEach(async () => {
  await gateway.close();
  await db.database.run((queries) =>
    queries.execute(
      `TRUNCATE brazier.event_log, brazier.profile, brazier.identity, brazier.stream, brazier.stream_count,
       brazier.shard_head, brazier.shard`,
    ),
  );
});

function start(overrides: Partial<EventCaptureOptions> = {}): Promise<TestGateway> {
  registry = createRegistry();
  ensured = [];
  const capture = createEventCapture({
    intake: createIntake(db.database, { shards: 2, patienceMs: 2_000 }),
    hasIntegration: (integration) => Promise.resolve(success(integration === 'shop')),
    readBacklog: (integration) => readBacklog(db.database, integration),
    maxBacklog: 1_000,
    backlogMs: 0,
    ensureStream: (integration) => Promise.resolve(void ensured.push(integration)),
    metrics: new CaptureMetrics(registry),
    logger: pino({ level: 'silent' }),
    ...overrides,
  });
  return startTestGateway({ eventSources: SOURCES, capture });
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: Record<string, unknown>;
}

async function post(
  body: unknown,
  { path = '/events', key = 'w'.repeat(40), headers = {} }: PostOptions = {},
): Promise<Answer> {
  const reply = await gateway.http.request({
    method: 'POST',
    path: `/v1${path}`,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answered = (await reply.body.json()) as Record<string, unknown>;
  return { status: reply.statusCode, headers: reply.headers, body: answered };
}

interface PostOptions {
  path?: string;
  key?: string;
  headers?: Record<string, string>;
}

async function logged(): Promise<Record<string, unknown>[]> {
  const rows = await db.database.run((queries) =>
    queries.query<{ entry: Record<string, unknown> }>(
      `SELECT entry::jsonb || jsonb_build_object('source', source) AS entry FROM brazier.event_log ORDER BY captured_at, seq`,
    ),
  );
  if (!rows.ok) throw new Error(rows.fault.message);
  return rows.value.map(({ entry }) => entry);
}

test('an event is accepted once, by either door; another source may use its id', async () => {
  expect(await post(EVENT)).toMatchObject({
    status: 202,
    body: { accepted: 1, duplicates: 0, refused: [] },
  });
  expect(
    await post({ events: [EVENT, { ...EVENT, id: 'e2' }] }, { path: '/integrations/shop/events' }),
  ).toMatchObject({ status: 202, body: { accepted: 1, duplicates: 1 } });
  expect(await post(EVENT, { key: 'a'.repeat(40) })).toMatchObject({ body: { accepted: 1 } });
  expect((await logged()).map(({ source, id }) => [source, id])).toEqual([
    ['web', 'e1'],
    ['web', 'e2'],
    ['app', 'e1'],
  ]);
  expect(ensured).toEqual(['shop']);
  const figures = await registry.metrics();
  expect(figures).toContain('brazier_events_total{integration="shop",result="captured"} 3');
  expect(figures).toContain('brazier_events_total{integration="shop",result="duplicate"} 1');
  expect(figures).toContain('brazier_profiles_total{integration="shop",change="created"} 1');
});

test('an Idempotency-Key is the id of a single event without one, and of nothing else', async () => {
  const { name, identifiers } = EVENT;
  const headers = { 'idempotency-key': 'order-7' };
  expect(await post({ name, identifiers }, { headers })).toMatchObject({ body: { accepted: 1 } });
  expect(await post({ name, identifiers }, { headers })).toMatchObject({ body: { duplicates: 1 } });
  expect(await post({ name, identifiers })).toMatchObject({
    status: 422,
    body: { code: 'EVENTS_REFUSED', fields: [{ field: 'events[0]', problem: 'id: is missing.' }] },
  });
  expect(await post({ ...EVENT, id: 'order-7' }, { headers })).toMatchObject({ body: { duplicates: 1 } });
  expect(await post({ ...EVENT, id: 'order-8' }, { headers })).toMatchObject({
    status: 400,
    body: {
      code: 'INPUT_INVALID',
      message: 'Idempotency-Key is another than the id of the event: give one, or both alike.',
    },
  });
  expect(await post({ events: [EVENT] }, { headers })).toMatchObject({ status: 400 });
  expect(
    await post({ name, identifiers }, { headers: { 'idempotency-key': 'x'.repeat(256) } }),
  ).toMatchObject({
    status: 400,
  });
});

test('refused events are named by their place, and the others are taken', async () => {
  const answer = await post({
    events: [
      { ...EVENT, id: 'good' },
      { ...EVENT, id: 'nobody', identifiers: {} },
      { ...EVENT, id: 'when', time: '2026-02-30T00:00:00Z' },
      { ...EVENT, id: 'typo', propertys: {} },
      7,
    ],
  });
  expect(answer).toMatchObject({
    status: 202,
    body: {
      accepted: 1,
      refused: [
        { index: 1, problem: 'identifiers: must name somebody.' },
        { index: 2, problem: 'time: must be a time such as 2026-11-22T09:30:00Z.' },
        { index: 3, problem: 'unknown field "propertys" (did you mean "properties"?).' },
        { index: 4 },
      ],
    },
  });
  expect(await registry.metrics()).toContain('brazier_events_total{integration="shop",result="refused"} 4');
});

test.each([
  ['no key', {}, 401, 'CAPTURE_UNAUTHORIZED'],
  ['a wrong key', { authorization: `Bearer ${'x'.repeat(40)}` }, 401, 'CAPTURE_UNAUTHORIZED'],
  ['a key of the API', { authorization: `Bearer ${'c'.repeat(40)}` }, 401, 'CAPTURE_UNAUTHORIZED'],
])('%s is turned away before anything is read', async (_name, given, status, code) => {
  const { authorization = '' } = given as { authorization?: string };
  const headers = { authorization };
  expect(await post('{', { headers })).toMatchObject({ status, body: { code } });
});

test('a key opens its own integration only, and one that does not exist is told so', async () => {
  const other = await post(EVENT, { path: '/integrations/ghost/events' });
  expect(other).toMatchObject({ status: 403, body: { code: 'CAPTURE_FORBIDDEN' } });
  const ghost = await post(EVENT, { key: 'g'.repeat(40) });
  expect(ghost).toMatchObject({ status: 404, body: { code: 'INTEGRATION_UNKNOWN', actor: 'settingsOwner' } });
  expect(await logged()).toEqual([]);
});

test.each<[string, string, number, RegExp?]>([
  ['no JSON', '{', 400, /^The body is not JSON: it cannot be parsed\.$/],
  ['a list', '[]', 400],
  ['nothing', '', 400],
  ['an empty batch', '{"events":[]}', 400],
  ['a batch that is no list', '{"events":{}}', 400],
  ['a batch with more in it', '{"events":[],"id":"x"}', 400],
  ['1,001 events', JSON.stringify({ events: new Array(1_001).fill(EVENT) }), 400],
  ['levels without end', '['.repeat(100_000), 400],
  ['more than 4 MiB', `{"id":"${'x'.repeat(4 * 1024 * 1024)}"}`, 413, /^The body is larger than 4 MiB, /],
])('%s is refused as a whole', async (_name, body, status, message = /./) => {
  expect(await post(body)).toMatchObject({
    status,
    body: { code: 'INPUT_INVALID', message: expect.stringMatching(message) },
  });
});

test('a body of another type is told which one is taken', async () => {
  expect(await post('a=1', { headers: { 'content-type': 'text/plain' } })).toMatchObject({
    status: 415,
    body: { message: 'The body has to be JSON, with Content-Type: application/json.' },
  });
});

const DEEP = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
test.each([
  [
    'a prototype in properties',
    '"properties":{"a":{"__proto__":{"isAdmin":true}}}',
    'properties: holds a field named __proto__.',
  ],
  ['a prototype in the event', '"__proto__":{"id":"x"}', ''],
  [
    'an event that every object has',
    '"name":"constructor"',
    'name: must be another name: every object has this one.',
  ],
  ['nesting', `"properties":{"a":${DEEP}}`, 'properties: is nested more than 16 levels deep.'],
  [
    'a NUL character',
    String.raw`"traits":{"a":"x\u0000y"}`,
    'traits: holds a NUL character or half of a surrogate pair.',
  ],
  [
    'a NUL character in a name',
    String.raw`"traits":{"a\u0000":1}`,
    'traits: holds a NUL character or half of a surrogate pair in a name.',
  ],
  [
    'half a surrogate pair',
    String.raw`"properties":{"a":["\ud83d"]}`,
    'properties: holds a NUL character or half of a surrogate pair.',
  ],
  [
    'half a pair in an identifier',
    String.raw`"identifiers":{"email":"\udc00@example.com"}`,
    'identifiers.email: must not hold control characters.',
  ],
  ['a number without end', '"properties":{"a":1e999}', 'properties: holds a number that is too large.'],
  ['64 KiB', `"properties":{"a":"${'x'.repeat(65_536)}"}`, 'has more than 65,536 bytes.'],
  [
    'a long identifier',
    `"identifiers":{"externalId":"${'x'.repeat(513)}"}`,
    'identifiers.externalId: must have at most 512 characters.',
  ],
  ['no object', '"properties":[]', 'properties: must be a JSON object.'],
])('%s is a refusal, never a fault, and takes no other event along', async (_name, field, problem) => {
  const odd = `{"id":"odd","name":"Seen","identifiers":{"externalId":"ann"},${field}}`;
  const answer = await post(`{"events":[${odd},${JSON.stringify(EVENT)}]}`);
  expect(answer).toMatchObject({ status: 202, body: { accepted: 1, refused: [{ index: 0 }] } });
  const [refused] = answer.body['refused'] as { problem: string }[];
  if (problem !== '') expect(refused?.problem).toBe(problem);
});

test('whatever else values hold is data', async () => {
  const properties = {
    quote: '"}],"x":[{',
    hole: '{{user.name}} {% raw %}',
    constructor: 'c',
    toString: null,
    big: 1e308,
    small: -5e-324,
    escaped: '\\u0000',
    emoji: '👩‍👩‍👧',
    sql: "'; DROP TABLE brazier.event_log; --",
    long: 'é'.repeat(30_000),
  };
  expect(await post({ ...EVENT, properties })).toMatchObject({ status: 202, body: { accepted: 1 } });
  expect(await logged()).toMatchObject([{ properties }]);
});

test('what is to come is taken for now, and what is past keeps its time', async () => {
  const nowMs = gateway.clock.nowMs;
  await post({
    events: [
      { ...EVENT, id: 'future', time: '2999-01-01T00:00:00Z' },
      { ...EVENT, id: 'past', time: '1999-12-31T23:59:59.5-02:00' },
      { ...EVENT, id: 'now' },
    ],
  });
  expect((await logged()).map(({ at }) => at)).toEqual([nowMs, Date.UTC(2000, 0, 1, 1, 59, 59, 500), nowMs]);
});

test('a backlog beyond its bound turns events away until it has shrunk', async () => {
  await gateway.close();
  gateway = await start({ maxBacklog: 2 });
  await post({ events: [EVENT, { ...EVENT, id: 'e2' }] });
  const away = await post({ ...EVENT, id: 'e3' });
  expect(away).toMatchObject({
    status: 429,
    headers: { 'retry-after': '5' },
    body: { code: 'BACKLOG_FULL', actor: 'wait' },
  });
  expect(await logged()).toHaveLength(2);
  await db.database.run((queries) => queries.execute('UPDATE brazier.shard SET cursor = 100'));
  expect(await post({ ...EVENT, id: 'e3' })).toMatchObject({ status: 202 });
});

test('a database that stays away is a 503 to come again after', async () => {
  await gateway.close();
  gateway = await start({ readBacklog: () => Promise.resolve(fault('DATABASE_UNAVAILABLE', 'Away.')) });
  expect(await post(EVENT)).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5' },
    body: { code: 'DATABASE_UNAVAILABLE' },
  });
});

test('without sources, or without a database, the doors are shut', async () => {
  await gateway.close();
  gateway = await startTestGateway({ eventSources: [] });
  expect(await post(EVENT)).toMatchObject({ status: 404, body: { code: 'CAPTURE_OFF' } });
  await gateway.close();
  gateway = await startTestGateway({ eventSources: SOURCES });
  expect(await post(EVENT)).toMatchObject({ status: 404, body: { code: 'STREAM_NOT_CONFIGURED' } });
});
