import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QUIET } from '../../src/dev/dev-stack';
import { textsOf } from '../../scripts/histories/anonymous';
import { startHttpStack, type Answer, type HttpStack } from './http-calls';
import { acceptedBy } from './test-stack';

let api: HttpStack;
beforeAll(async () => {
  Object.assign(process.env, QUIET);
  api = await startHttpStack();
}, 180_000);
afterAll(() => api.close());

const TEST = '/external-api-tests/{workflowId}';
const ENGAGEMENT = '/engagements/{integration}/{engagement}';
const API = '/external-apis/{externalApi}';
const SEGMENT = '/segments/{integration}/{segment}';

const CALL = {
  name: 'welcome',
  channel: 'profile',
  payload: { attributes: [{ external_id: '{{user}}', plan: '{{plan}}', token: '{{token}}' }] },
  parameters: { user: {}, plan: {}, token: { secret: 'env:BRAZIER_DEV_BRAZE_KEY' } },
};
const SEGMENT_INPUT = {
  integration: 'shop',
  name: 'buyers',
  condition: { event: 'Purchase', atLeast: 1 },
};
const ENGAGEMENT_INPUT = {
  integration: 'shop',
  name: 'welcome',
  segment: { name: 'buyers', condition: SEGMENT_INPUT.condition },
  action: {
    externalApi: CALL,
    parameters: { user: { userField: 'externalId' }, plan: { eventField: 'properties.plan' } },
  },
  activatedBy: 'Ada',
};
/** Of a real person: nowhere but in PostgreSQL, in the call that it is part of, and in what the caller is shown. */
const MARK = 'only-between-postgres-and-the-caller';

test('a key may do what it says and nothing else; a stranger nothing', async () => {
  const asked: [path: string, body: object | undefined, described: string, allowed: string][] = [
    ['/external-apis', undefined, '/external-apis', 'reader'],
    ['/external-apis', {}, '/external-apis', 'starter'],
    ['/external-api-tests', {}, '/external-api-tests', 'starter'],
    ['/external-api-tests/none', undefined, TEST, 'reader'],
    ['/segments', {}, '/segments', 'starter'],
    ['/segments/preview', {}, '/segments/preview', 'reader'],
    ['/engagement-activations', {}, '/engagement-activations', 'starter'],
    ['/engagements/shop/none', undefined, ENGAGEMENT, 'reader'],
    ['/engagements/shop/none/stop', {}, `${ENGAGEMENT}/stop`, 'decider'],
    ['/engagements/shop/none/preview', {}, `${ENGAGEMENT}/preview`, 'viewer'],
    ['/engagements/preview', {}, '/engagements/preview', 'viewer'],
    ['/dead-letters/redrive', {}, '/dead-letters/redrive', 'decider'],
    ['/dead-letters/discard', {}, '/dead-letters/discard', 'decider'],
    ['/calls?integration=shop', undefined, '/calls', 'reader'],
    ['/dead-letters?integration=shop', undefined, '/dead-letters', 'reader'],
  ];
  for (const [path, body, described, allowed] of asked)
    for (const as of ['reader', 'starter', 'decider', 'viewer', 'nobody', 'web'] as const) {
      const answer = await (body === undefined
        ? api.get(path, { as, described })
        : api.post(path, body, { as, described }));
      const { code } = answer.body;
      if (as === 'nobody' || as === 'web') expect(answer).toMatchObject({ status: 401 });
      else if (as === allowed) expect([path, as, code]).not.toEqual([path, as, 'API_FORBIDDEN']);
      else expect([path, as, answer.status, code]).toEqual([path, as, 403, 'API_FORBIDDEN']);
    }
  for (const path of ['/calls?integration=shop', '/dead-letters?integration=shop'])
    expect(await api.get(`${path}&people=true`, { as: 'reader' })).toMatchObject({
      status: 403,
      body: { code: 'API_FORBIDDEN' },
    });
}, 60_000);

