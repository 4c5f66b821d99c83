import { PassThrough } from 'node:stream';
import { WorkflowFailedError } from '@temporalio/client';
import { runCli } from '../../src/cli/program';
import { type TestExternalApiInput } from '../../src/contract/external-api';
import { setUp, startTestStack, type TestStack } from './test-stack';

const LEAD = {
  name: 'lead-profile',
  channel: 'profile',
  payload: { attributes: [{ external_id: '{{ id }}', lead_plan: '{{ plan }}' }] },
  parameters: { id: {}, plan: {} },
};

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ gateway: false, sandbox: { applyLagMs: 200 } });
  await setUp(stack, 'shop');
}, 120_000);
afterAll(() => stack.close());

/** A command line in the environment of the stack. */
async function brazier(args: string[], file?: unknown): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    env: stack.stack.env,
    stderr: new PassThrough(),
    print: (line) => out.push(line),
    tell: (line) => err.push(line),
    read: () => Promise.resolve(JSON.stringify(file)),
    connect: () => Promise.reject(new Error('not needed')),
    onInterrupt: () => () => undefined,
    pollMs: 50,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('a saved External API is tested, and its verdict is kept', async () => {
  const saved = await brazier(['external-api', 'save', '--file', '-', '--by', 'Ada', '--json'], LEAD);
  expect([saved.code, saved.err]).toEqual([0, '']);
  expect(JSON.parse(saved.out)).toMatchObject({ name: 'lead-profile', version: 1 });
  const input: TestExternalApiInput = {
    integration: 'shop',
    externalApi: 'lead-profile',
    values: { id: 'test-person', plan: '"}],"x":[{ {{ id }}' },
  };
  const passed = await stack.client.testExternalApi(input);
  expect(passed).toMatchObject({
    passed: true,
    version: 1,
    verdict: { passed: true, proof: 'readBack' },
    lookedUpBy: { external_id: 'test-person' },
    seen: [{ name: 'attributes.lead_plan', before: null, after: '"}],"x":[{ {{ id }}', arrived: true }],
    cleanUp: { restored: ['attributes.lead_plan'] },
  });
  // Nothing comes of it this time: the same version has failed now, and that is what counts.
  const { workspace } = stack.stack.sandbox;
  for (const path of ['/users/track/sync', '/users/track'])
    workspace.faults.add({ path, match: { every: 1 }, fault: { kind: 'status', status: 503 } });
  const failed = await stack.client.testExternalApi({ ...input, values: { ...input.values, plan: 'next' } });
  workspace.faults.clear();
  expect(failed).toMatchObject({ passed: false, problem: { code: 'EXTERNAL_API_TEST_FAILED' } });
  const shown = await brazier(['external-api', 'show', 'lead-profile', '--json']);
  const { verdicts } = JSON.parse(shown.out) as { verdicts: { passed: boolean }[] };
  expect(verdicts.map((verdict) => verdict.passed)).toEqual([false]);
  expect((await brazier(['external-api', 'list'])).out).toContain('lead-profile');
}, 120_000);

test('what cannot be tested fails with its code, before anything is sent', async () => {
  const refused = await stack.client
    .testExternalApi({ integration: 'shop', externalApi: 'nothing-saved', values: {} })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(WorkflowFailedError);
  expect(JSON.stringify((refused as WorkflowFailedError).cause?.cause ?? {})).toContain(
    'EXTERNAL_API_UNKNOWN',
  );
}, 60_000);
