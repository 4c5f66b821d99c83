import { PassThrough } from 'node:stream';
import { createTestDatabase, type TestDatabase } from '../../test/postgres/database';
import { insertDraft } from '../adapters/postgres/engagement-rows';
import { createRegistry } from '../adapters/postgres/registry';
import { type EngagementPreview } from '../contract/engagement-preview';
import { emptyState } from '../domain/stream/profile-state';
import { runCli } from './program';

const AT = Date.parse('2026-11-01T10:00:00Z');
const DEFINITION = {
  name: 'welcome',
  channel: 'profile',
  endpoint: 'users.track' as const,
  payload: {
    attributes: [{ external_id: '{{user}}', tier: '{{tier}}', amount: '{{amount}}', token: '{{token}}' }],
  },
  parameters: {
    user: { type: 'string' as const, required: true, perEngagement: false },
    tier: { type: 'string' as const, required: true, perEngagement: true },
    amount: { type: 'number' as const, required: true, perEngagement: false },
    token: { type: 'string' as const, required: true, perEngagement: false, secret: 'env:TOKEN' as const },
  },
};
const PARAMETERS = {
  user: { userField: 'externalId' },
  tier: { constant: 'regular' },
  amount: { eventField: 'properties.amount', format: { decimals: 1 } },
};
const CONDITION = { event: 'Purchase', atLeast: 3 };
const FILE = {
  integration: 'shop',
  name: 'unsaved',
  segment: { name: 'third', condition: CONDITION },
  action: { externalApi: { ...DEFINITION, name: 'unsaved-api' }, parameters: PARAMETERS },
  activatedBy: 'Ada',
};

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
  expect((await createRegistry(own.database).saveExternalApi(DEFINITION)).ok).toBe(true);
  const state = {
    ...emptyState('7', AT),
    identifiers: { externalId: 'ann', emails: ['ann@example.com'], phones: [], anonymousIds: [] },
    events: { Purchase: { count: 2, firstAt: AT, lastAt: AT, recent: [AT, AT], last: { amount: 20.04 } } },
  };
  const written = await own.database.transaction(async (queries) => {
    await insertDraft(queries, {
      ...{ integration: 'shop', name: 'third', state: 'draft', frequency: 'once', includeCurrent: false },
      segment: { name: 'third', version: 1, condition: CONDITION },
      action: { externalApi: 'welcome', version: 1, parameters: PARAMETERS },
      ...{ onUnknown: 'resend', onResume: 'skip' },
    });
    await queries.execute(`UPDATE brazier.engagement SET state = 'active'`);
    await queries.execute(
      `INSERT INTO brazier.profile (id, integration, bucket, external_id) OVERRIDING SYSTEM VALUE VALUES (7, 'shop', 1, 'ann')`,
    );
    await queries.execute(
      `INSERT INTO brazier.identity (integration, kind, value, profile_id)
       VALUES ('shop', 'externalId', 'ann', 7), ('shop', 'email', 'ann@example.com', 7)`,
    );
    await queries.execute(
      `INSERT INTO brazier.profile_state (profile_id, integration, bucket, state) VALUES (7, 'shop', 1, $1::json)`,
      [JSON.stringify(state)],
    );
  });
  expect(written.ok).toBe(true);
});
afterAll(() => own.close());

async function preview(args: string[], files: Record<string, unknown> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(['engagement', 'preview', ...args], {
    env: { BRAZIER_DATABASE_URL: 'env:DB', DB: own.url },
    stderr: new PassThrough(),
    print: (line) => out.push(line),
    tell: (line) => err.push(line),
    read: (path) => Promise.resolve(JSON.stringify(files[path])),
    connect: () => Promise.reject(new Error('no Temporal is needed')),
    onInterrupt: () => () => undefined,
    pollMs: 50,
  });
  return { code, out, err: err.join('\n') };
}

async function previewed(args: string[], files?: Record<string, unknown>): Promise<EngagementPreview> {
  const { code, out, err } = await preview([...args, '--json'], files);
  if (code !== 0) throw new Error(err);
  return JSON.parse(out[0] ?? '') as EngagementPreview;
}

