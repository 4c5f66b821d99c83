import { setTimeout as sleep } from 'node:timers/promises';
import { LocalBudget, REAL_CLOCK } from '../adapters/braze/budget';
import { eventually } from '../../test/workflows/test-bed';
import { TestAuthority } from './budget-authority.test-support';
import { LEASE } from '../domain/workspace-budget';
import { BudgetHolder, type BudgetAuthority } from './budget-holder';

const holders: BudgetHolder[] = [];
afterEach(async () => {
  await Promise.all(holders.splice(0).map((holder) => holder.close()));
});

function holderOn(authority: BudgetAuthority, name = 'a', limit = 200, epochMs = () => Date.now()) {
  const troubles: unknown[] = [];
  const holder = new BudgetHolder({
    holder: name,
    authority,
    limits: { track: limit, exportIds: 40 },
    budgets: {
      track: new LocalBudget(0, 50, { ...REAL_CLOCK, epochMs }),
      exportIds: new LocalBudget(0, 8, { ...REAL_CLOCK, epochMs }),
    },
    now: () => performance.now(),
    epochMs,
    onTrouble: (error) => troubles.push(error),
  });
  holders.push(holder);
  return { holder, troubles };
}

async function once(budget: BudgetHolder['track'], signal?: AbortSignal): Promise<boolean> {
  const taken = (await budget.take(signal)) ?? true;
  if (taken) budget.release();
  return taken;
}

test('asks for nothing until somebody wants to send, and gives back what nobody wants any more', async () => {
  const authority = new TestAuthority();
  const { holder } = holderOn(authority);
  await sleep(50);
  expect(authority.requests).toEqual([]);
  await expect(once(holder.track)).resolves.toBe(true);
  expect(authority.requests).toHaveLength(1);
  expect(authority.requests[0]).toMatchObject({
    grant: 0,
    track: { limit: 200, demand: 200 },
    exportIds: { limit: 40, demand: 0 },
  });
  await eventually(() => authority.state.holders.length === 0);
  await expect(once(holder.track)).resolves.toBe(true);
});

test('reading back asks for its own share while sending has one already', async () => {
  const authority = new TestAuthority();
  const { holder } = holderOn(authority);
  await once(holder.track);
  await once(holder.exportIds);
  expect(authority.requests).toHaveLength(2);
  expect(authority.requests[1]).toMatchObject({ grant: 1, exportIds: { demand: 40 } });
});

test('sends by no lease that is over; whoever waits can leave, and goes on when the authority is back', async () => {
  const authority = new TestAuthority({ leaseMs: 300, renewAfterMs: 100 });
  const { holder, troubles } = holderOn(authority);
  await once(holder.track);
  authority.isReachable = false;
  await sleep(400);
  const leaving = new AbortController();
  const cancelled = once(holder.track, leaving.signal);
  let isServed = false;
  const patient = once(holder.track).then(() => (isServed = true));
  await sleep(100);
  expect(isServed).toBe(false);
  leaving.abort();
  await expect(cancelled).resolves.toBe(false);
  expect(troubles).toHaveLength(1);
  authority.isReachable = true;
  await patient;
  expect(troubles).toHaveLength(1);
});

test('a machine that slept sends nothing by the lease from before; the next one counts again', async () => {
  const authority = new TestAuthority({ renewAfterMs: 300 });
  let sleptMs = 0;
  const { holder } = holderOn(authority, 'a', 200, () => Date.now() + sleptMs);
  await once(holder.track);
  authority.isReachable = false;
  sleptMs = LEASE.leaseMs;
  let isServed = false;
  const waiting = once(holder.track).then(() => (isServed = true));
  await sleep(100);
  expect(isServed).toBe(false);
  authority.isReachable = true;
  await waiting;
});

