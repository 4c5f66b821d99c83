import { audienceKey } from '../../src/activities/check-input';
import { audienceWorkflowId } from '../../src/contract/names';
import {
  activation,
  awaitActivity,
  awaitPhase,
  holdersOf,
  loadProfiles,
  putIds,
  setUp,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const ATTRIBUTE = 'lexer_audience';
const childOf = (integration: string, audience: string) =>
  audienceWorkflowId(integration, audienceKey(ATTRIBUTE, audience, 'external_id'));

/** Slow enough that sending a few thousand members takes seconds. */
async function slowBraze({ stack }: TestStack, ms: number): Promise<void> {
  stack.sandbox.workspace.faults.clear();
  if (ms > 0)
    stack.sandbox.workspace.faults.add({
      path: '/users/track',
      match: { every: 1 },
      fault: { kind: 'slow', delayMs: ms },
    });
  await Promise.resolve();
}

describe('a worker that is killed', () => {
  let test: TestStack;
  beforeAll(async () => {
    test = await startTestStack({ sandbox: { applyLagMs: 200 } });
    await loadProfiles(test, userIds(0, 6_000));
    await setUp(test, 'kills', { connections: 4 });
  });
  afterAll(() => test.close());

  const killAndRestart = async () => {
    await test.stack.worker?.kill();
    await test.stack.startWorker();
  };

  it('while sending, settling, folding, waiting and verifying leaves the same profiles', async () => {
    await slowBraze(test, 200);
    await putIds(test, 'kills.csv', [...userIds(0, 5_000), 'stranger-1']);
    const input = activation('kills', 'Survivors', 'kills.csv', {
      confirmation: { kind: 'person', timeoutSeconds: 600 },
    });
    const run = await test.client.activate(input);
    const child = childOf('kills', 'Survivors');

    await awaitPhase(test, run.workflowId, ['sending']);
    await awaitActivity(test, child, 'sendSlice');
    await killAndRestart();
    await awaitPhase(test, run.workflowId, ['settling']);
    await killAndRestart();
    await awaitActivity(test, child, 'foldLedger');
    await killAndRestart();
    await awaitPhase(test, run.workflowId, ['awaitingConfirmation']);
    await killAndRestart();
    await test.client.confirm(run.workflowId, { by: 'Ada' });
    await awaitActivity(test, run.workflowId, 'verifySample');
    await killAndRestart();

    const result = await run.result();
    expect(result.outcome).toBe('done');
    expect(result.sent).toEqual({ accepted: 5_001, rejected: 0, unknown: 0, unsent: 0 });
    expect(result.verification).toMatchObject({ late: 0 });
    expect(await holdersOf(test, ATTRIBUTE, 'Survivors')).toEqual(userIds(0, 5_000).sort());
  }, 300_000);

  it('with its run terminated in mid-send: the next run starts from what may be in Braze', async () => {
    await slowBraze(test, 400);
    await putIds(test, 'terminated.csv', userIds(0, 4_000));
    const broken = await test.client.activate(activation('kills', 'Terminated', 'terminated.csv'));
    const child = childOf('kills', 'Terminated');
    await awaitPhase(test, broken.workflowId, ['sending']);
    await awaitActivity(test, child, 'sendSlice');
    await test.temporal.workflow.getHandle(child).terminate('as a person would from the UI');
    await expect(broken.result()).rejects.toMatchObject({ cause: { type: 'RUN_TERMINATED' } });

    // Whoever was in the broken run and is not in this file must lose the value, if it ever arrived.
    await slowBraze(test, 0);
    await putIds(test, 'terminated.csv', userIds(2_000, 4_500));
    const next = await test.client.activate(
      activation('kills', 'Terminated', 'terminated.csv', { guards: { maxRemovalShare: 1 } }),
    );
    const result = await next.result();
    expect(result.outcome).toBe('done');
    expect(await holdersOf(test, ATTRIBUTE, 'Terminated')).toEqual(userIds(2_000, 4_500).sort());
  }, 300_000);

  it('cannot make a damaged source remove anybody', async () => {
    await slowBraze(test, 0);
    await putIds(test, 'whole.csv', userIds(0, 3_000));
    const first = await test.client.activate(activation('kills', 'Whole', 'whole.csv'));
    expect((await first.result()).outcome).toBe('done');

    const { gzipSync } = await import('node:zlib');
    const whole = gzipSync(Buffer.from(`external_id\n${userIds(0, 3_000).join('\n')}\n`));
    await test.exchange.put('half.csv.gz', whole.subarray(0, whole.length >> 1));
    const half = await test.client.activate(activation('kills', 'Whole', 'half.csv.gz'));
    await expect(half.result()).rejects.toMatchObject({ cause: { type: 'SOURCE_INCOMPLETE' } });
    expect(await holdersOf(test, ATTRIBUTE, 'Whole')).toEqual(userIds(0, 3_000).sort());
    const state = await test.client.integration('kills');
    const audience = Object.values(state?.audiences ?? {}).find(
      (candidate) => candidate.audience === 'Whole',
    );
    expect(audience).toMatchObject({ ledger: { members: 3_000, generation: 1 }, open: [] });
  }, 120_000);
});
