import { type BrazeReply } from '../adapters/braze/connection';
import { LocalBudget, type RequestBudget } from '../adapters/braze/budget';
import { SliceOutcomes } from '../domain/slice-outcomes';
import { type SandboxOptions } from '../sandbox/settings';
import {
  having,
  impatientBudget,
  linesOf,
  numbered,
  Sending,
  TestGate,
} from '../../test/activities/slice-sending';

const REFUSAL = 'provided external_id is blacklisted and disallowed';
let sending: Sending | undefined;
afterEach(async () => {
  await sending?.close();
  sending = undefined;
});

async function open(ids: readonly string[], options: Partial<SandboxOptions> = {}): Promise<Sending> {
  sending = await Sending.open(ids, options);
  return sending;
}

test('everybody gets the value, in as few requests as the limit allows', async () => {
  const ids = numbered(1_000);
  const braze = await open(ids);
  const { tally, outcomes } = await braze.send(linesOf(ids), { concurrency: 8 });
  expect(outcomes.counts()).toEqual({ accepted: 1_000, rejected: 0, unknown: 0, unsent: 0 });
  expect(tally).toEqual({ requests: 14, retries: 0, throttled: 0 });
  expect(await braze.holders()).toEqual([...ids].sort());
  await braze.send(linesOf(ids.slice(0, 400)), { operation: 'remove' });
  expect(await braze.holders()).toEqual(ids.slice(400).sort());
});

test('an empty slice, or one whose receipts answer every line, sends nothing', async () => {
  const braze = await open(['a']);
  const answered = new SliceOutcomes(1);
  answered.merge(0, 'rejected', 'bad id');
  expect((await braze.send([])).tally.requests).toBe(0);
  expect((await braze.send(['"a"'], { outcomes: answered })).tally.requests).toBe(0);
  expect(braze.requests()).toBe(0);
});

test('only lines without an answer are sent, and earlier answers stay', async () => {
  const ids = numbered(6);
  const braze = await open(ids);
  const outcomes = new SliceOutcomes(6);
  outcomes.mergeReceipt({ rejected: [[1, 'bad id']], unknown: [2], unsent: [[4, 5]] });
  await braze.send(linesOf(ids), { outcomes });
  expect(await braze.holders()).toEqual(['u2', 'u4', 'u5']);
  expect(outcomes.exceptions()).toEqual({ rejected: [[1, 'bad id']], unknown: [], unsent: [] });
});

describe('refusals', () => {
  const ids = [...numbered(100), 'bad-1', ...numbered(100, 'v'), 'bad-2', 'bad-3'];
  const good = ids.filter((id) => !id.startsWith('bad-')).sort();

  test.each([[false], [true]])(
    'each bad record is found and named in Braze’s words, the others are accepted (errors without index: %s)',
    async (errorsWithoutIndex) => {
      const braze = await open(ids, { refuse: [{ externalIdPrefix: 'bad-' }], errorsWithoutIndex });
      const { outcomes } = await braze.send(linesOf(ids));
      expect(having('accepted', ids, outcomes)).toEqual(good);
      expect(outcomes.exceptions().rejected).toEqual([
        [100, REFUSAL],
        [201, REFUSAL],
        [202, REFUSAL],
      ]);
      expect(await braze.holders()).toEqual(good);
      expect(braze.braze.sandbox.workspace.overlaps.counts).toMatchObject({ inFlight: 0 });
    },
  );

  test('a request of which every object is refused', async () => {
    const bad = numbered(5, 'bad-');
    const braze = await open([], { refuse: [{ externalIdPrefix: 'bad-' }] });
    const { tally, outcomes } = await braze.send(linesOf(bad));
    expect(outcomes.counts()).toMatchObject({ rejected: 5 });
    expect(tally.requests).toBe(1);
  });

  test('one record that spoils its request is narrowed down to', async () => {
    const many = numbered(75);
    const lines = linesOf(many);
    lines[37] = '{broken';
    const braze = await open(many);
    const { outcomes } = await braze.send(lines);
    expect(outcomes.exceptions()).toEqual({
      rejected: [[37, 'Invalid JSON in request body']],
      unknown: [],
      unsent: [],
    });
    expect(await braze.holders()).toEqual(many.filter((_, at) => at !== 37).sort());
  });

  test('a request that is too large is halved until it fits', async () => {
    const many = numbered(64);
    const limits = { maxBodyBytes: 1_000 };
    const braze = await open(many, { limits });
    const { outcomes } = await braze.send(linesOf(many));
    expect(outcomes.counts()).toMatchObject({ accepted: 64 });
    expect(await braze.holders()).toEqual([...many].sort());
  });
});

