import { setTimeout as sleep } from 'node:timers/promises';
import { LocalBudget, type BudgetClock } from './budget';

/** Time that passes only when the test says so; timers fire in order. */
class SimulatedClock implements BudgetClock {
  ms = 5_000;
  private timers: { at: number; callback: () => void }[] = [];

  nowMs = () => this.ms;
  epochMs = () => 1_700_000_000_000 + this.ms;
  random = () => 0.5;
  schedule = (callback: () => void, delayMs: number) => {
    this.timers.push({ at: this.ms + delayMs, callback });
  };

  /** Lets time pass, and everything that is due happen. */
  async advance(byMs: number): Promise<void> {
    const until = this.ms + byMs;
    for (;;) {
      // Whoever was served may ask again before the clock moves.
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.timers.sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.timers.shift();
      this.ms = Math.max(this.ms, next.at);
      next.callback();
    }
    this.ms = until;
  }
}

function newBudget(requestsPerSecond: number, maxInFlight = 1_000) {
  const clock = new SimulatedClock();
  const budget = new LocalBudget(requestsPerSecond, maxInFlight, clock);
  const starts: number[] = [];
  /** Starts requests one after the other that take `tookMs` each, as a sender does. */
  const work = async (tookMs: number): Promise<never> => {
    for (;;) {
      await budget.take();
      starts.push(clock.ms);
      await new Promise<void>((resolve) => clock.schedule(resolve, tookMs));
      budget.release();
    }
  };
  return { clock, budget, starts, work };
}

/** The most starts within any stretch of so many milliseconds. */
function busiest(starts: readonly number[], windowMs: number): number {
  return Math.max(
    0,
    ...starts.map((from) => starts.filter((at) => at >= from && at < from + windowMs).length),
  );
}

/** Requests that may start at once after a long rest. */
async function reserveOf(rate: number): Promise<number> {
  const { clock, budget } = newBudget(rate);
  await clock.advance(60_000);
  let free = 0;
  while (budget.take() === undefined) free += 1;
  return free;
}

describe('the rate', () => {
  test.each([[10], [50], [400]])(
    'of %d requests a second is reached and, beyond a small reserve, never passed',
    async (rate) => {
      const { clock, starts, work } = newBudget(rate);
      for (let sender = 0; sender < 20; sender += 1) void work(40);
      await clock.advance(5_000);
      const reserve = await reserveOf(rate);
      expect(starts.length).toBeLessThanOrEqual(5 * rate + reserve);
      expect(starts.length).toBeGreaterThan(5 * rate * 0.95);
      expect(busiest(starts, 1_000)).toBeLessThanOrEqual(rate + reserve + 1);
    },
  );

  test('a rest saves up a fraction of a second, and at least one request', async () => {
    expect(await reserveOf(1_000)).toBeLessThanOrEqual(300);
    expect(await reserveOf(0.1)).toBe(1);
  });

  test('below one a second the first request starts at once, the next when its time has come', async () => {
    const { clock, starts, work } = newBudget(0.5);
    void work(0);
    await clock.advance(4_100);
    expect(starts).toEqual([5_000, 7_000, 9_000]);
  });
});

describe('requests in flight', () => {
  test('are bounded, and a release lets the next one start without a timer', async () => {
    const { clock, budget } = newBudget(1_000_000, 2);
    expect(budget.take()).toBeUndefined();
    expect(budget.take()).toBeUndefined();
    const served: string[] = [];
    void budget.take()?.then(() => served.push('third'));
    await clock.advance(10_000);
    expect(served).toEqual([]);
    budget.release();
    await clock.advance(0);
    expect(served).toEqual(['third']);
  });

  test('that were not started after all give their place back', () => {
    const { budget } = newBudget(1_000_000, 1);
    for (let turn = 0; turn < 5; turn += 1) {
      expect(budget.take()).toBeUndefined();
      budget.release();
    }
  });
});

