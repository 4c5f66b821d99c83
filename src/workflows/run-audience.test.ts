import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { audienceKey } from '../activities/check-input';
import { audienceWorkflowId } from '../contract/names';
import { quietPeriodMs } from '../contract/timing';
import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { activationInput, ledgerOf, outcomes, receiptOf, SETTINGS } from '../../test/workflows/samples';
import { eventually, failureOf, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

const KEY = audienceKey('lexer_audience', 'Leads', 'external_id');
const PARTLY = { add: outcomes({ accepted: 20, unsent: 80 }), remove: outcomes({ unsent: 20 }) };

/** As the real activity does when it is cancelled: ends the requests in flight and answers with its receipt. */
function sendUntilCancelled(): void {
  world.sendSlice.answer = async (slice) => {
    const { cancellationSignal } = Context.current();
    while (!cancellationSignal.aborted) {
      Context.current().heartbeat();
      await delay(20);
    }
    return receiptOf(slice, { accepted: 10, unsent: 40 });
  };
  world.foldLedger.answer = ({ generation }) => ({
    ledger: ledgerOf(generation, 20),
    outcomes: PARTLY,
    sentNothing: false,
  });
}

test('a run that is cancelled before it sends changes nothing and ends its hold', async () => {
  world.planRun.answer = async () => {
    const { cancelled } = Context.current();
    const beating = setInterval(() => Context.current().heartbeat(), 20);
    try {
      return await cancelled;
    } finally {
      clearInterval(beating);
    }
  };
  const run = await bed.start(activationInput());
  await eventually(() => world.planRun.calls.length > 0);
  await bed.cancel(run);
  await expect(failureOf(run.result())).resolves.toBeInstanceOf(CancelledFailure);
  expect((await run.describe()).status.name).toBe('CANCELLED');
  expect(world.sendSlice.calls).toEqual([]);
  expect(world.commitRun.calls).toEqual([]);
  expect(world.endRun.calls.map(({ request }) => request)).toEqual([
    expect.objectContaining({ key: KEY, generation: 1, outcome: 'cancelled', sentNothing: true }),
  ]);
  expect(world.audiences[KEY]).toMatchObject({ open: [], lastOutcome: { outcome: 'cancelled' } });
  await expect(bed.brazier.status(run.workflowId)).resolves.toMatchObject({ outcome: 'cancelled' });
});

test('a run that is cancelled while it sends settles, folds and commits before it ends', async () => {
  sendUntilCancelled();
  const run = await bed.start(activationInput());
  await eventually(() => world.sendSlice.calls.length === 2);
  await bed.cancel(run);
  await expect(failureOf(run.result())).resolves.toBeInstanceOf(CancelledFailure);
  expect((await run.describe()).status.name).toBe('CANCELLED');
  expect(await bed.lastedSeconds(run)).toBeGreaterThanOrEqual(SETTINGS.braze.applyLagSeconds);
  // The third slice is never begun.
  expect([...world.slices].sort()).toEqual(['add-0', 'add-1']);
  expect(world.foldLedger.calls).toHaveLength(1);
  expect(world.commitRun.calls.map(({ request }) => request)).toEqual([
    { key: KEY, generation: 1, ledger: ledgerOf(1, 20), closes: [1] },
  ]);
  expect(world.sendEndMail.calls.map(({ result }) => result)).toEqual([
    expect.objectContaining({ outcome: 'cancelled', sent: outcomes({ accepted: 20, unsent: 100 }) }),
  ]);
  expect(world.verifySample.calls).toEqual([]);
});

test('the audience’s holder can be cancelled itself: it commits, and its run ends cancelled', async () => {
  sendUntilCancelled();
  const run = await bed.start(activationInput());
  await eventually(() => world.sendSlice.calls.length === 2);
  await bed.cancel(bed.client.workflow.getHandle(audienceWorkflowId('shop', KEY)));
  await expect(failureOf(run.result())).resolves.toBeInstanceOf(CancelledFailure);
  expect(world.commitRun.calls).toHaveLength(1);
  await expect(bed.brazier.status(run.workflowId)).resolves.toMatchObject({ outcome: 'cancelled' });
});

test('a slice that fails for good is settled and committed, and the run fails with its code', async () => {
  world.sendSlice.answer = failing('STATE_CORRUPT', 'a slice differs from its checksum');
  const failure = await failureOf(bed.execute(activationInput()));
  expect(failure).toMatchObject({
    type: 'STATE_CORRUPT',
    details: [{ outcome: 'failed', error: { code: 'STATE_CORRUPT', actor: 'us' }, generation: 1 }],
  });
  expect(world.foldLedger.calls).toHaveLength(1);
  expect(world.commitRun.calls.map(({ request }) => request.closes)).toEqual([[1]]);
  expect(world.endRun.calls.map(({ request }) => request)).toEqual([
    expect.objectContaining({ outcome: 'failed', sentNothing: false }),
  ]);
});

test('a run whose generation was closed never commits', async () => {
  world.sendSlice.answer = failing('GENERATION_CLOSED');
  const failure = await failureOf(bed.execute(activationInput()));
  expect(failure).toMatchObject({ type: 'GENERATION_CLOSED', details: [{ outcome: 'failed' }] });
  expect(world.foldLedger.calls).toEqual([]);
  expect(world.commitRun.calls).toEqual([]);
  expect(world.audiences[KEY]?.open).toHaveLength(1);
});

test('a ledger that cannot be folded fails the run and stays owed to the next one', async () => {
  world.foldLedger.answer = failing('STATE_CORRUPT', 'a receipt is missing');
  const failure = await failureOf(bed.execute(activationInput()));
  expect(failure).toMatchObject({ type: 'STATE_CORRUPT', details: [{ outcome: 'failed' }] });
  expect(world.foldLedger.calls).toHaveLength(1);
  expect(world.commitRun.calls).toEqual([]);
  expect(world.audiences[KEY]?.open.map(({ generation }) => generation)).toEqual([1]);
});

describe('after a run that never committed', () => {
  beforeEach(() => {
    world.audiences[KEY] = {
      key: KEY,
      audience: 'Leads',
      attribute: 'lexer_audience',
      identifier: 'external_id',
      generation: 2,
      beginToken: 'of-the-broken-run',
      ledger: ledgerOf(1, 10),
      open: [{ workflowId: 'broken', runId: 'broken', generation: 2 }],
    };
    world.recoverLedger.answer = () => ({
      ledger: ledgerOf(3, 15, 5),
      changed: true,
      inDoubt: true,
      correctionsFolded: 0,
    });
  });

  test('the next one folds it, commits that, and waits until no old write can arrive', async () => {
    const run = await bed.start(activationInput());
    await run.result();
    expect(world.recoverLedger.calls).toEqual([
      { integration: 'shop', audienceKey: KEY, generation: 3, ledger: ledgerOf(1, 10), open: [2] },
    ]);
    expect(world.commitRun.calls.map(({ request }) => request)).toEqual([
      { key: KEY, generation: 3, ledger: ledgerOf(3, 15, 5), closes: [2] },
      expect.objectContaining({ generation: 3, closes: [3] }),
    ]);
    expect(world.planRun.calls[0]?.ledger).toEqual(ledgerOf(3, 15, 5));
    const waits = quietPeriodMs(SETTINGS.braze) / 1_000 + SETTINGS.braze.applyLagSeconds;
    expect(await bed.lastedSeconds(run)).toBeGreaterThanOrEqual(waits);
    expect(world.audiences[KEY]?.open).toEqual([]);
  });

  test('the evidence is read only after that wait', async () => {
    let readAt = 0;
    const { answer } = world.recoverLedger;
    world.recoverLedger.answer = (input, call) => {
      readAt = Context.current().info.scheduledTimestampMs;
      return answer(input, call);
    };
    const run = await bed.start(activationInput());
    await run.result();
    const { startTime } = await run.describe();
    expect(readAt - startTime.getTime()).toBeGreaterThanOrEqual(quietPeriodMs(SETTINGS.braze));
  });

  test('where nobody ever held the value the broken run is closed as it is', async () => {
    delete world.audiences[KEY]?.ledger;
    world.recoverLedger.answer = () => ({ changed: false, inDoubt: false, correctionsFolded: 0 });
    await bed.execute(activationInput());
    expect(world.endRun.calls[0]?.request).toMatchObject({
      generation: 2,
      outcome: 'failed',
      sentNothing: true,
    });
    expect(world.commitRun.calls.map(({ request }) => request.closes)).toEqual([[3]]);
    expect(world.audiences[KEY]?.open).toEqual([]);
  });

  test('a dry run looks at the folded ledger and commits nothing', async () => {
    const run = await bed.start(activationInput({ dryRun: true }));
    await run.result();
    expect(world.planRun.calls[0]?.ledger).toEqual(ledgerOf(3, 15, 5));
    expect(world.commitRun.calls).toEqual([]);
    expect(await bed.lastedSeconds(run)).toBeLessThan(quietPeriodMs(SETTINGS.braze) / 1_000);
    expect(world.audiences[KEY]?.open.map(({ generation }) => generation)).toEqual([2]);
  });
});
