import { type BudgetClock, LocalBudget } from './budget';

const WINDOW_ENDS_IN_MS = 10_000;
const ANSWER = { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(WINDOW_ENDS_IN_MS / 1_000) };

/** A clock that only moves when it is told to. */
class HandClock implements BudgetClock {
  private now = 0;
  private readonly timers: { at: number; callback: () => void }[] = [];
  nowMs = () => this.now;
  epochMs = () => this.now;
  random = () => 0;
  schedule = (callback: () => void, delayMs: number) =>
    void this.timers.push({ at: this.now + delayMs, callback });

  async advance(byMs: number): Promise<void> {
    const until = this.now + byMs;
    for (;;) {
      this.timers.sort((a, b) => a.at - b.at);
      const next = this.timers[0];
      if (next === undefined || next.at > until) break;
      this.timers.shift();
      this.now = Math.max(this.now, next.at);
      next.callback();
    }
    this.now = until;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function takeMany(budget: LocalBudget, times: number): { started: () => number } {
  let started = 0;
  for (let n = 0; n < times; n += 1) {
    const turn = budget.take();
    if (turn === undefined) started += 1;
    else void turn.then(() => (started += 1));
  }
  return { started: () => started };
}

test('an answer that shows room wakes those who wait for the window’s end', async () => {
  const clock = new HandClock();
  const budget = new LocalBudget(1_000, 100, clock);
  takeMany(budget, 3);
  budget.observe(201, ANSWER);
  const waiting = takeMany(budget, 40);
  expect(waiting.started()).toBe(0);
  budget.observe(201, { ...ANSWER, 'x-ratelimit-remaining': '50' });
  await clock.advance(0);
  expect(waiting.started()).toBe(40);
});

test('those who then wait for tokens only are not left to the window’s end', async () => {
  const clock = new HandClock();
  const budget = new LocalBudget(100, 1_000, clock);
  takeMany(budget, 3);
  budget.observe(201, ANSWER);
  const waiting = takeMany(budget, 40);
  budget.observe(201, { ...ANSWER, 'x-ratelimit-remaining': '500' });
  await clock.advance(WINDOW_ENDS_IN_MS / 2);
  expect(waiting.started()).toBe(40);
});

describe('the share', () => {
  const rich = { 'x-ratelimit-remaining': '200000', 'x-ratelimit-reset': '1800' };
  const allow = (budget: LocalBudget, requestsPerSecond: number, ofLimit: number) =>
    budget.allow({ requestsPerSecond, ofLimit, untilMs: Infinity });

  test('in force counts, not the one that was when Braze answered: an answer without a share shuts nobody out', async () => {
    const clock = new HandClock();
    const budget = new LocalBudget(50, 100, clock);
    takeMany(budget, 1);
    allow(budget, 0, 0);
    budget.observe(201, rich);
    budget.release();
    const waiting = takeMany(budget, 20);
    allow(budget, 50, 0.5);
    await clock.advance(2_000);
    expect(waiting.started()).toBe(20);
  });

  test('of what is left takes off what was started since Braze answered', async () => {
    const clock = new HandClock();
    const budget = new LocalBudget(1_000, 100, clock);
    takeMany(budget, 1);
    budget.observe(201, { ...rich, 'x-ratelimit-remaining': '40' });
    expect(takeMany(budget, 9).started()).toBe(9);
    allow(budget, 1_000, 0.5);
    const waiting = takeMany(budget, 20);
    await clock.advance(1_000);
    // Half of 40, less one that was in flight at the answer and nine that started since.
    expect(waiting.started()).toBe(10);
    allow(budget, 1_000, 1);
    await clock.advance(1_000);
    expect(waiting.started()).toBe(20);
  });

  test('that leaves nothing of a window is a need, as long as somebody waits', () => {
    const budget = new LocalBudget(1_000, 100, new HandClock());
    takeMany(budget, 1);
    budget.observe(201, { ...rich, 'x-ratelimit-remaining': '8' });
    allow(budget, 1_000, 0.1);
    takeMany(budget, 1);
    expect(budget.takeStock()).toEqual({ started: 1, wasShort: true });
    expect(budget.takeStock()).toEqual({ started: 0, wasShort: true });
  });
});
