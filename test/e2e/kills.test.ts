import {
  acceptedBy,
  activation,
  ATTRIBUTE,
  awaitActivity,
  awaitPhase,
  awaitSending,
  childOf,
  holdersOf,
  loadProfiles,
  putIds,
  setUp,
  slowBraze,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

describe('a worker that is killed', () => {
  let test: TestStack;
  beforeAll(async () => {
    test = await startTestStack({ sandbox: { applyLagMs: 200 } });
    await loadProfiles(test, userIds(0, 6_000));
    await setUp(test, 'kills', { connections: 4, applyLagSeconds: 2 });
  });
  afterAll(() => test.close());

  const killAndRestart = async (meanwhile: () => Promise<unknown> = () => Promise.resolve()) => {
    await test.stack.worker?.kill();
    await Promise.all([test.stack.startWorker(), meanwhile()]);
  };

  it('while sending, settling, folding, waiting and verifying leaves the same profiles', async () => {
    slowBraze(test, 200);
    await putIds(test, 'kills.csv', [...userIds(0, 5_000), 'stranger-1']);
    const input = activation('kills', 'Survivors', 'kills.csv', {
      confirmation: { kind: 'person', timeoutSeconds: 600 },
    });
    const before = acceptedBy(test);
    const run = await test.client.activate(input);
    const child = childOf('kills', 'Survivors');

    await awaitPhase(test, run.workflowId, ['sending']);
    await awaitSending(test, child, before);
    await killAndRestart();
    expect(acceptedBy(test) - before).toBeLessThan(5_001);
    await awaitPhase(test, run.workflowId, ['settling']);
    // Folding takes so little time that it can be over before a worker says that it is ready.
    await killAndRestart(() => awaitActivity(test, child, 'foldLedger'));
    await killAndRestart();
    await awaitPhase(test, run.workflowId, ['awaitingConfirmation']);
    await killAndRestart();
    slowBraze(test, 1_500, '/users/export/ids');
    await test.client.confirm(run.workflowId, { by: 'Ada' });
    expect(await awaitActivity(test, run.workflowId, 'verifySample')).toBe(true);
    await killAndRestart();

    const result = await run.result();
    expect(result.outcome).toBe('done');
    expect(result.sent).toEqual({ accepted: 5_001, rejected: 0, unknown: 0, unsent: 0 });
    expect(result.verification).toMatchObject({ late: 0 });
    expect(await holdersOf(test, ATTRIBUTE, 'Survivors')).toEqual(userIds(0, 5_000).sort());
  }, 300_000);
});