test('what is there of no name is 404, and says what is missing', async () => {
  for (const [path, described, code] of [
    ['/external-apis/nothing', API, 'EXTERNAL_API_UNKNOWN'],
    ['/external-apis/nothing/verdicts', `${API}/verdicts`, 'EXTERNAL_API_UNKNOWN'],
    ['/external-api-tests/nothing', TEST, 'RUN_NOT_FOUND'],
    ['/external-api-tests/integration%2Fshop', TEST, 'RUN_NOT_FOUND'],
    ['/segments/shop/nothing', SEGMENT, 'SEGMENT_UNKNOWN'],
    ['/segments/shop/nothing?version=2', SEGMENT, 'SEGMENT_UNKNOWN'],
    ['/engagements/shop/nothing', ENGAGEMENT, 'ENGAGEMENT_UNKNOWN'],
    ['/engagement-activations/nothing', '/engagement-activations/{workflowId}', 'RUN_NOT_FOUND'],
  ] as const)
    expect(await api.get(path, { described })).toMatchObject({ status: 404, body: { code } });
  for (const change of ['activate', 'pause', 'resume', 'stop'])
    expect(
      await api.post(`/engagements/shop/nothing/${change}`, {}, { described: `${ENGAGEMENT}/${change}` }),
    ).toMatchObject({ status: 404, body: { code: 'ENGAGEMENT_UNKNOWN' } });
  const elsewhere = { ...ENGAGEMENT_INPUT, integration: 'nowhere' };
  expect(await api.post('/engagement-activations', elsewhere)).toMatchObject({
    status: 404,
    body: { code: 'INTEGRATION_UNKNOWN' },
  });
  const unsaved = { ...ENGAGEMENT_INPUT, segment: 'unsaved' };
  expect(await api.post('/engagement-activations', unsaved)).toMatchObject({
    status: 404,
    body: { code: 'SEGMENT_UNKNOWN' },
  });
  const unknown = { status: 404, body: { code: 'INTEGRATION_UNKNOWN' } };
  for (const path of ['/calls', '/dead-letters', '/segments', '/engagements'])
    for (const integration of ['nowhere', 'constructor'])
      expect(await api.get(`${path}?integration=${integration}`)).toMatchObject(unknown);
  for (const decision of ['redrive', 'discard'])
    for (const dryRun of [true, false])
      expect(await api.post(`/dead-letters/${decision}`, { integration: 'nowhere', dryRun })).toMatchObject(
        unknown,
      );
  for (const path of ['/calls', '/dead-letters', '/segments', '/engagements'])
    expect(await api.get(`${path}?integration=shop`)).toMatchObject({ status: 200 });
  const workflows = api.stack.temporal.workflow.list({ query: `WorkflowId STARTS_WITH 'engagement/'` });
  for await (const { workflowId } of workflows) expect(workflowId).not.toContain('nothing');
}, 60_000);

/** Nested deeper than any stack reaches, as far as a request is read. */
function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

const NUL = 'a\u0000b';
const HALF = 'a\ud800b';
const MEGABYTE = 'x'.repeat(1024 * 1024);

