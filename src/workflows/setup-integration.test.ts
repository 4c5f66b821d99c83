import { type SetupIntegrationInput, type SetupIntegrationResult } from '../contract/integration';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { type FakeWorld } from '../../test/workflows/fake-world';
import { failureOf, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

const INPUT: SetupIntegrationInput = {
  name: 'shop',
  braze: { endpoint: 'https://rest.iad-01.braze.com', restKey: 'env:BRAZE_KEY' },
  exchange: { bucket: 'exchange', region: 'us-east-1' },
};

let started = 0;

function setUp(input: unknown): Promise<SetupIntegrationResult> {
  return bed.client.workflow.execute<(input: unknown) => Promise<SetupIntegrationResult>>(
    WORKFLOW_TYPES.setupIntegration,
    { workflowId: `setup-${(started += 1)}`, taskQueue: TASK_QUEUE, args: [input] },
  );
}

const PASSED = { step: 'REST key', status: 'pass', message: 'accepted' } as const;
const FAILED = {
  step: 'exchange bucket',
  status: 'fail',
  message: 'no such bucket',
  code: 'S3_BUCKET_NOT_FOUND',
} as const;

test('an integration whose probes all pass is configured with its defaults filled in', async () => {
  world.probeIntegration.answer = () => ({ steps: [PASSED], segmentIds: ['segment'] });
  const result = await setUp(INPUT);
  expect(result).toMatchObject({ integration: 'shop', ok: true, change: 'created' });
  expect(result.steps.map(({ step }) => step)).toEqual(['REST key', 'one integration per workspace']);
  expect(world.configureIntegration.calls).toEqual([
    {
      settings: expect.objectContaining({
        name: 'shop',
        attributes: ['lexer_audience'],
        braze: expect.objectContaining({ objectsPerRequest: 75 }),
      }),
      segmentIds: ['segment'],
      // The set-up's own run, so that a retried Update counts once.
      token: expect.stringMatching(/^[\da-f-]{36}$/),
    },
  ]);
});

test('one failed probe leaves everything as it was, and every step is told', async () => {
  world.probeIntegration.answer = () => ({ steps: [PASSED, FAILED], segmentIds: [] });
  await expect(setUp(INPUT)).resolves.toMatchObject({
    ok: false,
    change: 'unchanged',
    steps: [PASSED, FAILED, { step: 'one integration per workspace' }],
  });
  expect(world.configureIntegration.calls).toEqual([]);
});

test('a second integration on the same workspace is not set up', async () => {
  world.checkWorkspaceIsFree.answer = () => ({
    step: 'one integration per workspace',
    status: 'fail',
    message: 'integration "other" already works on this workspace',
    code: 'WORKSPACE_TAKEN',
  });
  await expect(setUp(INPUT)).resolves.toMatchObject({ ok: false, change: 'unchanged' });
  expect(world.configureIntegration.calls).toEqual([]);
});

test.each([
  ['nothing', undefined, 'INPUT_INVALID', 'setupIntegration'],
  ['a field of another kind', { ...INPUT, name: 5 }, 'INPUT_INVALID', 'name'],
  [
    'a secret instead of its name',
    { ...INPUT, braze: { ...INPUT.braze, restKey: '3f9a7c10-aaaa-bbbb-cccc-0123456789ab' } },
    'SECRET_LITERAL',
    'braze.restKey',
  ],
])('%s is refused by name, before anything is probed', async (_what, input, type, field) => {
  const failure = await failureOf(setUp(input));
  expect(failure.cause ?? failure).toMatchObject({ type, message: expect.stringContaining(field) });
  expect(failure.message).not.toContain('3f9a7c10');
  expect(world.probeIntegration.calls).toEqual([]);
});
