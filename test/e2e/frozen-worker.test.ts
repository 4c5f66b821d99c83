import { setTimeout as sleep } from 'node:timers/promises';
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
  setUp,
  slowBraze,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const ANSWER_MS = 1_000;
const MEMBERS = userIds(0, 6_000);

describe('a worker that stands still while it sends', () => {
  let test: TestStack;
  let pids: number[];
  beforeAll(async () => {
    test = await startTestStack({ sandbox: { applyLagMs: 200 } });
    const first = test.stack.worker?.pid ?? 0;
    pids = [first, (await test.stack.startWorker()).pid];
    await loadProfiles(test, MEMBERS);
    await setUp(test, 'frozen', { connections: 4 });
  }, 300_000);
  // One that stands still cannot end either.
  afterAll(async () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await test.close();
  });

  const trackRequests = () =>
    test.stack.sandbox.workspace.requests.last(10_000).filter(({ path }) => path === '/users/track');
  const sender = async (child: string): Promise<number> => {
    const { raw } = await test.temporal.workflow.getHandle(child).describe();
    const sending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'sendSlice');
    return Number(/^\d+/.exec(sending?.lastWorkerIdentity ?? '')?.[0]);
  };

  it('writes nothing once it goes on: another has taken its slice over', async () => {
    slowBraze(test, ANSWER_MS);
    await putIds(test, 'frozen.csv', MEMBERS);
    const before = acceptedBy(test);
    const run = await test.client.activate(activation('frozen', 'Frozen', 'frozen.csv'));
    const child = childOf('frozen', 'Frozen');
    await awaitPhase(test, run.workflowId, ['sending']);
    await awaitSending(test, child, before);
    const frozen = await sender(child);
    expect(pids).toContain(frozen);
    process.kill(frozen, 'SIGSTOP');
    // What was on its way then is answered and written down.
    await sleep(2 * ANSWER_MS);
    const answered = trackRequests().length;
    expect(answered * 75).toBeLessThan(MEMBERS.length);

    while (trackRequests().length === answered) await sleep(50);
    expect(await sender(child)).toBe(pids.find((pid) => pid !== frozen));
    process.kill(frozen, 'SIGCONT');
    expect((await run.result()).outcome).toBe('done');

    const written = trackRequests()
      .slice(answered)
      .flatMap(({ body }) => [...body.toString('utf8').matchAll(/"external_id":"([^"]+)"/g)])
      .map(([, id]) => id);
    expect(written.length).toBeGreaterThan(0);
    expect(new Set(written).size).toBe(written.length);
    const requests = trackRequests().length;
    await sleep(5 * ANSWER_MS);
    expect(trackRequests()).toHaveLength(requests);
    expect(await holdersOf(test, ATTRIBUTE, 'Frozen')).toEqual([...MEMBERS].sort());
  }, 300_000);
});