const MALICE: [name: string, path: string, body: unknown, status: number, described?: string][] = [
  ['a megabyte', '/external-apis', { ...CALL, description: MEGABYTE }, 413],
  ['a megabyte of an order', '/dead-letters/redrive', { integration: 'shop', reason: MEGABYTE }, 413],
  ['a megabyte of a value', '/external-api-tests', { integration: 'shop', values: { a: MEGABYTE } }, 413],
  ['deep nesting', '/external-apis', `{"name": "deep", "payload": ${nested(100_000)}}`, 400],
  ['a deep segment', '/segments', `{"condition": ${'{"not":'.repeat(20_000)}1${'}'.repeat(20_000)}}`, 400],
  ['a deep engagement', '/engagement-activations', `{"segment": ${nested(200_000)}}`, 400],
  ['a deep preview', '/engagements/preview', `{"engagement": ${nested(100_000)}}`, 400],
  ['a prototype', '/external-apis', `{"__proto__": {"name": "x"}, "name": "y"}`, 400],
  ['a prototype inside', '/segments/preview', `{"condition": {"__proto__": {"event": "x"}}}`, 400],
  ['a constructor', '/engagements/preview', `{"engagement": {"constructor": {"prototype": {}}}}`, 400],
  ['a field of every object', '/external-apis', { ...CALL, payload: { constructor: '{{user}}' } }, 400],
  ['NUL', '/external-apis', { ...CALL, description: NUL }, 400],
  ['NUL in a name', '/external-apis', { ...CALL, parameters: { [NUL]: {} } }, 400],
  ['half a character', '/external-apis', { ...CALL, channelIdentifier: HALF }, 400],
  ['NUL in a test', '/segments', { ...SEGMENT_INPUT, condition: { event: NUL, atLeast: 1 } }, 400],
  ['NUL in words', '/segments', { ...SEGMENT_INPUT, description: NUL }, 400],
  ['NUL in a goal', '/engagement-activations', { ...ENGAGEMENT_INPUT, goal: NUL }, 400],
  ['NUL in a reason', '/dead-letters/redrive', { integration: 'shop', reason: NUL }, 400],
  ['no such id', '/dead-letters/redrive', { integration: 'shop', ids: ["call-1' OR 1=1"] }, 400],
  ['an unknown field', '/dead-letters/redrive', { integration: 'shop', egagement: 'x' }, 400],
  [
    'a secret',
    '/external-apis',
    { ...CALL, description: 'Bearer 5f4dcc3b-5aa7-65d6-1d83-27deb882cf99' },
    400,
  ],
  ['a list', '/segments', [], 400],
  ['nothing', '/engagement-activations', undefined, 400],
  ['broken JSON', '/external-api-tests', '{', 400],
  ['no body for a preview', '/engagements/preview', 'null', 400],
];

test.each(MALICE)('%s is a clear refusal', async (_name, path, body, status) => {
  const refused = await api.post(path, body);
  expect(refused.status).toBe(status);
  expect(refused.body).toMatchObject({ code: expect.stringMatching(/^(INPUT_INVALID|SECRET_LITERAL)$/) });
  expect(JSON.stringify(refused.body).length).toBeLessThan(2_000);
});

const ADDRESSES: [path: string, described: string][] = [
  ['/external-apis/%00', API],
  ['/external-apis/__proto__', API],
  [`/external-apis/${'x'.repeat(3_000)}`, API],
  ['/external-apis/welcome?version=99999999999', API],
  ['/external-apis/welcome?version=1&version=2', API],
  ['/external-apis/welcome?__proto__=1', API],
  ['/segments/shop/%22%7D%5D', SEGMENT],
  ['/segments/..%2Fshop/x', SEGMENT],
  ['/segments?integration=%00', '/segments'],
  ['/segments', '/segments'],
  ['/engagements/shop/%7B%7B', ENGAGEMENT],
  ['/engagements?integration[a]=shop', '/engagements'],
  ['/calls?integration=shop&after=2026-02-31T00:00:00.000000Z/1', '/calls'],
  ['/calls?integration=shop&after=x', '/calls'],
  ['/calls?integration=shop&limit=1001', '/calls'],
  ['/calls?integration=shop&since=yesterday', '/calls'],
  ['/dead-letters?integration=shop&after=%00', '/dead-letters'],
  ['/dead-letters?integration=shop&reason=%00', '/dead-letters'],
  ['/dead-letters?integration=shop&state=x', '/dead-letters'],
];

test.each(ADDRESSES)('%s is a clear refusal', async (path, described) => {
  expect(await api.get(path, { described })).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID' } });
});

