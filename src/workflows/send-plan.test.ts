import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { activationInput, outcomes, planOf, receiptOf } from '../../test/workflows/samples';
import { failureOf, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

const AWAY = { code: 'BRAZE_UNAVAILABLE', message: 'Braze answers 503' };

test('a key that Braze no longer takes stops the run; what was sent is committed', async () => {
  world.planRun.answer = () => planOf({ source: 300, add: 300 }, { add: 6, remove: 0 });
  const stopped = { code: 'BRAZE_KEY_REJECTED', message: 'Braze answered 401' };
  world.sendSlice.answer = (slice) =>
    slice.index === 0 ? receiptOf(slice) : receiptOf(slice, { unsent: 50 }, stopped);
  const failure = await failureOf(bed.execute(activationInput()));
  expect(failure).toMatchObject({
    type: 'BRAZE_KEY_REJECTED',
    details: [
      {
        outcome: 'failed',
        error: { ...stopped, actor: 'credentialOwner' },
        sent: outcomes({ accepted: 300 }),
      },
    ],
  });
  // At most one more was under way when the first one stopped.
  expect(world.sendSlice.calls.length).toBeLessThanOrEqual(4);
  expect(world.foldLedger.calls).toHaveLength(1);
  expect(world.commitRun.calls.map(({ request }) => request.closes)).toEqual([[1]]);
});

test('while Braze is away the run waits, then sends only the slices that are not finished', async () => {
  world.sendSlice.answer = (slice, call) => {
    if (slice.operation === 'add' && slice.index === 0) return receiptOf(slice);
    return call <= 4 ? receiptOf(slice, { accepted: 10, unsent: 40 }, AWAY) : receiptOf(slice);
  };
  const run = await bed.start(activationInput());
  expect(await run.result()).toMatchObject({ outcome: 'done', slices: { done: 3, total: 3 } });
  expect(world.slices.filter((slice) => slice === 'add-0')).toHaveLength(1);
  expect(world.slices.filter((slice) => slice === 'remove-0').length).toBeGreaterThanOrEqual(1);
  expect(world.sendSlice.calls.length).toBeGreaterThan(4);
  // One round's wait of ten seconds at least, and the apply lag.
  expect(await bed.lastedSeconds(run)).toBeGreaterThanOrEqual(310);
});

test('Braze being away is waited out for about a day, then the run fails and commits', async () => {
  world.planRun.answer = () => planOf({ source: 50, add: 50 }, { add: 1, remove: 0 });
  world.sendSlice.answer = (slice) => receiptOf(slice, { unsent: 50 }, AWAY);
  const run = await bed.start(activationInput());
  const failure = await failureOf(run.result());
  expect(failure).toMatchObject({ type: 'BRAZE_UNAVAILABLE', details: [{ error: { actor: 'wait' } }] });
  expect(world.sendSlice.calls).toHaveLength(151);
  const hours = (await bed.lastedSeconds(run)) / 3_600;
  expect(hours).toBeGreaterThan(23);
  expect(hours).toBeLessThan(26);
  expect(world.commitRun.calls).toHaveLength(1);
});

test('what stays unknown after three more rounds is left unsure, and the run ends', async () => {
  world.planRun.answer = () => planOf({ source: 100, add: 100 }, { add: 2, remove: 0 });
  world.sendSlice.answer = (slice) =>
    slice.index === 0 ? receiptOf(slice) : receiptOf(slice, { accepted: 49, unknown: 1 });
  world.foldLedger.answer = ({ generation }) => ({
    ledger: {
      generation,
      file: { key: 'g1.parquet', bytes: 1, sha256: '1'.repeat(64) },
      manifest: { key: 'g1.json', bytes: 1, sha256: '1'.repeat(64) },
      members: 100,
      unsure: 1,
    },
    outcomes: { add: outcomes({ accepted: 99, unknown: 1 }), remove: outcomes({}) },
    sentNothing: false,
  });
  const result = await bed.execute(activationInput());
  expect(result).toMatchObject({ outcome: 'done', sent: outcomes({ accepted: 99, unknown: 1 }) });
  expect(result.summary).toContain('1 without a known outcome');
  expect([...world.slices].sort()).toEqual(['add-0', 'add-1', 'add-1', 'add-1', 'add-1']);
  expect(world.commitRun.calls[0]?.request.ledger.unsure).toBe(1);
});

test('a slice that fails for good lets the one beside it finish, and begins no other', async () => {
  world.planRun.answer = () => planOf({ source: 300, add: 300 }, { add: 6, remove: 0 });
  let finished = 0;
  world.sendSlice.answer = async (slice) => {
    if (slice.index === 0) return failing('BRAZE_REQUEST_REFUSED')();
    await new Promise((resolve) => setTimeout(resolve, 500));
    finished += 1;
    return receiptOf(slice);
  };
  let finishedAtFold = -1;
  const fold = world.foldLedger.answer;
  world.foldLedger.answer = (input, call) => {
    finishedAtFold = finished;
    return fold(input, call);
  };
  const failure = await failureOf(bed.execute(activationInput()));
  expect(failure).toMatchObject({ type: 'BRAZE_REQUEST_REFUSED' });
  expect(finishedAtFold).toBe(1);
  expect([...world.slices].sort()).toEqual(['add-0', 'add-1']);
});