describe('what makes further requests pointless', () => {
  const ids = numbered(300);

  test.each([
    ['BRAZE_KEY_REJECTED', {}, { key: 'another' }],
    ['BRAZE_PERMISSION_MISSING', { keys: [{ key: 'weak', scopes: ['users.export.ids'] }] }, { key: 'weak' }],
    ['BRAZE_ENDPOINT_INVALID', {}, { path: '/users/elsewhere' }],
    ['BRAZE_BATCH_TOO_LARGE', { limits: { objectsPerRequest: { mode: 'total', max: 50 } } }, {}],
  ] as const)('%s stops the slice and leaves everybody unsent', async (code, options, how) => {
    const braze = await open([], options);
    const { tally, outcomes } = await braze.send(linesOf(ids), { ...how, concurrency: 2 });
    expect(tally.stopped).toMatchObject({ code });
    expect(tally.requests).toBeLessThanOrEqual(2);
    expect(outcomes.counts()).toEqual({ accepted: 0, rejected: 0, unknown: 0, unsent: 300 });
    expect(JSON.stringify(tally)).not.toContain('another');
  });

  test('a key that is revoked under way: what was accepted stays accepted, the rest is unsent', async () => {
    const braze = await open(ids);
    let answers = 0;
    const { tally, outcomes } = await braze.send(linesOf(ids), {
      objectsPerRequest: 10,
      onReply: () => {
        answers += 1;
        if (answers === 9) braze.braze.sandbox.workspace.keys.remove('test-key-of-the-sandbox');
      },
    });
    expect(tally.stopped).toMatchObject({ code: 'BRAZE_KEY_REJECTED' });
    const { accepted, unsent } = outcomes.counts();
    expect(accepted).toBeGreaterThanOrEqual(90);
    expect(accepted + unsent).toBe(300);
    expect(unsent).toBeGreaterThan(0);
    braze.braze.sandbox.workspace.keys.add({ key: 'test-key-of-the-sandbox', scopes: 'all' });
    expect(await braze.holders()).toEqual(having('accepted', ids, outcomes));
  });

  test('Braze that takes no connection: nothing was sent, and it is given up in bounded time', async () => {
    const braze = await open([]);
    await braze.braze.sandbox.close();
    const { tally, outcomes } = await braze.send(linesOf(ids), { objectsPerRequest: 10, concurrency: 1 });
    expect(tally).toMatchObject({ requests: 48, retries: 48, stopped: { code: 'BRAZE_UNAVAILABLE' } });
    expect(outcomes.counts()).toEqual({ accepted: 0, rejected: 0, unknown: 0, unsent: 300 });
  });

  test('Braze that answers nothing but 500: who was in a request is unknown, who was not is unsent', async () => {
    const braze = await open(ids);
    braze.braze.sandbox.workspace.faults.add({ match: { every: 1 }, fault: { kind: 'status', status: 500 } });
    const { tally, outcomes } = await braze.send(linesOf(ids), { objectsPerRequest: 10, concurrency: 1 });
    expect(tally.stopped).toMatchObject({ code: 'BRAZE_UNAVAILABLE' });
    expect(outcomes.counts()).toEqual({ accepted: 0, rejected: 0, unknown: 80, unsent: 220 });
  });

  test('one request that is never answered is left as unknown, and the others go on', async () => {
    const braze = await open(ids);
    const fault = { kind: 'timeoutAfterApply', holdMs: 1 } as const;
    braze.braze.sandbox.workspace.faults.add({ match: { next: 6 }, fault });
    const { tally, outcomes } = await braze.send(linesOf(ids), { objectsPerRequest: 50, concurrency: 1 });
    expect(tally).toEqual({ requests: 11, retries: 6, throttled: 0 });
    expect(outcomes.counts()).toEqual({ accepted: 250, rejected: 0, unknown: 50, unsent: 0 });
    const again = await braze.send(linesOf(ids), { objectsPerRequest: 50, concurrency: 1, outcomes });
    expect(again.tally.requests).toBe(1);
    expect(again.outcomes.counts()).toMatchObject({ accepted: 300 });
  });
});