test('odd moments and places are none of the database’s trouble', async () => {
  for (const path of [
    '/calls?integration=shop&since=0000-01-01T00:00:00Z',
    '/calls?integration=shop&after=9999-12-31T23:59:59.999999Z/999999999999999999',
    '/dead-letters?integration=shop&since=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z',
    '/dead-letters?integration=shop&after=zzz',
    '/dead-letters?integration=shop&reason=%25%27%7B%7B',
  ])
    expect(await api.get(path)).toMatchObject({ status: 200 });
});

describe('a preview on a real person', () => {
  const preview = (body: object, as?: 'viewer'): Promise<Answer> =>
    api.post('/engagements/preview', { engagement: ENGAGEMENT_INPUT, ...body }, as ? { as } : {});
  const person = { externalId: MARK };
  const plan = '"}],"x":[{ {{ user }}';

  beforeAll(async () => {
    const event = { id: '1', name: 'Seen', identifiers: person, traits: { plan: 'free' } };
    expect((await api.post('/events', event, { as: 'web' })).status).toBe(202);
    // A worker has to have met the event before its person has any values.
    const unknown = '"PARAMETER_MISSING","message":"user';
    while (JSON.stringify((await preview({ person, event: { name: 'A' } })).body).includes(unknown))
      await sleep(100);
  }, 60_000);

  test('shows what would happen and the request, its secrets hidden; values stay values', async () => {
    const event = { name: 'Purchase', properties: { plan } };
    const seen = await preview({ person, event }, 'viewer');
    expect(seen).toMatchObject({
      status: 200,
      body: {
        state: 'draft',
        segment: { name: 'buyers', fits: true },
        outcome: { calls: ['entry'] },
        calls: [
          {
            values: { user: MARK, plan },
            request: {
              path: '/users/track',
              body: { attributes: [{ external_id: MARK, plan, token: '[secret]' }] },
            },
          },
        ],
      },
    });
  });

  test.each<[string, object, number, string]>([
    ['nobody', { person: { externalId: 'nobody' } }, 404, 'PROFILE_UNKNOWN'],
    ['two identifiers', { person: { externalId: 'a', email: 'a@example.com' } }, 400, 'INPUT_INVALID'],
    ['NUL', { person: { externalId: NUL } }, 400, 'INPUT_INVALID'],
    ['an inherited name', { person: { toString: 'x' } }, 400, 'INPUT_INVALID'],
    ['two events', { person, event: { name: 'A' }, lastEvent: 'B' }, 400, 'INPUT_INVALID'],
    ['an event that never was', { person, lastEvent: 'constructor' }, 400, 'INPUT_INVALID'],
    ['a batch', { person, event: { events: [] } }, 400, 'INPUT_INVALID'],
    [
      'a deep event',
      { person, event: { name: 'A', properties: JSON.parse(nested(40)) } },
      400,
      'INPUT_INVALID',
    ],
    ['a NUL in an event', { person, event: { name: 'A', properties: { a: NUL } } }, 400, 'INPUT_INVALID'],
  ])('of %s is a clear refusal', async (_name, body, status, code) => {
    const refused = await preview(body);
    expect(refused).toMatchObject({ status, body: { code } });
    expect(JSON.stringify(refused.body)).not.toContain(MARK);
  });

  test('leaves nothing behind: not in Temporal, not in Braze, not in the log', async () => {
    expect(acceptedBy(api.stack)).toBe(0);
    expect(await api.get('/external-apis')).toMatchObject({ body: { externalApis: [] } });
    expect(await api.get('/engagements?integration=shop')).toMatchObject({ body: { engagements: [] } });
    await sleep(1_000);
    for await (const { workflowId, runId } of api.stack.temporal.workflow.list()) {
      const history = await api.stack.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      const text = [...textsOf(JSON.parse(JSON.stringify(history)))].join('\n');
      expect(text).not.toContain(MARK);
    }
    const log = await readFile(join(api.stack.stateDir, 'gateway.log'), 'utf8');
    expect(log).toContain('/v1/engagements/preview');
    expect(log).not.toContain(MARK);
    expect(log).not.toContain('"status":500');
  });
});

test('every answer was as the gateway’s own description says', () => api.expectDescribed());
