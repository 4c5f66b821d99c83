import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger } from '@temporalio/worker';
import { createTestDatabase, type TestDatabase } from '../../test/postgres/database';
import { EVENT, LEAD } from '../../test/activities/external-apis';
import { impatientBudget } from '../../test/activities/slice-sending';
import { createBrazeConnection, type BrazeConnection } from '../adapters/braze/connection';
import { createTemplateEngine } from '../adapters/liquid/engine';
import { createRegistry, type Registry } from '../adapters/postgres/registry';
import { redact } from '../domain/redact';
import { createSecretStore } from '../adapters/secrets/secrets';
import { type SeenTest, type PreparedTest, type SentTest } from '../contract/external-api-test';
import { parseExternalApiTest } from '../contract/schemas/external-api';
import { parseSetup } from '../contract/schemas/setup-integration';
import { judgeApiTest } from '../domain/stream/describe-api-test';
import { createTestCalls } from '../process/test-calls';
import { attributesOf, openTestWorkspace, TEST_KEY, type TestWorkspace } from '../sandbox/test-workspace';
import { type SandboxOptions } from '../sandbox/settings';
import { createApiTestActivities } from './test-external-api';

const SECRET = 'a-secret-of-the-call';

let own: TestDatabase;
let registry: Registry;
let braze: TestWorkspace;
let connection: BrazeConnection;

beforeAll(async () => {
  own = await createTestDatabase();
  registry = createRegistry(own.database);
});
afterAll(() => own.close());
afterEach(async () => {
  await connection.close();
  await braze.close();
});

async function start(options: Partial<SandboxOptions> = {}): Promise<void> {
  braze = await openTestWorkspace({ applyLagMs: 100, trackSync: 'absent', ...options });
  connection = createBrazeConnection({
    endpoint: braze.sandbox.url,
    key: TEST_KEY,
    connections: 2,
    requestTimeoutMs: 5_000,
    userAgent: 'test',
  });
}

function activities() {
  return createApiTestActivities({
    registry,
    engine: createTemplateEngine(),
    secrets: createSecretStore({
      declared: ['env:BRAZE', 'env:CALL'],
      env: { BRAZE: TEST_KEY, CALL: SECRET },
      readFile: () => Promise.reject(new Error('no files')),
    }),
    redact,
    openCalls: () =>
      Promise.resolve(
        createTestCalls({ connection, budget: impatientBudget(2), readBudget: impatientBudget(2) }),
      ),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 200))),
  });
}

