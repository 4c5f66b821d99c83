import fc from 'fast-check';
import { describeBudget } from './describe-budget';
import {
  dropExpired,
  emptyBudget,
  grantLease,
  heldInAll,
  isIdle,
  LEASE,
  releaseLease,
  type BudgetState,
  type LeaseAnswer,
  type LeaseRequest,
} from './workspace-budget';

const LIMIT = 100;

function request(
  holder: string,
  change: { grant?: number; demand?: number; limit?: number; pauseMs?: number } = {},
): LeaseRequest {
  const { grant = 0, demand = LIMIT, limit = LIMIT, pauseMs = 0 } = change;
  return {
    holder,
    grant,
    track: { limit, demand, pauseMs },
    exportIds: { limit: 40, demand: 0, pauseMs: 0 },
  };
}

/** A holder as it is in its process: it spends by the last answer that reached it, until that lease is over. */
class Process {
  grant = 0;
  rate = 0;
  until = -Infinity;

  readonly name: string;
  readonly state: BudgetState;

  constructor(state: BudgetState, name: string) {
    this.state = state;
    this.name = name;
  }

  ask(now: number, demand = LIMIT, isHeard = true): LeaseAnswer {
    const answer = grantLease(this.state, request(this.name, { grant: this.grant, demand }), now);
    if (isHeard) {
      this.grant = answer.grant;
      this.rate = answer.track.requestsPerSecond;
      this.until = now + answer.leaseMs;
    }
    return answer;
  }

  release(): void {
    releaseLease(this.state, { holder: this.name, grant: this.grant });
    this.grant = 0;
    this.rate = 0;
  }

  spends(now: number): number {
    return now < this.until ? this.rate : 0;
  }
}

const steps = fc.array(
  fc.record({
    who: fc.integer({ min: 0, max: 4 }),
    what: fc.constantFrom('ask', 'askUnheard', 'release'),
    demand: fc.constantFrom(0, 5, 30, 100),
    passMs: fc.integer({ min: 0, max: 5_000 }),
  }),
  { minLength: 1, maxLength: 60 },
);

function processesOn(state: BudgetState): Process[] {
  return ['a', 'b', 'c', 'd', 'e'].map((name) => new Process(state, name));
}

const spentBy = (processes: readonly Process[], now: number) =>
  processes.reduce((sum, process) => sum + process.spends(now), 0);

test('the processes together never spend more than the limit, whatever answer is lost, late or out of use', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const state = emptyBudget();
      const processes = processesOn(state);
      let now = 0;
      for (const { who, what, demand, passMs } of history) {
        const process = processes[who];
        if (what === 'release') process?.release();
        else process?.ask(now, demand, what === 'ask');
        expect(spentBy(processes, now)).toBeLessThanOrEqual(LIMIT * (1 + 1e-9));
        expect(heldInAll(state, 'track')).toBeLessThanOrEqual(LIMIT * (1 + 1e-9));
        now += passMs;
        expect(spentBy(processes, now)).toBeLessThanOrEqual(LIMIT * (1 + 1e-9));
      }
    }),
  );
});

test('whatever was before, one period of renewals later everything is given out, fairly', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const state = emptyBudget();
      const processes = processesOn(state);
      let now = 0;
      for (const { who, what, demand, passMs } of history) {
        if (what === 'release') processes[who]?.release();
        else processes[who]?.ask(now, demand, what === 'ask');
        now += passMs;
      }
      // Everybody asks once, and then when told to; the last of those who lack something is told within the slack.
      const dueAt = new Map(processes.map((process) => [process, now + process.ask(now).renewAfterMs]));
      const end = now + LEASE.renewMs + LEASE.soonestMs + 4 * LEASE.slackMs;
      for (; now < end; now += 10) {
        for (const [process, at] of dueAt) {
          if (at <= now) dueAt.set(process, now + process.ask(now).renewAfterMs);
        }
      }
      for (const process of processes) expect(process.spends(now)).toBeCloseTo(LIMIT / 5, 6);
    }),
  );
});