test('turns are given in the order in which they were asked for', async () => {
  const { clock, budget } = newBudget(100, 2);
  const served: number[] = [];
  const serve = (name: number) => {
    served.push(name);
    clock.schedule(() => budget.release(), 30);
  };
  for (let name = 0; name < 30; name += 1) {
    const turn = budget.take();
    if (turn === undefined) serve(name);
    else void turn.then(() => serve(name));
  }
  await clock.advance(2_000);
  expect(served).toEqual(Array.from({ length: 30 }, (_, name) => name));
});

test('those who wait keep their order through every change of what is allowed, and whoever leaves is left out', async () => {
  const { clock, budget } = newBudget(0, 3);
  const served: number[] = [];
  const leaving = new AbortController();
  const left: number[] = [];
  for (let name = 0; name < 40; name += 1) {
    const isLeaving = name % 10 === 9;
    void budget.take(isLeaving ? leaving.signal : undefined)?.then((isTaken) => {
      (isTaken ? served : left).push(name);
      if (isTaken) clock.schedule(() => budget.release(), 20);
    });
  }
  await clock.advance(1_000);
  expect(served).toEqual([]);
  const allow = async (requestsPerSecond: number, forMs: number) => {
    budget.allow({ requestsPerSecond, ofLimit: 1, untilMs: clock.ms + forMs });
    await clock.advance(500);
    return served.length;
  };
  const few = await allow(10, 500);
  expect(few).toBeGreaterThan(2);
  // Over, and nothing new: nobody is served, whatever was saved up.
  await clock.advance(5_000);
  expect(served).toHaveLength(few);
  leaving.abort();
  const more = await allow(30, 500);
  expect(more).toBeGreaterThan(few);
  expect(await allow(0, 500)).toBe(more);
  budget.pauseFor(300);
  expect(await allow(1_000, 60_000)).toBeGreaterThan(more);
  await clock.advance(5_000);
  const names = Array.from({ length: 40 }, (_, name) => name);
  expect(left).toEqual([9, 19, 29, 39]);
  expect(served).toEqual(names.filter((name) => name % 10 !== 9));
});

describe('a pause', () => {
  const epochSeconds = (clock: SimulatedClock, inMs: number) => String((clock.epochMs() + inMs) / 1_000);

  test.each<[string, number, (clock: SimulatedClock) => Record<string, string>, number]>([
    ['429 with retry-after', 429, () => ({ 'x-ratelimit-retry-after': '3' }), 3_000],
    [
      '429 with a reset in epoch seconds',
      429,
      (clock) => ({ 'x-ratelimit-reset': epochSeconds(clock, 2_000) }),
      2_000,
    ],
    ['429 without any hint', 429, () => ({}), 1_000],
    [
      'an answer that used up the window',
      201,
      (clock) => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epochSeconds(clock, 4_000) }),
      4_000,
    ],
  ])('after %s is kept', async (_, status, headers, pauseMs) => {
    const { clock, budget, starts, work } = newBudget(100);
    budget.observe(status, headers(clock));
    const from = clock.ms;
    for (let sender = 0; sender < 3; sender += 1) void work(10);
    await clock.advance(pauseMs + 2_000);
    expect(starts.length).toBeGreaterThan(100);
    expect(starts[0]).toBeGreaterThanOrEqual(from + pauseMs);
    // Half of the jitter of 250 ms, and the next tick of the timer.
    expect(starts[0]).toBeLessThan(from + pauseMs + 130);
  });

  test.each([
    ['requests are left', { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '60' }],
    ['nothing says until when', { 'x-ratelimit-remaining': '0' }],
    ['no header is there', {}],
  ])('is not made where %s', (_, headers) => {
    const { budget } = newBudget(100);
    budget.observe(201, headers);
    expect(budget.take()).toBeUndefined();
  });

  test('that is asked for while others wait holds them back as well; the longer of two counts', async () => {
    const { clock, budget, starts, work } = newBudget(10);
    for (let sender = 0; sender < 4; sender += 1) void work(1);
    await clock.advance(1);
    budget.observe(429, { 'x-ratelimit-retry-after': '9' });
    budget.observe(429, { 'x-ratelimit-retry-after': '2' });
    const until = clock.ms + 9_000;
    await clock.advance(12_000);
    expect(starts.filter((at) => at > 5_001 && at < until)).toEqual([]);
    expect(starts.length).toBeGreaterThan(20);
  });

  test('that another process was told of ends within an hour, whatever was said', async () => {
    const { clock, budget } = newBudget(100);
    budget.pauseFor(1e15);
    expect(budget.pauseLeft()).toEqual({ toldMs: 0, inAllMs: 3_600_000 });
    const turn = budget.take();
    await clock.advance(3_600_001);
    await expect(turn).resolves.toBe(true);
  });

  test('of Braze’s longest window is told as no more than that, also where the sum of moments is rounded up', () => {
    const { clock, budget } = newBudget(100);
    clock.ms = 8_379_080.828256606;
    expect(clock.ms + 3_600_000 - clock.ms).toBeGreaterThan(3_600_000);
    budget.observe(429, { 'x-ratelimit-retry-after': '3600' });
    expect(budget.pauseLeft().toldMs).toBe(3_600_000);
  });

  test('saves up no more than any other rest does', async () => {
    const { clock, budget } = newBudget(100);
    const reserve = await reserveOf(100);
    budget.observe(429, { 'x-ratelimit-retry-after': '5' });
    let started = 0;
    for (let asked = 0; asked < 200; asked += 1) void budget.take()?.then(() => (started += 1));
    await clock.advance(5_124);
    expect(started).toBe(0);
    await clock.advance(2);
    expect(started).toBeLessThanOrEqual(reserve);
    await clock.advance(2_000);
    expect(started).toBe(200);
  });
});

