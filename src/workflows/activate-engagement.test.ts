import { randomUUID } from 'node:crypto';
import {
  type ActivateEngagementInput,
  type ActivateEngagementResult,
  type ActivationStage,
} from '../contract/engagement';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { ENGAGEMENT } from '../../test/workflows/samples';
import { failureOf, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

const INPUT: ActivateEngagementInput = {
  integration: 'shop',
  name: 'third-purchase',
  segment: 'bought-three-times',
  action: { externalApi: 'loyalty-tier', parameters: { user: { userField: 'externalId' } } },
  activatedBy: 'Ada',
};

function start(input: unknown) {
  return bed.client.workflow.start<(input: unknown) => Promise<ActivateEngagementResult>>(
    WORKFLOW_TYPES.activateEngagement,
    { workflowId: `any/${randomUUID()}`, taskQueue: TASK_QUEUE, args: [input] },
  );
}

async function refusal(input: unknown) {
  const run = await start(input);
  const failure = await failureOf(run.result());
  return { failure, stages: await run.query<ActivationStage[]>('status') };
}

const saved = (verdict: 'none' | 'failed', reason?: string) => () => {
  const { integration, name, segment, action, revision } = ENGAGEMENT;
  const actions = [{ role: 'entry' as const, ...action, verdict, reason }];
  return { integration, name, segment, revision, actions };
};

test('a version that passed its test here is activated without another, and every stage is told', async () => {
  const run = await start(INPUT);
  expect(await run.result()).toEqual({
    integration: 'shop',
    engagement: 'third-purchase',
    state: 'active',
    externalApi: { name: 'loyalty-tier', version: 2 },
    segment: { name: 'bought-three-times', version: 1, people: 10, inside: 3 },
    proofs: [{ externalApi: 'loyalty-tier', version: 2, proof: 'readBack', tested: 'before' }],
    summary:
      '"third-purchase" is active everywhere: segment bought-three-times v1 → loyalty-tier v2. 3 of 10 people are in the segment now.',
  });
  expect(world.saveEngagement.calls).toEqual([
    { engagement: { ...INPUT, frequency: 'once', includeCurrent: false, onResume: 'skip' } },
  ]);
  expect(world.ensureStream.calls).toEqual([{ integration: 'shop' }]);
  expect(world.activateEntity.calls).toMatchObject([{ by: 'Ada', revision: 1 }]);
  expect((await run.query<ActivationStage[]>('status')).map(({ stage, state }) => [stage, state])).toEqual([
    ['check', 'done'],
    ['save', 'done'],
    ['test', 'skipped'],
    ['activate', 'done'],
    ['everywhere', 'done'],
  ]);
});

test('a version without a verdict and without test values is refused, and says what to do', async () => {
  world.saveEngagement.answer = saved('none');
  const { failure, stages } = await refusal(INPUT);
  expect(failure).toMatchObject({
    type: 'EXTERNAL_API_UNTESTED',
    message: expect.stringMatching(/"loyalty-tier" version 2 .*"shop".*brazier external-api test/),
  });
  expect(stages[2]).toMatchObject({ stage: 'test', state: 'failed' });
  expect(world.activateEntity.calls).toEqual([]);
  expect(world.sendStreamMail.calls).toMatchObject([
    {
      ...{ what: 'activation', integration: 'shop', stage: 'test' },
      error: { code: 'EXTERNAL_API_UNTESTED', actor: 'person' },
    },
  ]);
});

test('a version whose latest test failed is refused with its reason', async () => {
  world.saveEngagement.answer = saved('failed', 'the value did not arrive.');
  const { failure } = await refusal(INPUT);
  expect(failure).toMatchObject({
    type: 'EXTERNAL_API_FAILING',
    message: expect.stringContaining(
      'failed its latest test on integration "shop": the value did not arrive. Give',
    ),
  });
  expect(world.activateEntity.calls).toEqual([]);
});

test('what the entity refuses is the refusal of the activation', async () => {
  world.activateEntity.answer = failing('ENGAGEMENT_STATE', 'it is active already');
  const { failure, stages } = await refusal(INPUT);
  expect(failure).toMatchObject({ type: 'ENGAGEMENT_STATE', message: 'it is active already' });
  expect(stages[3]).toMatchObject({ state: 'failed', sentence: 'it is active already' });
});

test('shards that have a backlog are waited for', async () => {
  world.shardsPassed.answer = (_change, call) => ({ shards: 4, passed: Math.min(4, call) });
  expect(await (await start(INPUT)).result()).toMatchObject({ state: 'active' });
  expect(world.shardsPassed.calls).toHaveLength(4);
});

test('shards that take too long are told, and follow by themselves', async () => {
  world.shardsPassed.answer = () => ({ shards: 4, passed: 3 });
  const run = await start(INPUT);
  expect((await run.result()).summary).toContain('is active for 3 of 4 shards so far');
  expect((await run.query<ActivationStage[]>('status'))[4]).toMatchObject({
    state: 'skipped',
    sentence: expect.stringContaining('3 of 4 shards'),
  });
});

test.each<[string, unknown, string, string]>([
  ['nothing', undefined, 'INPUT_INVALID', 'activateEngagement'],
  ['a misspelt field', { ...INPUT, frequencey: 'once' }, 'INPUT_INVALID', 'did you mean "frequency"'],
  [
    'an unknown field of a person',
    { ...INPUT, action: { ...INPUT.action, parameters: { user: { userField: 'plan' } } } },
    'INPUT_INVALID',
    'action.parameters.user.userField',
  ],
])('%s is refused by name, before anything is saved', async (_what, input, type, field) => {
  const { failure } = await refusal(input);
  expect(failure).toMatchObject({ type, message: expect.stringContaining(field) });
  expect(world.saveEngagement.calls).toEqual([]);
  // Nobody has checked what it calls itself.
  expect(world.sendStreamMail.calls).toMatchObject([{ integration: '', name: '', stage: 'check' }]);
});

test('an engagement whose people could not be counted is active all the same, and nobody is told that it failed', async () => {
  world.countSegment.answer = failing('SEGMENT_UNKNOWN', 'there is none');
  const run = await start(INPUT);
  const { state, segment, summary } = await run.result();
  expect({ state, segment }).toEqual({
    state: 'active',
    segment: { name: 'bought-three-times', version: 1 },
  });
  expect(summary).toContain('How many people are in the segment could not be counted.');
});
