import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integrationWorkflowId } from '../../src/contract/names';
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

const everyone = { guards: { maxRemovalShare: 1 } };

describe('an integration whose entity is lost, while the state bucket is not', () => {
  let test: TestStack;
  beforeAll(async () => {
    test = await startTestStack({ sandbox: { applyLagMs: 200 } });
    await loadProfiles(test, userIds(0, 4_000));
  });
  afterAll(() => test.close());

  const audienceOf = async (integration: string) => {
    const state = await test.client.integration(integration);
    return Object.values(state?.audiences ?? {})[0];
  };

  const lose = async (integration: string) => {
    await test.temporal.workflow.getHandle(integrationWorkflowId(integration)).terminate('lost');
    await setUp(test, integration, { connections: 2 });
    await expect(audienceOf(integration)).resolves.toBeUndefined();
  };

  it('takes the last ledger up again: leavers lose the value, joiners get it', async () => {
    await setUp(test, 'lost');
    await putIds(test, 'lost.csv', userIds(0, 300));
    const first = await test.client.activate(activation('lost', 'Lost', 'lost.csv'));
    await expect(first.result()).resolves.toMatchObject({ outcome: 'done' });

    await lose('lost');
    await putIds(test, 'lost.csv', userIds(100, 340));
    const second = await test.client.activate(activation('lost', 'Lost', 'lost.csv', everyone));
    await expect(second.result()).resolves.toMatchObject({
      outcome: 'done',
      generation: 2,
      plan: { ledger: 300, add: 40, remove: 100, stay: 200 },
      sentBy: { add: { accepted: 40 }, remove: { accepted: 100 } },
      verification: { late: 0, notInBraze: 0 },
    });
    expect(await holdersOf(test, ATTRIBUTE, 'Lost')).toEqual(userIds(100, 340).sort());
    const audience = await audienceOf('lost');
    expect(audience).toMatchObject({ generation: 2, open: [], ledger: { generation: 2, members: 240 } });
    expect(audience?.forgotten).toBeUndefined();
  }, 240_000);

  it('finds out what a run did that was broken off with it', async () => {
    await setUp(test, 'broken', { connections: 2 });
    await putIds(test, 'broken.csv', userIds(0, 1_000));
    const first = await test.client.activate(activation('broken', 'Broken', 'broken.csv'));
    await expect(first.result()).resolves.toMatchObject({ outcome: 'done' });

    slowBraze(test, 800);
    await putIds(test, 'broken.csv', userIds(500, 4_000));
    const before = acceptedBy(test);
    const broken = await test.client.activate(activation('broken', 'Broken', 'broken.csv', everyone));
    const child = childOf('broken', 'Broken');
    await awaitPhase(test, broken.workflowId, ['sending']);
    await awaitSending(test, child, before);
    await test.temporal.workflow.getHandle(child).terminate('as a person would from the UI');
    await expect(broken.result()).rejects.toMatchObject({ cause: { type: 'RUN_TERMINATED' } });
    const holders = new Set(await holdersOf(test, ATTRIBUTE, 'Broken'));
    const changed = userIds(0, 4_000).filter((id, index) => holders.has(id) !== index < 1_000);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.length).toBeLessThan(3_500);
    quickBraze(test);

    await lose('broken');
    await putIds(test, 'broken.csv', userIds(200, 900));
    const next = await test.client.activate(activation('broken', 'Broken', 'broken.csv', everyone));
    const result = await next.result();
    expect(result).toMatchObject({ outcome: 'done', generation: 3 });
    // From the ledger before the broken run alone, 300 would have to leave and nobody to join.
    const { add = 0, remove = 0 } = result.plan ?? {};
    expect(add + remove).toBeGreaterThan(300);
    expect(await holdersOf(test, ATTRIBUTE, 'Broken')).toEqual(userIds(200, 900).sort());
    const audience = await audienceOf('broken');
    expect(audience).toMatchObject({ generation: 3, open: [], ledger: { members: 700 } });
  }, 240_000);
});

it('a Temporal that forgot everything goes on beside a bucket and a Braze that did not', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'brazier-restart-'));
  const visit = async (ids: string[], expected: object, first = false) => {
    const sandbox = { applyLagMs: 200, statePath: join(stateDir, 'workspace.json') };
    const test = await startTestStack({ stateDir, sandbox });
    try {
      if (first) await loadProfiles(test, userIds(0, 400));
      await setUp(test, 'dev');
      await putIds(test, 'dev.csv', ids);
      const run = await test.client.activate(activation('dev', 'Dev', 'dev.csv', everyone));
      await expect(run.result()).resolves.toMatchObject({ outcome: 'done', ...expected });
      expect(await holdersOf(test, ATTRIBUTE, 'Dev')).toEqual([...ids].sort());
    } finally {
      await test.close();
    }
  };
  await visit(userIds(0, 300), { generation: 1, plan: { ledger: 0, add: 300 } }, true);
  await visit(userIds(100, 350), { generation: 2, plan: { ledger: 300, add: 50, remove: 100 } });
  await rm(stateDir, { recursive: true, force: true });
}, 240_000);
