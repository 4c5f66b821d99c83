import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database';
import { type CheckedEngagement } from '../../contract/engagement';
import { type ChangeEngagementCall } from '../../contract/engagement-calls';
import { type Outcome, success } from '../../contract/errors';
import { type ExternalApiDefinition, type Verdict } from '../../contract/external-api';
import { type ControlEntry } from '../../contract/stream';
import { type JsonObject } from '../../domain/stream/vocabulary';
import { createEngagementRegistry } from './engagement-registry';
import { createRegistry, type Registry } from './registry';

const [KEY, ROTATED] = ['0123456789abcdef', 'fedcba9876543210'];
const INTEGRATION = 'shop';

let own: TestDatabase;
let registry: Registry;
let engagements: ReturnType<typeof createEngagementRegistry>;
let keyInUse: string;

beforeAll(async () => {
  own = await createTestDatabase({ maxConnections: 10 });
  registry = createRegistry(own.database);
  engagements = createEngagementRegistry({
    database: own.database,
    keyFingerprint: () => Promise.resolve(success(keyInUse)),
    shards: 2,
    now: Date.now,
  });
});
beforeEach(() => (keyInUse = KEY));
afterAll(() => own.close());

async function valueOf<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (!settled.ok) throw new Error(`${settled.fault.code} ${settled.fault.message}`);
  return settled.value;
}

async function codeOf(outcome: Promise<Outcome<unknown>>): Promise<string> {
  const settled = await outcome;
  return settled.ok ? 'done' : settled.fault.code;
}

const definition = (name: string, channel = 'profile'): ExternalApiDefinition => ({
  name,
  channel,
  endpoint: 'users.track',
  payload: { attributes: [{ external_id: '{{id}}' }] },
  parameters: { id: { type: 'string', required: true, perEngagement: false } },
});

const draftOf = (name: string, more: Partial<CheckedEngagement> = {}): CheckedEngagement => ({
  integration: INTEGRATION,
  name,
  segment: { name: `${name}-people`, condition: { field: 'traits.plan', equals: 'gold' } },
  action: { externalApi: definition(`${name}-api`), parameters: { id: { userField: 'externalId' } } },
  frequency: 'once',
  includeCurrent: false,
  onResume: 'skip',
  activatedBy: 'Ada',
  ...more,
});

function judge(name: string, passed: boolean, more: Partial<Verdict> = {}): Promise<void> {
  return valueOf(
    registry.recordVerdict({
      ...{ externalApi: `${name}-api`, version: 1, integration: INTEGRATION, keyFingerprint: KEY, passed },
      ...{ proof: 'readBack', testedAt: new Date().toISOString() },
      ...(passed ? {} : { reason: 'the profile stayed as it was' }),
      ...more,
    }),
  );
}

let asked = 0;
function change(
  name: string,
  what: ChangeEngagementCall['change'],
  request: Partial<ChangeEngagementCall['request']> = {},
  token = `token-${(asked += 1)}`,
) {
  return engagements.change({
    ...{ integration: INTEGRATION, name, change: what, token },
    request: { by: 'Ada', ...request },
  });
}

async function activated(name: string): Promise<void> {
  await valueOf(engagements.save({ engagement: draftOf(name) }));
  await judge(name, true);
  await valueOf(change(name, 'activate'));
}

async function controlsOf(name: string) {
  return valueOf(
    own.database.run((queries) =>
      queries.query<{ shard: number; entry: ControlEntry }>(
        `SELECT shard, entry FROM brazier.event_log
         WHERE kind = 'control' AND integration = $1 AND entry->>'engagement' = $2 ORDER BY shard, seq`,
        [INTEGRATION, name],
      ),
    ),
  );
}

test('a draft has every version fixed; the same again is the same draft, another one raises the revision', async () => {
  const first = await valueOf(engagements.save({ engagement: draftOf('drafted') }));
  expect(first).toMatchObject({
    revision: 1,
    segment: { name: 'drafted-people', version: 1 },
    actions: [{ role: 'entry', externalApi: 'drafted-api', version: 1, verdict: 'none' }],
  });
  expect(await valueOf(engagements.save({ engagement: draftOf('drafted') }))).toEqual(first);
  const other = draftOf('drafted', { goal: 'more orders' });
  expect((await valueOf(engagements.save({ engagement: other }))).revision).toBe(2);
  await judge('drafted', true);
  expect(await codeOf(change('drafted', 'activate', { revision: 1 }))).toBe('ENGAGEMENT_STATE');
  expect(await valueOf(change('drafted', 'activate', { revision: 2 }))).toMatchObject({
    state: 'active',
    revision: 3,
    goal: 'more orders',
    onUnknown: 'resend',
    changes: [{ change: 'activate', by: 'Ada', revision: 3 }],
  });
});