const inActivity = <T>(work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(work);

/** A test as far as before it is sent. */
async function prepare(externalApi: unknown, values: object, more: object = {}): Promise<PreparedTest> {
  const test = parseExternalApiTest({ integration: 'shop', externalApi, values, ...more });
  const settings = parseSetup({
    name: 'shop',
    braze: { endpoint: braze.sandbox.url, restKey: 'env:BRAZE', applyLagSeconds: 0 },
    exchange: { bucket: 'exchange', region: 'eu-central-1' },
  });
  if (!test.ok) throw new Error(test.fault.message);
  if (!settings.ok) throw new Error(settings.fault.message);
  const call = { integration: 'shop', settings: settings.value, test: test.value };
  return inActivity(() => activities().prepareExternalApiTest(call));
}

async function codeOf(refused: Promise<unknown>): Promise<string | null | undefined> {
  const error: unknown = await refused.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ApplicationFailure ? error.type : undefined;
}

interface Tested {
  prepared: PreparedTest;
  sent: SentTest;
  seen: SeenTest;
  passed: boolean;
  reason: string | undefined;
}

/** Everything up to the verdict, as the workflow does it. */
async function run(externalApi: unknown, values: object): Promise<Tested> {
  const prepared = await prepare(externalApi, values);
  const sent = await inActivity(() => activities().sendExternalApiTest(prepared));
  const seen = await inActivity(() => activities().awaitExternalApiTest(prepared));
  const { passed, problem } = judgeApiTest({ ...prepared, sent, seen });
  return { prepared, sent, seen, passed, reason: problem?.message };
}

const cleanUp = (prepared: PreparedTest, mayAppearYet = false) =>
  inActivity(() => activities().cleanUpExternalApiTest({ ...prepared, mayAppearYet }));

test('passes once the profile shows everything, and puts back what was there', async () => {
  await start();
  await braze.track({ attributes: [{ external_id: 'u', first_name: 'Grace', tags: ['old'] }] });
  await braze.read('u');
  const values = { id: 'u', name: 'Ada', plan: 'gold', since: '2026-03-01T10:00:00Z' };
  const { prepared, sent, seen, passed } = await run(LEAD, values);
  expect(sent).toMatchObject({ path: '/users/track', outcome: 'accepted', answer: { status: 201 } });
  expect(passed).toBe(true);
  // The database keeps no order of fields.
  const shown = seen.seen.map(({ name, before, after, arrived }) => [name, before, after, arrived]);
  expect(shown.sort()).toEqual([
    ['attributes.first_name', 'Grace', 'Ada', true],
    ['attributes.plan', null, 'gold', true],
    ['attributes.since', null, '2026-03-01T10:00:00Z', true],
    ['attributes.tags', ['old'], ['old', 'gold'], true],
  ]);
  const cleaned = await cleanUp(prepared);
  expect(cleaned.cannotUndo).toEqual([]);
  expect(cleaned.restored).toHaveLength(4);
  const after = await braze.read('u');
  expect(after).toMatchObject({ first_name: 'Grace' });
  expect(attributesOf(after)).toEqual({ tags: ['old'] });
  expect((await cleanUp(prepared)).restored).toEqual([]);
});

test('values that the profile holds already prove nothing', async () => {
  await start();
  await braze.track({ attributes: [{ external_id: 'u', first_name: 'Ada', plan: 'gold', tags: ['gold'] }] });
  await braze.read('u');
  expect(await codeOf(prepare(LEAD, { id: 'u', name: 'Ada', plan: 'gold' }))).toBe('TEST_NEEDS_NONCE');
  const sent = braze.sandbox.workspace.statistics.objects.attributes;
  expect(sent).toBe(1);
  await expect(prepare(LEAD, { id: 'u', name: 'Ada', plan: 'silver' })).resolves.toBeDefined();
});

test('events and purchases have to be counted exactly once each', async () => {
  await start();
  await braze.track({ events: [{ external_id: 'u', name: 'Lead Form', time: '2026-01-01' }] });
  await braze.read('u');
  const { prepared, seen, passed } = await run(EVENT, { id: 'u', plan: 'gold' });
  expect(passed).toBe(true);
  expect(prepared.isIdempotent).toBe(false);
  expect(prepared.proof.notCompared).toEqual([expect.stringContaining('properties of events.Lead Form')]);
  expect(seen.seen).toEqual([
    { name: 'events.Lead Form', before: 1, expected: 3, after: 3, arrived: true },
    { name: 'purchases.p1', before: 0, expected: 1, after: 1, arrived: true },
  ]);
  expect((await cleanUp(prepared)).cannotUndo).toEqual([
    'events.Lead Form stays counted',
    'purchases.p1 stays counted',
  ]);
});

test('one event more than was sent fails the test', async () => {
  await start();
  const prepared = await prepare(EVENT, { id: 'u', plan: 'gold' });
  const sent = await inActivity(() => activities().sendExternalApiTest(prepared));
  await braze.track({ events: [{ external_id: 'u', name: 'Lead Form', time: '2026-01-01' }] });
  await braze.read('u');
  const seen = await inActivity(() => activities().awaitExternalApiTest(prepared));
  expect(judgeApiTest({ ...prepared, sent, seen })).toMatchObject({
    passed: false,
    problem: { code: 'EXTERNAL_API_TEST_FAILED', message: expect.stringContaining('events.Lead Form') },
  });
});

test('an answer without an effect does not pass', async () => {
  await start();
  const onlyKnown = {
    ...LEAD,
    name: 'only-known',
    payload: { attributes: [{ ...LEAD.payload.attributes[0], _update_existing_only: true }] },
  };
  const { sent, passed, reason } = await run(onlyKnown, { id: 'stranger', plan: 'gold' });
  expect(sent.outcome).toBe('accepted');
  expect([passed, reason]).toEqual([false, expect.stringContaining('has no such profile')]);
});

test('what Braze refuses is told in its words', async () => {
  await start();
  const mail = {
    name: 'mail',
    channel: 'email',
    payload: { attributes: [{ external_id: '{{ id }}', email_subscribe: '{{ state }}' }] },
    parameters: { id: {}, state: {} },
  };
  const prepared = await prepare(mail, { id: 'u', state: 'maybe' });
  const sent = await inActivity(() => activities().sendExternalApiTest(prepared));
  expect(sent.outcome).toBe('refused');
  expect(sent.reason).toContain('email_subscribe');
  const { passed, problem } = judgeApiTest({
    ...prepared,
    sent,
    seen: { profileFound: false, seen: [], waitedSeconds: 0 },
  });
  expect([passed, problem?.code]).toEqual([false, 'EXTERNAL_API_TEST_FAILED']);
});

test('one object goes to the synchronous endpoint where there is one', async () => {
  await start({ trackSync: 'on' });
  const { sent, passed } = await run(LEAD, { id: 'u', plan: 'gold' });
  expect([sent.path, passed]).toEqual(['/users/track/sync', true]);
  expect(JSON.stringify(sent.answer?.body)).toContain('gold');
});

test('the person is found by whatever identifier the payload uses', async () => {
  await start();
  await braze.call(
    'POST',
    '/_sandbox/profiles',
    JSON.stringify({
      external_id: 'u',
      email: 'ada@example.com',
      user_aliases: [{ alias_name: 'a', alias_label: 'crm' }],
    }),
  );
  const by = (name: string, identifier: object) => ({
    name,
    channel: 'profile',
    payload: { attributes: [{ ...identifier, plan: '{{ plan }}' }] },
    parameters: { id: {}, plan: {} },
  });
  const alias = { user_alias: { alias_name: '{{ id }}', alias_label: 'crm' } };
  expect(await run(by('by-alias', alias), { id: 'a', plan: '1' })).toMatchObject({ passed: true });
  const mail = await run(by('by-mail', { email: '{{ id }}' }), { id: 'ada@example.com', plan: '2' });
  expect(mail).toMatchObject({ passed: true, seen: { seen: [{ before: '1', after: '2' }] } });
  await braze.track({ attributes: [{ external_id: 'other', email: 'ada@example.com' }] });
  await braze.read('other');
  const ambiguous = prepare(by('by-mail', { email: '{{ id }}' }), { id: 'ada@example.com', plan: '3' });
  expect(await codeOf(ambiguous)).toBe('TEST_PROFILE_AMBIGUOUS');
});

test('the person is found by a telephone number, and by the id that Braze gave', async () => {
  await start();
  const person = { external_id: 'u', phone: '+491701234567', braze_id: 'b-1' };
  await braze.call('POST', '/_sandbox/profiles', JSON.stringify(person));
  const by = (name: string, field: string, array: 'attributes' | 'events') => ({
    name,
    channel: 'profile',
    payload: {
      [array]: [
        array === 'attributes'
          ? { [field]: '{{ id }}', plan: '{{ plan }}' }
          : { [field]: '{{ id }}', name: 'Lead {{ plan }}', time: '2026-01-01T00:00:00Z' },
      ],
    },
    parameters: { id: {}, plan: {} },
  });
  const found = await braze.read('u');
  const brazeId = String(found?.['braze_id']);
  for (const array of ['attributes', 'events'] as const) {
    const phone = await run(by(`phone-${array}`, 'phone', array), { id: '+491701234567', plan: `p${array}` });
    expect(phone).toMatchObject({ passed: true, prepared: { identifier: { phone: '+491701234567' } } });
    const id = await run(by(`braze-id-${array}`, 'braze_id', array), { id: brazeId, plan: `b${array}` });
    expect(id).toMatchObject({ passed: true, prepared: { identifier: { braze_id: brazeId } } });
    await cleanUp(phone.prepared);
  }
});

test('an event that was seen before has to be counted once more, no more and no less', async () => {
  await start();
  const one = {
    name: 'one-event',
    channel: 'profile',
    payload: { events: [{ external_id: '{{ id }}', name: 'Seen', time: '2026-01-01T00:00:00Z' }] },
    parameters: { id: {} },
  };
  for (const before of [0, 1, 2]) {
    const { passed, seen } = await run(one, { id: 'u' });
    expect([passed, seen.seen]).toEqual([
      true,
      [{ name: 'events.Seen', expected: before + 1, before, after: before + 1, arrived: true }],
    ]);
  }
});

test('a clean-up of a call that Braze has yet to apply waits for it', async () => {
  await start();
  await braze.track({ attributes: [{ external_id: 'u', plan: 'silver' }] });
  await braze.read('u');
  await braze.call('POST', '/_sandbox/settings', { applyLagMs: 1_500 });
  const prepared = await prepare(LEAD, { id: 'u', plan: 'gold' });
  await inActivity(() => activities().sendExternalApiTest(prepared));
  // As after a cancel: nobody has waited.
  const cleaned = await cleanUp(prepared, true);
  expect(cleaned.cannotUndo).toEqual([]);
  expect(cleaned.restored.sort()).toEqual(['attributes.plan', 'attributes.tags']);
  const after = await braze.read('u');
  expect(attributesOf(after)).toEqual({ plan: 'silver' });
  // Of a call that has never come there is nothing to put back.
  const unsent = await prepare(LEAD, { id: 'u', plan: 'bronze' });
  expect(await cleanUp(unsent, true)).toEqual({ restored: [], cannotUndo: [] });
});

test('values that Braze does not take back are told as such, and why', async () => {
  await start();
  const { prepared } = await run(LEAD, { id: 'u', plan: 'gold' });
  const rule = { path: '/users/track', match: { every: 1 }, fault: { kind: 'status', status: 413 } };
  expect((await braze.call('POST', '/_sandbox/faults', { faults: [rule] })).status).toBe(200);
  expect((await cleanUp(prepared)).cannotUndo).toContain(
    'attributes.plan could not be put back: Braze answered 413',
  );
});

test('what nobody can read back needs somebody who accepts that', async () => {
  await start({ canvases: ['c-1'] });
  const canvas = {
    name: 'canvas',
    channel: 'email',
    endpoint: 'canvas.trigger.send',
    payload: { canvas_id: 'c-1', recipients: [{ external_user_id: '{{ id }}' }] },
    parameters: { id: {} },
  };
  expect(await codeOf(prepare(canvas, { id: 'u' }))).toBe('ACCEPT_ANSWER_ONLY');
  const prepared = await prepare(canvas, { id: 'u' }, { acceptAnswerOnly: { by: 'Ada' } });
  const sent = await inActivity(() => activities().sendExternalApiTest(prepared));
  expect(sent).toMatchObject({ path: '/canvas/trigger/send', outcome: 'accepted' });
  const seen = { profileFound: false, seen: [], waitedSeconds: 0 };
  expect(judgeApiTest({ ...prepared, sent, seen })).toMatchObject({
    passed: true,
    summary: expect.stringContaining('by the answer of Braze alone'),
  });
});

test('secrets leave only in the request', async () => {
  await start();
  const api = {
    name: 'with-secret',
    channel: 'profile',
    payload: { attributes: [{ external_id: '{{ id }}', plan: '{{ plan }}', partner_key: '{{ key }}' }] },
    parameters: { id: {}, plan: {}, key: { secret: 'env:CALL' } },
  };
  const { prepared, sent, passed } = await run(api, { id: 'u', plan: 'gold' });
  expect(passed).toBe(true);
  expect(JSON.stringify([prepared, sent])).not.toContain(SECRET);
  expect(attributesOf(await braze.read('u'))['partner_key']).toBe(SECRET);
  expect((await cleanUp(prepared)).cannotUndo).toContainEqual(expect.stringContaining('partner_key'));
});

test('values of another form are refused before anything is sent', async () => {
  await start();
  expect(await codeOf(prepare(LEAD, { plan: 'gold' }))).toBe('PARAMETER_MISSING');
  expect(await codeOf(prepare(LEAD, { id: 5 }))).toBe('PARAMETER_INVALID');
  expect(await codeOf(prepare('nothing', {}))).toBe('EXTERNAL_API_UNKNOWN');
  expect(braze.sandbox.workspace.statistics.objects.attributes).toBe(0);
});

test('a key that Braze does not accept fails the test', async () => {
  await start();
  const prepared = await prepare(LEAD, { id: 'u', plan: 'gold' });
  await braze.call('POST', '/_sandbox/settings', { keys: { remove: [TEST_KEY] } });
  const sent = await inActivity(() => activities().sendExternalApiTest(prepared));
  const seen = { profileFound: false, seen: [], waitedSeconds: 0 };
  expect(judgeApiTest({ ...prepared, sent, seen }).problem?.code).toBe('BRAZE_KEY_REJECTED');
  expect(JSON.stringify(sent)).not.toContain(TEST_KEY);
});