describe('a window of Braze’s', () => {
  test('gets no more requests than it still has room for, those in flight included', async () => {
    const { clock, budget } = newBudget(1_000);
    const headers = { 'x-ratelimit-remaining': '10', 'x-ratelimit-reset': '3' };
    for (let inFlight = 0; inFlight < 4; inFlight += 1) expect(budget.take()).toBeUndefined();
    budget.observe(201, headers);
    let started = 0;
    for (let asked = 0; asked < 50; asked += 1) {
      const turn = budget.take();
      if (turn === undefined) started += 1;
      else void turn.then(() => (started += 1));
    }
    await clock.advance(2_999);
    expect(started).toBe(6);
    await clock.advance(100);
    expect(started).toBe(50);
  });

  test('that has room again, by a later answer, is used at once', async () => {
    const { clock, budget } = newBudget(1_000);
    expect(budget.take()).toBeUndefined();
    budget.observe(201, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3' });
    let started = 0;
    void budget.take()?.then(() => (started += 1));
    await clock.advance(10);
    expect(started).toBe(0);
    budget.observe(201, { 'x-ratelimit-remaining': '2999', 'x-ratelimit-reset': '3' });
    budget.release();
    await clock.advance(10);
    expect(started).toBe(1);
  });
});

test('a rate so low that no timer reaches the next token is looked at again every hour', async () => {
  const { clock, budget } = newBudget(1e-9);
  expect(budget.take()).toBeUndefined();
  const delays: number[] = [];
  const { schedule } = clock;
  clock.schedule = (callback, delayMs) => {
    delays.push(delayMs);
    schedule(callback, delayMs);
  };
  void budget.take();
  await clock.advance(3_600_000);
  expect(delays).toEqual([3_600_000, 3_600_000]);
});

test('that is closed lets everybody go with nothing, also who could leave by a signal', async () => {
  const { clock, budget } = newBudget(1, 1);
  await budget.take();
  const leaving = new AbortController();
  const waits = [budget.take(), budget.take(leaving.signal)].map(async (turn) => turn);
  budget.close();
  leaving.abort();
  await expect(Promise.all(waits)).resolves.toEqual([false, false]);
  budget.release();
  await clock.advance(5_000);
  await expect(budget.take()).resolves.toBe(false);
  expect(budget.isInUse()).toBe(false);
});

test('works on the real clock too', async () => {
  const budget = new LocalBudget(1_000, 1);
  await budget.take();
  const second = budget.take();
  const first = await Promise.race([second?.then(() => 'second'), sleep(5, 'nobody')]);
  expect(first).toBe('nobody');
  budget.release();
  await second;
});