test.each<[string, JsonObject, 'hold' | 'resend']>([
  ['events', { events: [{ external_id: '{{id}}', name: 'Seen' }] }, 'hold'],
  ['attributes that are counted up', { attributes: [{ external_id: '{{id}}', visits: { inc: 1 } }] }, 'hold'],
  ['attributes that are set', { attributes: [{ external_id: '{{id}}', seen: true }] }, 'resend'],
])('for %s, what becomes of an unknown outcome is decided by default', async (what, payload, onUnknown) => {
  const name = what.replaceAll(' ', '-');
  const api: ExternalApiDefinition = { ...definition(`${name}-api`), payload };
  const action = { externalApi: api, parameters: { id: { userField: 'externalId' } } };
  await valueOf(engagements.save({ engagement: draftOf(name, { action }) }));
  const status = await valueOf(engagements.read({ integration: INTEGRATION, name }));
  expect(status).toMatchObject({ state: 'draft', onUnknown });
});

test.each([
  ['set', { seen: true }, 'resend'],
  ['counted up', { visits: { inc: 1 } }, 'hold'],
])('after an upgrade to attributes that are %s, that is decided anew', async (what, values, onUnknown) => {
  const name = `moved-to-${what.replaceAll(' ', '-')}`;
  await activated(name);
  const api = definition(`${name}-api`);
  await valueOf(
    registry.saveExternalApi({ ...api, payload: { attributes: [{ external_id: '{{id}}', ...values }] } }),
  );
  await judge(name, true, { version: 2 });
  expect(await valueOf(change(name, 'upgrade', { version: 2 }))).toMatchObject({ onUnknown });
});

test('who has chosen to send again what may be had twice keeps that over an upgrade', async () => {
  const api = (event: string): ExternalApiDefinition => ({
    ...definition('chosen-api'),
    payload: { events: [{ external_id: '{{id}}', name: event }] },
  });
  const action = { externalApi: api('Seen'), parameters: { id: { userField: 'externalId' } } };
  await valueOf(engagements.save({ engagement: draftOf('chosen', { action, onUnknown: 'resend' }) }));
  await judge('chosen', true);
  await valueOf(change('chosen', 'activate'));
  await valueOf(registry.saveExternalApi(api('Looked')));
  await judge('chosen', true, { version: 2 });
  expect(await valueOf(change('chosen', 'upgrade', { version: 2 }))).toMatchObject({ onUnknown: 'resend' });
});

test.each<[string, (name: string) => Promise<unknown>, string]>([
  ['has no verdict', () => Promise.resolve(), 'EXTERNAL_API_UNTESTED'],
  [
    'passed on another integration',
    (name) => judge(name, true, { integration: 'other' }),
    'EXTERNAL_API_UNTESTED',
  ],
  [
    'passed with another key',
    (name) => judge(name, true, { keyFingerprint: ROTATED }),
    'EXTERNAL_API_UNTESTED',
  ],
  ['failed', (name) => judge(name, false), 'EXTERNAL_API_FAILING'],
  [
    'failed again after it had passed',
    async (name) => {
      await judge(name, true);
      await judge(name, false);
    },
    'EXTERNAL_API_FAILING',
  ],
])('a draft whose External API %s stays a draft', async (what, prepare, code) => {
  const name = what.replaceAll(' ', '-');
  await valueOf(engagements.save({ engagement: draftOf(name) }));
  await prepare(name);
  expect(await codeOf(change(name, 'activate'))).toBe(code);
  expect(await valueOf(engagements.read({ integration: INTEGRATION, name }))).toMatchObject({
    state: 'draft',
    revision: 1,
    changes: [],
  });
  expect(await controlsOf(name)).toEqual([]);
  await judge(name, true);
  expect(await codeOf(change(name, 'activate'))).toBe('done');
});

test('an edit after the test is another version, and the engagement cannot move to it untested', async () => {
  await activated('edited');
  await valueOf(registry.saveExternalApi(definition('edited-api', 'email')));
  expect(await codeOf(change('edited', 'upgrade', { version: 2 }))).toBe('EXTERNAL_API_UNTESTED');
  await judge('edited', true, { version: 2 });
  keyInUse = ROTATED;
  expect(await codeOf(change('edited', 'upgrade', { version: 2 }))).toBe('EXTERNAL_API_UNTESTED');
  keyInUse = KEY;
  expect(await valueOf(change('edited', 'upgrade', { version: 2 }))).toMatchObject({
    state: 'active',
    action: { version: 2 },
  });
  expect(await codeOf(change('edited', 'upgrade', { version: 3 }))).toBe('EXTERNAL_API_UNKNOWN');
});

test('what has failed since, or was never tested with the present key, is not resumed', async () => {
  await activated('doubted');
  expect(await codeOf(change('doubted', 'pause'))).toBe('done');
  await judge('doubted', false);
  expect(await codeOf(change('doubted', 'resume'))).toBe('EXTERNAL_API_FAILING');
  keyInUse = ROTATED;
  expect(await codeOf(change('doubted', 'resume'))).toBe('EXTERNAL_API_UNTESTED');
  keyInUse = KEY;
  expect(await valueOf(engagements.read({ integration: INTEGRATION, name: 'doubted' }))).toMatchObject({
    state: 'paused',
  });
  await judge('doubted', true);
  expect(await codeOf(change('doubted', 'resume'))).toBe('done');
});