describe('a newcomer', () => {
  test('alone gets everything', () => {
    expect(new Process(emptyBudget(), 'a').ask(0)).toMatchObject({
      grant: 1,
      leaseMs: LEASE.leaseMs,
      renewAfterMs: LEASE.renewMs,
      track: { requestsPerSecond: LIMIT, ofLimit: 1, pauseMs: 0 },
      exportIds: { requestsPerSecond: 0, ofLimit: 0 },
    });
  });

  test('gets what is free at once, and its due right after the other one has renewed and said so', () => {
    const state = emptyBudget();
    const [first, second] = [new Process(state, 'a'), new Process(state, 'b')];
    first.ask(0);
    const waits = second.ask(2_000);
    expect(waits.track.requestsPerSecond).toBe(0);
    // Just after the other one's renewal is due.
    expect(2_000 + waits.renewAfterMs).toBe(LEASE.renewMs + LEASE.slackMs);
    expect(first.ask(6_000)).toMatchObject({ renewAfterMs: 0, track: { requestsPerSecond: 50 } });
    expect(second.ask(6_010).track.requestsPerSecond).toBe(0);
    expect(first.ask(6_020)).toMatchObject({ renewAfterMs: LEASE.contendedMs });
    expect(second.ask(6_250)).toMatchObject({
      renewAfterMs: LEASE.contendedMs,
      track: { requestsPerSecond: 50 },
    });
  });

  test('gets the part of one that has died when that lease is over', () => {
    const state = emptyBudget();
    const [dead, living] = [new Process(state, 'a'), new Process(state, 'b')];
    dead.ask(0);
    expect(living.ask(LEASE.leaseMs - 1).track.requestsPerSecond).toBe(0);
    expect(living.ask(LEASE.leaseMs).track.requestsPerSecond).toBe(LIMIT);
  });
});

test('what is given back is free at once; a release that comes late takes no later grant away', () => {
  const state = emptyBudget();
  const [first, second] = [new Process(state, 'a'), new Process(state, 'b')];
  const old = first.ask(0).grant;
  first.release();
  expect(second.ask(1).track.requestsPerSecond).toBe(LIMIT);
  second.ask(2);
  releaseLease(state, { holder: 'b', grant: old });
  releaseLease(state, { holder: 'nobody', grant: 9 });
  expect(heldInAll(state, 'track')).toBe(LIMIT);
});

test('of several limits the lowest counts until its holder has gone', () => {
  const state = emptyBudget();
  grantLease(state, request('old', { limit: 40, demand: 10 }), 0);
  expect(grantLease(state, request('new'), 0).track.requestsPerSecond).toBeLessThanOrEqual(40);
  releaseLease(state, { holder: 'old', grant: 1 });
  expect(grantLease(state, request('new', { grant: 2 }), 1).track.requestsPerSecond).toBe(LIMIT);
});

test('a pause that one was told of holds all of them back; the longest counts', () => {
  const state = emptyBudget();
  grantLease(state, request('a', { pauseMs: 60_000 }), 0);
  grantLease(state, request('b', { pauseMs: 10_000 }), 0);
  expect(grantLease(state, request('c'), 20_000).track.pauseMs).toBe(40_000);
  expect(isIdle(state, 59_999)).toBe(false);
  expect(isIdle(state, 60_000)).toBe(true);
});

test('no pause lasts longer than Braze’s longest window', () => {
  const state = emptyBudget();
  grantLease(state, request('a', { pauseMs: 1e15 }), 0);
  expect(grantLease(state, request('b'), 0).track.pauseMs).toBe(3_600_000);
  expect(isIdle(state, 3_600_000)).toBe(true);
});

test('is idle once every lease is over; asking changes nothing', () => {
  const state = emptyBudget();
  expect(isIdle(state, 0)).toBe(true);
  grantLease(state, request('a'), 0);
  const before = structuredClone(state);
  expect(isIdle(state, LEASE.leaseMs - 1)).toBe(false);
  expect(isIdle(state, LEASE.leaseMs)).toBe(true);
  expect(state).toEqual(before);
  dropExpired(state, LEASE.leaseMs - 1);
  expect(state).toEqual(before);
  dropExpired(state, LEASE.leaseMs);
  expect(state.holders).toEqual([]);
});

test('people can read who may send how much', () => {
  const state = emptyBudget();
  expect(describeBudget('shop', state, 0)).toContain('nobody is sending');
  grantLease(state, request('1/a', { pauseMs: 5_000 }), 0);
  const text = describeBudget('shop', state, 0);
  expect(text).toContain('`/users/track`: 100 of 100 requests/s are given out');
  expect(text).toContain('until 1970-01-01T00:00:05.000Z');
  expect(text).toContain('1/a: 100 and 0 requests/s, grant 1');
});
