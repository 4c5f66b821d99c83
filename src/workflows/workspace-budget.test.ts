import { startTemporalServer } from '../dev/servers/temporal';
import { createBudgetAuthority } from '../process/budget-authority';
import { BUDGET_MESSAGES, type BudgetState, type LeaseRequest } from '../contract/workspace-budget';
import { workspaceBudgetWorkflowId } from '../contract/names';
import { LEASE } from '../domain/workspace-budget';
import { eventually, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
beforeAll(async () => (bed = await TestBed.timeSkipping()));
afterAll(() => bed.close());

function request(holder: string, change: Partial<LeaseRequest> = {}): LeaseRequest {
  const track = { limit: 100, demand: 100, pauseMs: 0 };
  return { holder, grant: 0, track, exportIds: { limit: 40, demand: 0, pauseMs: 0 }, ...change };
}

const statusOf = async (integration: string) =>
  (await bed.client.workflow.getHandle(workspaceBudgetWorkflowId(integration)).describe()).status.name;

test('the first lease starts it; a share that is given back or whose holder has died goes to the others', async () => {
  const authority = createBudgetAuthority({ client: bed.client })('shop');
  const first = await authority.lease(request('1/a'));
  expect(first.track).toMatchObject({ requestsPerSecond: 100, ofLimit: 1 });
  expect((await authority.lease(request('2/b'))).track.requestsPerSecond).toBe(0);
  await authority.release({ holder: '1/a', grant: first.grant });
  expect((await authority.lease(request('2/b'))).track.requestsPerSecond).toBe(100);
  await bed.letPass(LEASE.leaseMs, workspaceBudgetWorkflowId('shop'));
  expect((await authority.lease(request('3/c'))).track.requestsPerSecond).toBe(100);
});

test('a request of the wrong shape is refused, and a release of the wrong shape does nothing', async () => {
  const authority = createBudgetAuthority({ client: bed.client })('refused');
  await expect(authority.lease(request('nobody'))).rejects.toMatchObject({
    cause: { type: 'INPUT_INVALID' },
  });
  await bed.client.workflow.getHandle(workspaceBudgetWorkflowId('refused')).signal('release');
  expect((await authority.lease(request('1/a'))).grant).toBe(1);
});

test('it ends when no lease is alive, and begins again with the next', async () => {
  const authority = createBudgetAuthority({ client: bed.client })('ending');
  await authority.lease(request('1/a'));
  await bed.letPass('3 minutes', workspaceBudgetWorkflowId('ending'));
  await expect(statusOf('ending')).resolves.toBe('COMPLETED');
  await authority.release({ holder: '1/a', grant: 1 });
  expect((await authority.lease(request('2/b'))).track.requestsPerSecond).toBe(100);
  await expect(statusOf('ending')).resolves.toBe('RUNNING');
});

test('continue-as-new keeps leases and pauses: what one holds, no other gets', async () => {
  // A real server, told to suggest it after few Updates instead of thousands.
  const server = await startTemporalServer({
    logLevel: 'never',
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 },
  });
  const real = await TestBed.real(server.address);
  try {
    const authority = createBudgetAuthority({ client: real.client })('long');
    const handle = real.client.workflow.getHandle(workspaceBudgetWorkflowId('long'));
    const exportIds = { limit: 40, demand: 0, pauseMs: 3_600_000 };
    const all = { track: { limit: 100, demand: 100, pauseMs: 0 }, exportIds };
    const first = await authority.lease(request('1/a', all));
    expect(first.track.requestsPerSecond).toBe(100);
    const firstRun = (await handle.describe()).runId;
    let grant = first.grant;
    await eventually(async () => {
      grant = (await authority.lease(request('1/a', { ...all, grant }))).grant;
      return (await handle.describe()).runId !== firstRun;
    });
    const state = await handle.query<BudgetState>(BUDGET_MESSAGES.describe);
    expect(state.lastGrant).toBe(grant);
    expect(state.holders.map(({ name, grants }) => [name, grants.at(-1)?.track])).toEqual([['1/a', 100]]);
    const second = await authority.lease(request('2/b'));
    expect(second.grant).toBe(grant + 1);
    expect(second.track.requestsPerSecond).toBe(0);
    expect(second.exportIds.pauseMs).toBeGreaterThan(3_500_000);
    await authority.release({ holder: '1/a', grant });
    const alone = await authority.lease(request('2/b', { grant: second.grant }));
    expect(alone.track.requestsPerSecond).toBe(100);
  } finally {
    await real.close();
    await server.close();
  }
}, 60_000);