test('a version that needs what the engagement does not give is not moved to', async () => {
  await activated('mapped');
  const api = definition('mapped-api', 'email');
  const more = { ...api.parameters, plan: { type: 'string' as const, required: true, perEngagement: false } };
  await valueOf(registry.saveExternalApi({ ...api, parameters: more }));
  await judge('mapped', true, { version: 2 });
  const refused = await change('mapped', 'upgrade', { version: 2 });
  expect(refused).toMatchObject({
    fault: { code: 'INPUT_INVALID', message: expect.stringContaining('plan') },
  });
});

test('every change follows from the state before it, and each shard is told of each in order', async () => {
  await valueOf(engagements.save({ engagement: draftOf('told') }));
  await judge('told', true);
  for (const early of ['pause', 'resume', 'upgrade'] as const)
    expect(await codeOf(change('told', early))).toBe('ENGAGEMENT_STATE');
  const made = ['activate', 'pause', 'resume', 'stop'] as const;
  for (const each of made) expect(await codeOf(change('told', each))).toBe('done');
  for (const late of ['activate', 'pause', 'resume', 'stop', 'upgrade'] as const)
    expect(await codeOf(change('told', late))).toBe('ENGAGEMENT_STATE');
  expect(await codeOf(engagements.save({ engagement: draftOf('told', { goal: 'again' }) }))).toBe(
    'ENGAGEMENT_STATE',
  );
  const controls = await controlsOf('told');
  expect(controls.map(({ shard, entry }) => [shard, entry.change, entry.revision])).toEqual(
    [0, 1].flatMap((shard) => made.map((each, index) => [shard, each, index + 2])),
  );
  expect(controls.at(-1)?.entry.definition).toMatchObject({ state: 'stopped', name: 'told' });
});

test('asked at once by many, a change is made once; asked again with its token it answers the same', async () => {
  await valueOf(engagements.save({ engagement: draftOf('raced') }));
  await judge('raced', true);
  const same = Array.from({ length: 4 }, () => change('raced', 'activate', {}, 'the-same'));
  const others = Array.from({ length: 4 }, () => change('raced', 'activate'));
  const outcomes = await Promise.all([...same, ...others].map(codeOf));
  const done = outcomes.filter((outcome) => outcome === 'done').length;
  expect([1, 4]).toContain(done);
  expect(outcomes.filter((outcome) => outcome === 'ENGAGEMENT_STATE').length).toBe(8 - done);
  expect((await controlsOf('raced')).length).toBe(2);
});

test('a change is everywhere when the cursor of every shard has passed it', async () => {
  await activated('awaited');
  const { revision } = (await valueOf(engagements.read({ integration: INTEGRATION, name: 'awaited' })))!;
  const place = { integration: INTEGRATION, name: 'awaited', revision };
  expect(await valueOf(engagements.shardsPassed(place))).toEqual({ shards: 2, passed: 0 });
  await valueOf(
    own.database.run((queries) =>
      queries.execute(
        `UPDATE brazier.shard s SET cursor = h.last_seq FROM brazier.shard_head h
         WHERE h.integration = s.integration AND h.layout = s.layout AND h.shard = s.shard AND s.shard = 1`,
      ),
    ),
  );
  expect(await valueOf(engagements.shardsPassed(place))).toEqual({ shards: 2, passed: 1 });
});

test('people are counted in pages, those who turned out to be others are not', async () => {
  const condition = { field: 'traits.plan', equals: 'gold' };
  const segment = await valueOf(registry.saveSegment({ integration: 'crowd', name: 'gold', condition }));
  await valueOf(
    own.database.transaction(async (queries) => {
      await queries.execute(
        `INSERT INTO brazier.profile (integration, bucket, merged_into)
         SELECT 'crowd', 0, CASE WHEN n = 1 THEN 2 END FROM generate_series(1, 2500) AS n`,
      );
      await queries.execute(
        `INSERT INTO brazier.profile_state (profile_id, integration, bucket, state)
         SELECT id, integration, bucket, jsonb_build_object('profileId', id::text,
           'identifiers', '{"emails":[],"phones":[],"anonymousIds":[]}'::jsonb, 'firstSeenAt', 0, 'events', '{}'::jsonb,
           'memberships', '{}'::jsonb,
           'traits', jsonb_build_object('plan', CASE WHEN id % 2 = 0 THEN 'gold' ELSE 'tin' END))
         FROM brazier.profile WHERE integration = 'crowd'`,
      );
    }),
  );
  expect(await valueOf(engagements.countSegment(segment))).toEqual({ people: 2499, inside: 1250 });
});

test('what is not there is refused by its code', async () => {
  expect(await codeOf(change('nothing', 'pause'))).toBe('ENGAGEMENT_UNKNOWN');
  expect(await valueOf(engagements.read({ integration: INTEGRATION, name: 'nothing' }))).toBeUndefined();
  const unsaved = draftOf('lost', { segment: 'nobody' });
  expect(await codeOf(engagements.save({ engagement: unsaved }))).toBe('SEGMENT_UNKNOWN');
  expect(await codeOf(registry.externalApiVersion('lost-api'))).toBe('EXTERNAL_API_UNKNOWN');
});