test('an answer that came while the machine slept allows nothing that is over', async () => {
  const authority = new TestAuthority({ renewAfterMs: 300 });
  let sleptMs = 0;
  const sleepy: BudgetAuthority = {
    async lease(request) {
      const answer = await authority.lease(request);
      if (authority.requests.length === 1) sleptMs = answer.leaseMs;
      return answer;
    },
    release: (request) => authority.release(request),
  };
  const { holder } = holderOn(sleepy, 'a', 200, () => Date.now() + sleptMs);
  await once(holder.track);
  expect(authority.requests).toHaveLength(2);
});

test('two holders share a limit without losing those who wait, and the living one inherits', async () => {
  const authority = new TestAuthority({ renewAfterMs: 150 });
  const [a, b] = [holderOn(authority, 'a'), holderOn(authority, 'b')];
  const count = { a: 0, b: 0 };
  let isOver = false;
  const work = async (name: 'a' | 'b', { holder }: typeof a) => {
    while (!isOver) {
      await holder.track.take();
      count[name] += 1;
      await sleep(5);
      holder.track.release();
    }
  };
  const workers = [1, 2, 3, 4].flatMap(() => [work('a', a), work('b', b)]);
  await eventually(() => {
    const shares = authority.state.holders.map(({ grants }) => grants.at(-1)?.track);
    return shares.length === 2 && shares.every((share) => share === 100);
  });
  const before = { ...count };
  await eventually(() => count.a > before.a + 20 && count.b > before.b + 20);
  isOver = true;
  await Promise.all(workers);
  await a.holder.close();
  const { holder } = b;
  await once(holder.track);
  await eventually(async () => {
    await once(holder.track);
    return authority.state.holders.every(({ name, grants }) => name === 'b' && grants.at(-1)?.track === 200);
  });
});

test('closing lets those who wait go with nothing, and whoever comes later too', async () => {
  const authority = new TestAuthority();
  const { holder } = holderOn(authority);
  await holder.track.take();
  authority.isReachable = false;
  const waits = [once(holder.exportIds), once(holder.exportIds)];
  expect(holder.isInUse()).toBe(true);
  await holder.close();
  await expect(Promise.all(waits)).resolves.toEqual([false, false]);
  await expect(holder.track.take()).resolves.toBe(false);
  holder.track.release();
  expect(holder.isInUse()).toBe(false);
});

test('a pause that one was told of holds the other back, and nothing is renewed through a long one', async () => {
  const authority = new TestAuthority({ renewAfterMs: 100 });
  const [a, b] = [holderOn(authority, 'a'), holderOn(authority, 'b')];
  await once(a.holder.track);
  await once(b.holder.track);
  await a.holder.track.take();
  a.holder.track.observe(429, { 'x-ratelimit-retry-after': '60' });
  a.holder.track.release();
  await eventually(() => authority.state.pausedUntil.track > Date.now() + 55_000);
  // The other one is told with its next renewal; until then it may still send.
  await eventually(async () => !(await once(b.holder.track, AbortSignal.timeout(50))));
  const leaving = new AbortController();
  const waits = [a, b].map(({ holder }) => once(holder.track, leaving.signal));
  await eventually(() => authority.state.holders.length === 0);
  const asked = authority.requests.length;
  await sleep(500);
  expect(authority.requests.length).toBeLessThanOrEqual(asked + 1);
  leaving.abort();
  await expect(Promise.all(waits)).resolves.toEqual([false, false]);
});

test('whoever comes while an unwanted share is given back waits through a pause, and is served after it', async () => {
  const real = new TestAuthority();
  real.state.pausedUntil.track = Date.now() + 2_500;
  const slow: BudgetAuthority = {
    async lease(request) {
      // Until nobody has wanted anything for a while.
      if (real.requests.length === 0) await sleep(1_200);
      return real.lease(request);
    },
    async release(request) {
      await sleep(200);
      return real.release(request);
    },
  };
  const { holder } = holderOn(slow);
  const leaving = new AbortController();
  const left = once(holder.track, leaving.signal);
  leaving.abort();
  await expect(left).resolves.toBe(false);
  await eventually(() => real.requests.length === 1);
  await sleep(100);
  await expect(once(holder.track, AbortSignal.timeout(6_000))).resolves.toBe(true);
});