describe('the gate', () => {
  const ids = numbered(200);

  test('no request starts before it opens', async () => {
    const gate = new TestGate();
    gate.set('closed');
    const braze = await open(ids);
    const running = braze.send(linesOf(ids), { gate });
    while (!gate.isAwaited) await new Promise((resolve) => setImmediate(resolve));
    expect(braze.requests()).toBe(0);
    gate.set('open');
    expect((await running).outcomes.counts()).toMatchObject({ accepted: 200 });
  });

  test('closed for good under way: what is in flight ends with its answer, nothing else starts', async () => {
    const gate = new TestGate();
    const braze = await open(ids);
    let answers = 0;
    const { tally, outcomes } = await braze.send(linesOf(ids), {
      gate,
      objectsPerRequest: 5,
      onReply: () => {
        answers += 1;
        if (answers === 5) gate.set('ended');
      },
    });
    expect(tally.stopped).toBeUndefined();
    // Of the four in flight when the fifth answer came, three were still to be answered.
    expect(tally.requests).toBe(8);
    expect(braze.requests()).toBe(8);
    expect(outcomes.counts()).toEqual({ accepted: 40, rejected: 0, unknown: 0, unsent: 160 });
    expect(await braze.holders()).toEqual(having('accepted', ids, outcomes));
  });

  test('one that closes while a sender waits for its turn is looked at again, and the turn is given back', async () => {
    const gate = new TestGate();
    const budget = impatientBudget(1);
    const braze = await open(ids);
    const { tally, outcomes } = await braze.send(linesOf(ids), {
      gate,
      budget,
      objectsPerRequest: 50,
      onReply: () => gate.set('ended'),
    });
    expect(tally.requests).toBe(1);
    expect(outcomes.counts()).toMatchObject({ accepted: 50, unsent: 150 });
    expect(budget.take()).toBeUndefined();
  });

  test('one that ends during a long pause of Braze’s ends the sender at once, and keeps no turn', async () => {
    const gate = new TestGate();
    // A pause that never ends: nothing wakes who waits.
    const clock = { nowMs: () => 0, epochMs: Date.now, schedule: () => undefined, random: () => 0 };
    const budget = new LocalBudget(1_000, 1, clock);
    const braze = await open(ids);
    const { tally, outcomes } = await braze.send(linesOf(ids), {
      gate,
      budget,
      concurrency: 1,
      objectsPerRequest: 50,
      onReply: () => {
        budget.observe(429, { 'x-ratelimit-retry-after': '3600' });
        setImmediate(() => gate.set('ended'));
      },
    });
    expect(tally.requests).toBe(1);
    expect(outcomes.counts()).toMatchObject({ accepted: 50, unsent: 150 });
  });

  test('one that closes for a while only delays', async () => {
    const gate = new TestGate();
    const braze = await open(ids);
    let answers = 0;
    const { outcomes } = await braze.send(linesOf(ids), {
      gate,
      objectsPerRequest: 5,
      onReply: () => {
        answers += 1;
        if (answers % 10 !== 0) return;
        gate.set('closed');
        setTimeout(() => gate.set('open'), 1);
      },
    });
    expect(outcomes.counts()).toMatchObject({ accepted: 200 });
  });
});

test('a pause that Braze asks for is learnt before the next request may start', async () => {
  const braze = await open(['a', 'b']);
  braze.braze.sandbox.workspace.faults.add({ match: { next: 1 }, fault: { kind: 'status', status: 429 } });
  const inner = impatientBudget(1);
  const seen: string[] = [];
  const budget: RequestBudget = {
    take: (signal) => inner.take(signal),
    release: () => {
      seen.push('release');
      inner.release();
    },
    observe: (status, headers) => {
      seen.push(`observe ${status}`);
      inner.observe(status, headers);
    },
  };
  await braze.send(['"a"', '"b"'], { budget, objectsPerRequest: 1, concurrency: 2 });
  expect(seen).toEqual(['observe 429', 'release', 'observe 201', 'release', 'observe 201', 'release']);
});

test('a slice that is asked for a line it does not have is a broken invariant, not a silent gap', async () => {
  const braze = await open(['a']);
  await expect(braze.send(['"a"'], { outcomes: new SliceOutcomes(2) })).rejects.toThrow('no line 1');
});

test('the sender’s budget is given back when the connection itself fails', async () => {
  const braze = await open(['a']);
  const budget = impatientBudget(1);
  const onReply = (_: BrazeReply) => {
    throw new Error('broken connection');
  };
  await expect(braze.send(['"a"'], { budget, onReply })).rejects.toThrow('broken connection');
  expect(budget.take()).toBeUndefined();
});
