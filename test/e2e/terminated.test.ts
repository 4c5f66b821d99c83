import {
  acceptedBy,
  activation,
  ATTRIBUTE,
  awaitPhase,
  awaitSending,
  childOf,
  holdersOf,
  loadProfiles,
  putIds,
  quickBraze,
  setUp,
  slowBraze,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

describe('a run that is terminated in mid-send', () => {
  let test: TestStack;
  beforeAll(async () => {
    test = await startTestStack({ sandbox: { applyLagMs: 200 } });
    await loadProfiles(test, userIds(0, 4_500));
    await setUp(test, 'broken', { connections: 4 });
  });
  afterAll(() => test.close());

  it('is followed by one that starts from what may be in Braze', async () => {
    slowBraze(test, 1_000);
    await putIds(test, 'terminated.csv', userIds(0, 4_000));
    const before = acceptedBy(test);
    const broken = await test.client.activate(activation('broken', 'Terminated', 'terminated.csv'));
    const child = childOf('broken', 'Terminated');
    await awaitPhase(test, broken.workflowId, ['sending']);
    await awaitSending(test, child, before);
    await test.temporal.workflow.getHandle(child).terminate('as a person would from the UI');
    // Its worker goes as well, before it can write down what it has heard from Braze.
    await test.stack.worker?.kill();
    const reached = await holdersOf(test, ATTRIBUTE, 'Terminated');
    expect(reached.length).toBeGreaterThan(0);
    expect(reached.length).toBeLessThan(4_000);
    await test.stack.startWorker();
    await expect(broken.result()).rejects.toMatchObject({ cause: { type: 'RUN_TERMINATED' } });

    // Whoever was in the broken run and is not in this file must lose the value, if it ever arrived.
    quickBraze(test);
    await putIds(test, 'terminated.csv', userIds(2_000, 4_500));
    const next = await test.client.activate(
      activation('broken', 'Terminated', 'terminated.csv', { guards: { maxRemovalShare: 1 } }),
    );
    const result = await next.result();
    expect(result.outcome).toBe('done');
    expect(result.plan?.unsureRetried).toBeGreaterThan(0);
    expect(await holdersOf(test, ATTRIBUTE, 'Terminated')).toEqual(userIds(2_000, 4_500).sort());
  }, 300_000);
});