const SAVED = ['shop', 'third', '--email', 'Ann@Example.com'];

test('an event that has not happened yet: the entry, its call, the secret hidden', async () => {
  const event = { name: 'Purchase', properties: { amount: 30.06 } };
  const seen = await previewed([...SAVED, '--event-file', 'event.json'], { 'event.json': event });
  expect(seen).toMatchObject({
    ...{ engagement: 'third', state: 'active', profileId: '7' },
    segment: { name: 'third', version: 1, fits: true },
    membership: { inside: true, entries: 1, sent: 1 },
    outcome: { calls: ['entry'] },
  });
  expect(seen.calls).toEqual([
    {
      ...{ role: 'entry', externalApi: 'welcome', version: 1 },
      values: { user: 'ann', tier: 'regular', amount: 30.1 },
      request: {
        ...{ method: 'POST', path: '/users/track' },
        body: { attributes: [{ external_id: 'ann', tier: 'regular', amount: 30.1, token: '[secret]' }] },
      },
    },
  ]);
});

test('a call that could not be made does not count as sent', async () => {
  const seen = await previewed([...SAVED, '--event-file', 'event.json'], {
    'event.json': { name: 'Purchase' },
  });
  expect(seen).toMatchObject({
    membership: { inside: true, entries: 1, sent: 0 },
    calls: [{ refusal: { code: 'PARAMETER_MISSING' } }],
  });
});

test('the last event of a name fills the event fields, and does not happen again', async () => {
  const seen = await previewed([...SAVED, '--event', 'Purchase']);
  expect(seen).toMatchObject({
    event: { name: 'Purchase', at: '2026-11-01T10:00:00.000Z' },
    segment: { fits: false },
    outcome: { calls: [], noCall: 'notInSegment' },
  });
  expect(seen.calls[0]?.values).toMatchObject({ amount: 20 });
});

test('without an event, a value that only an event has is missing, and the call would be refused', async () => {
  const { code, out } = await preview(SAVED);
  expect(code).toBe(0);
  const text = out.join('\n');
  expect(text).toMatch(/It would be refused \(PARAMETER_MISSING\): .*amount/);
  expect(text).toMatch(/what happens\s+no call: the person is not in the segment/);
});

test('a file need not be saved, and is not', async () => {
  const files = { 'x.json': FILE, 'event.json': { name: 'Purchase', properties: { amount: 1 } } };
  const args = ['--file', 'x.json', '--external-id', 'ann', '--event-file', 'event.json'];
  const seen = await previewed(args, files);
  expect(seen).toMatchObject({ state: 'draft', segment: { fits: true }, outcome: { calls: ['entry'] } });
  expect(seen.segment).not.toHaveProperty('version');
  expect(await preview(['shop', 'unsaved', '--external-id', 'ann'])).toMatchObject({
    err: expect.stringContaining('no engagement "unsaved"'),
  });
  const wrong = {
    ...FILE,
    action: { ...FILE.action, parameters: { ...PARAMETERS, amont: { constant: 1 } } },
  };
  const refused = await preview(['--file', 'x.json', '--external-id', 'ann'], { 'x.json': wrong });
  expect(refused.err).toContain('did you mean "amount"?');
});

test.each([
  [['shop', 'third', '--external-id', 'bob'], undefined, 'Nobody of "shop" has this externalId'],
  [[...SAVED, '--event', 'Login'], undefined, 'no event "Login"'],
  [
    [...SAVED, '--event-file', 'e'],
    { e: { name: 'Purchase', time: 'noon' } },
    'The event cannot be taken: time',
  ],
  [[...SAVED, '--event-file', 'e'], { e: [] }, 'one JSON object'],
  [[...SAVED, '--event-file', 'e', '--event', 'x'], { e: {} }, 'not both'],
  [['shop', 'third'], undefined, 'name one of --external-id'],
  [['shop', '--external-id', 'ann'], undefined, 'name an integration and an engagement'],
])('%j is refused', async (args, files, sentence) => {
  const { code, err } = await preview(args, files);
  expect(code).not.toBe(0);
  expect(err).toContain(sentence);
});
