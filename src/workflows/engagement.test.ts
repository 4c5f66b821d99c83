import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { Engagements } from '../client/engagements';
import { type EngagementStatus } from '../contract/engagement';
import { engagementWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { ENGAGEMENT } from '../../test/workflows/samples';
import { eventually, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;
type Entity = WorkflowHandle<() => Promise<EngagementStatus | null>>;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

let started = 0;

/** Each test has an engagement of its own name, and so an entity of its own. */
async function entity(change: Partial<EngagementStatus> = {}): Promise<Entity> {
  const name = `engagement-${(started += 1)}`;
  world.engagement = { ...ENGAGEMENT, name, ...change };
  const handle = await bed.client.workflow.start<() => Promise<EngagementStatus | null>>(
    WORKFLOW_TYPES.engagement,
    {
      workflowId: engagementWorkflowId('shop', name),
      taskQueue: TASK_QUEUE,
      args: [{ integration: 'shop', name }] as never,
    },
  );
  bed.adopt(handle);
  await eventually(async () => (await handle.query('status')) !== null);
  return handle;
}

function update(handle: Entity, name: string, request: unknown): Promise<EngagementStatus> {
  return handle.executeUpdate<EngagementStatus, [unknown]>(name, { args: [request] });
}

async function refusalOf(asked: Promise<unknown>): Promise<unknown> {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error('was not refused');
  return error.cause;
}

test('from draft to stopped, every change by the checked transaction, and the entity ends', async () => {
  const handle = await entity();
  expect(await update(handle, 'activate', { by: 'Ada', revision: 1 })).toMatchObject({ state: 'active' });
  expect(await update(handle, 'pause', { by: 'Grace' })).toMatchObject({ state: 'paused' });
  expect(await update(handle, 'resume', { by: 'Ada' })).toMatchObject({ state: 'active' });
  await update(handle, 'upgrade', { by: 'Ada', version: 3 });
  await update(handle, 'stop', { by: 'Ada' });
  const { state, changes } = (await handle.result()) ?? {};
  expect(state).toBe('stopped');
  expect(changes?.map(({ change, by }) => [change, by])).toEqual([
    ['activate', 'Ada'],
    ['pause', 'Grace'],
    ['resume', 'Ada'],
    ['upgrade', 'Ada'],
    ['stop', 'Ada'],
  ]);
  expect(world.changeEngagement.calls.map(({ change, request }) => [change, request])).toEqual([
    ['activate', { by: 'Ada', revision: 1 }],
    ['pause', { by: 'Grace' }],
    ['resume', { by: 'Ada' }],
    ['upgrade', { by: 'Ada', version: 3 }],
    ['stop', { by: 'Ada' }],
  ]);
  expect(new Set(world.changeEngagement.calls.map(({ token }) => token)).size).toBe(5);
});

test.each<[string, string, unknown, string]>([
  ['nobody', 'pause', {}, 'by'],
  ['a stranger field', 'activate', { by: 'Ada', force: true }, 'force'],
  ['a version of none', 'upgrade', { by: 'Ada', version: 0 }, 'version'],
  ['an upgrade to nothing', 'upgrade', { by: 'Ada' }, 'segmentVersion'],
  ['no object', 'stop', 'now', 'by'],
])('%s is refused by name before anything is asked', async (_what, name, request, field) => {
  const handle = await entity();
  expect(await refusalOf(update(handle, name, request))).toMatchObject({
    type: 'INPUT_INVALID',
    message: expect.stringContaining(field),
  });
  expect(world.changeEngagement.calls).toEqual([]);
});

test('what the state does not allow is refused with what can be done', async () => {
  const handle = await entity({ state: 'active' });
  await update(handle, 'pause', { by: 'Ada' });
  expect(await refusalOf(update(handle, 'pause', { by: 'Ada' }))).toMatchObject({
    type: 'ENGAGEMENT_STATE',
    message: expect.stringContaining('is paused, so it cannot be paused. Resume it'),
  });
  expect(world.changeEngagement.calls).toHaveLength(1);
});

test('what the transaction refuses reaches whoever asked with its code, and the entity goes on', async () => {
  const handle = await entity();
  world.changeEngagement.answer = failing('EXTERNAL_API_UNTESTED', 'version 2 has not been tested');
  expect(await refusalOf(update(handle, 'activate', { by: 'Ada' }))).toMatchObject({
    type: 'EXTERNAL_API_UNTESTED',
    message: 'version 2 has not been tested',
  });
  expect(await handle.query<EngagementStatus>('status')).toMatchObject({ state: 'draft' });
});

test('an entity of an engagement that nobody saved says so and ends', async () => {
  const handle = await entity();
  world.engagement = undefined;
  expect(await refusalOf(update(handle, 'activate', { by: 'Ada' }))).toMatchObject({
    type: 'ENGAGEMENT_UNKNOWN',
  });
  expect(await handle.result()).toBeNull();
});

test('counts are looked at each minute while they change, ever more seldom while they do not', async () => {
  const handle = await entity({ state: 'active' });
  const counts = {
    stages: { captured: 9, unified: 9, entered: 2, sent: 2, accepted: 2, seen: 1 },
    refused: 0,
    unknown: 0,
    setAside: 0,
    noCall: {},
    latencyMs: { p50: 40, p99: 90, max: 120 },
  };
  world.readEngagement.answer = (_key, call) => {
    if (!world.engagement) return null;
    const stages = { ...counts.stages, captured: Math.min(call, 3) };
    return { ...world.engagement, counts: { ...counts, stages } };
  };
  await bed.letPass('65 minutes', handle.workflowId);
  // At 0, 1, 2 with news, then 3, 5, 9, 17 and each quarter of an hour: 32, 47, 62.
  expect(world.readEngagement.calls.length).toBeGreaterThanOrEqual(9);
  expect(world.readEngagement.calls.length).toBeLessThanOrEqual(12);
  expect(await handle.query<EngagementStatus>('status')).toMatchObject({
    counts: { stages: { captured: 3, accepted: 2 } },
  });
});

const COUNTS: EngagementStatus['counts'] = {
  stages: { captured: 9, unified: 9, entered: 2, sent: 2, accepted: 2, seen: 1 },
  ...{ refused: 0, unknown: 0, setAside: 0, noCall: {} },
  latencyMs: { p50: 40, p99: 90, max: 120 },
};

test('what is counted outlives a change, and a stop is followed by the last count', async () => {
  world.readEngagement.answer = (_key, call) =>
    world.engagement
      ? { ...world.engagement, counts: { ...COUNTS, refused: call }, countedAt: `look ${call}` }
      : null;
  const handle = await entity({ state: 'active' });
  const paused = await update(handle, 'pause', { by: 'Ada' });
  expect(paused).toMatchObject({ state: 'paused', counts: { latencyMs: { p50: 40 } } });
  await update(handle, 'stop', { by: 'Ada' });
  const last = await handle.result();
  expect(last).toMatchObject({ state: 'stopped', countedAt: `look ${world.readEngagement.calls.length}` });
  expect(await handle.query<EngagementStatus>('status')).toEqual(last);
});

test('whoever asks for it has the counts read anew, also of an engagement that has been stopped', async () => {
  const handle = await entity({ state: 'active' });
  const looks = world.readEngagement.calls.length;
  world.readEngagement.answer = () => (world.engagement ? { ...world.engagement, counts: COUNTS } : null);
  expect(await update(handle, 'refresh', {})).toMatchObject({ state: 'active', counts: COUNTS });
  expect(world.readEngagement.calls.length).toBeGreaterThan(looks);
  await update(handle, 'stop', { by: 'Ada' });
  await handle.result();
  const name = world.engagement?.name ?? '';
  const refreshed = await new Engagements(bed.client).refresh({ integration: 'shop', name });
  expect(refreshed).toMatchObject({ state: 'stopped', counts: COUNTS });
});

test('a database that is away ends nothing', async () => {
  const handle = await entity({ state: 'active' });
  world.readEngagement.answer = failing('TEMPORAL_UNAVAILABLE');
  await bed.letPass('3 minutes', handle.workflowId);
  world.readEngagement.answer = () => world.engagement ?? null;
  await bed.letPass('20 minutes', handle.workflowId);
  expect(await handle.query<EngagementStatus>('status')).toMatchObject({ state: 'active' });
});
