import { LocalBudget, type RequestBudget } from '../adapters/braze/budget';
import { type LeaseAnswer } from '../contract/workspace-budget';
import { LEASE } from '../domain/workspace-budget';
import { linesOf, numbered, Sending } from '../../test/activities/slice-sending';
import { eventually } from '../../test/workflows/test-bed';
import { TestAuthority } from './budget-authority.test-support';
import { BudgetHolder, type BudgetAuthority } from './budget-holder';

const holders: BudgetHolder[] = [];
let braze: Sending | undefined;
afterEach(async () => {
  await Promise.all(holders.splice(0).map((holder) => holder.close()));
  await braze?.close();
  braze = undefined;
});

const WINDOW_MS = 3_000;
/** Braze's own kind of window, a tenth of its size. */
const limitsOf = (perSecond: number) => ({
  track: { burst: { requests: (perSecond * WINDOW_MS) / 1_000, windowMs: WINDOW_MS } },
});

function holderOn(authority: BudgetAuthority, name: string, limit: number): BudgetHolder {
  const holder = new BudgetHolder({
    holder: name,
    authority,
    limits: { track: limit, exportIds: 40 },
    budgets: { track: new LocalBudget(0, 8), exportIds: new LocalBudget(0, 8) },
    now: () => performance.now(),
    onTrouble: () => undefined,
  });
  holders.push(holder);
  return holder;
}

/** The budget, and when it let requests start. */
function noted({ track }: BudgetHolder, starts: number[]): RequestBudget {
  return {
    take(signal) {
      const turn = track.take(signal);
      if (turn === undefined) starts.push(performance.now());
      return turn?.then((isTaken) => {
        if (isTaken) starts.push(performance.now());
        return isTaken;
      });
    },
    release: () => track.release(),
    observe: (status, headers) => track.observe(status, headers),
  };
}

/** The most starts within any stretch of so many milliseconds. */
function busiest(starts: readonly number[], windowMs: number): number {
  const sorted = [...starts].sort((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, at, last) => {
    while ((sorted[first] ?? at) <= at - windowMs) first += 1;
    return Math.max(most, last - first + 1);
  }, 0);
}

test.each(['epoch', 'mau'] as const)(
  'two processes send to one workspace within its limit and its burst, with hardly a 429 (headers: %s)',
  async (rateHeaders) => {
    const perSecond = 100;
    const ids = [numbered(300, 'a'), numbered(300, 'b')];
    const sending = (braze = await Sending.open(ids.flat(), { rateHeaders, limits: limitsOf(perSecond) }));
    const authority = new TestAuthority({ renewAfterMs: 500 });
    const starts: number[][] = [[], []];
    const sent = await Promise.all(
      ids.map((some, at) => {
        const budget = noted(holderOn(authority, `${at}/x`, perSecond), starts[at] ?? []);
        return sending.send(linesOf(some), { budget, objectsPerRequest: 1, concurrency: 8 });
      }),
    );
    const requests = sent.reduce((sum, { tally }) => sum + tally.requests, 0);
    const throttled = sent.reduce((sum, { tally }) => sum + tally.throttled, 0);
    expect(throttled).toBeLessThan(requests * 0.01);
    // A fifth of a second may be saved up, and each budget may round up by one.
    expect(busiest(starts.flat(), 1_000)).toBeLessThanOrEqual(perSecond * 1.2 + 2);
    // Both had a part of it: neither waited until the other was done.
    expect(Math.max(...starts.map(([first]) => first ?? Infinity))).toBeLessThan(
      Math.min(...starts.map((some) => some.at(-1) ?? 0)),
    );
    expect(await sending.holders()).toEqual(ids.flat().sort());
  },
  60_000,
);

test.each(['epoch', 'mau'] as const)(
  'a limit that is set too high costs time, never a member (headers: %s)',
  async (rateHeaders) => {
    const ids = [numbered(40, 'a'), numbered(40, 'b')];
    const burst = { requests: 25, windowMs: 1_000 };
    const sending = (braze = await Sending.open(ids.flat(), { rateHeaders, limits: { track: { burst } } }));
    // What others send leaves nothing of the window that is open now.
    for (let other = 0; other < burst.requests; other += 1) await sending.braze.track({ attributes: [] });
    const authority = new TestAuthority({ renewAfterMs: 500 });
    const sent = await Promise.all(
      ids.map((some, at) => {
        const { track: budget } = holderOn(authority, `${at}/x`, 1_000);
        return sending.send(linesOf(some), { budget, objectsPerRequest: 1, concurrency: 8 });
      }),
    );
    expect(sent.reduce((sum, { tally }) => sum + tally.throttled, 0)).toBeGreaterThan(0);
    for (const { tally, outcomes } of sent) {
      expect(tally.stopped).toBeUndefined();
      expect(outcomes.counts()).toEqual({ accepted: 40, rejected: 0, unknown: 0, unsent: 0 });
    }
    expect(await sending.holders()).toEqual(ids.flat().sort());
  },
  60_000,
);

test('what a process that dies held goes to the other when its lease is over, not before', async () => {
  const authority = new TestAuthority({ renewAfterMs: 100 });
  let isDead = false;
  const unlessDead = <T>(call: () => Promise<T>) => (isDead ? Promise.reject(new Error('dead')) : call());
  const dying: BudgetAuthority = {
    lease: (request): Promise<LeaseAnswer> => unlessDead(() => authority.lease(request)),
    release: (request) => unlessDead(() => authority.release(request)),
  };
  const limit = 100;
  const leaving = new AbortController();
  const wanting = async (budget: RequestBudget) => {
    while ((await budget.take(leaving.signal)) !== false && !leaving.signal.aborted) budget.release();
  };
  const shares = () => authority.state.holders.map(({ name, grants }) => [name, grants.at(-1)?.track]);
  const [dead, alive] = [holderOn(dying, '1/dead', limit), holderOn(authority, '2/alive', limit)];
  const work = [wanting(dead.track), wanting(alive.track)];
  await eventually(() => shares().length === 2 && shares().every(([, share]) => share === limit / 2));
  isDead = true;
  const renewals = () => authority.requests.filter(({ holder }) => holder === '2/alive').length;
  authority.aheadMs = LEASE.leaseMs / 2;
  const before = renewals();
  await eventually(() => renewals() > before + 2);
  expect(shares()).toContainEqual(['2/alive', limit / 2]);
  authority.aheadMs = LEASE.leaseMs;
  await eventually(() => shares().length === 1 && shares()[0]?.[1] === limit);
  expect(shares()).toEqual([['2/alive', limit]]);
  leaving.abort();
  await Promise.all(work);
});
