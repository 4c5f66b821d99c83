import { WorkflowUpdateFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { type FakeWorld } from '../../test/workflows/fake-world';
import { activationInput, GUARDED_PLAN, planOf, receiptOf } from '../../test/workflows/samples';
import { Gate } from '../../test/workflows/step';
import { eventually, failureOf, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => {
  world = await bed.reset();
  world.planRun.answer = () => GUARDED_PLAN;
});
afterAll(() => bed.close());

const HASH = GUARDED_PLAN.hash;
const GRACE = { by: 'Grace' };

/** An Update as Temporal's UI sends it: the typed client would refuse a bad one before anybody else sees it. */
function unchecked(workflowId: string, update: string, input: object): Promise<unknown> {
  return bed.client.workflow.getHandle(workflowId).executeUpdate(update, { args: [input] });
}

/** Why an Update was refused. */
async function refusalOf(update: Promise<unknown>): Promise<string | undefined> {
  try {
    await update;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) return error.cause?.message;
    throw error;
  }
  throw new Error('the Update was taken');
}

test('a plan over the guard waits, mails its reasons, and goes on when this very plan is approved', async () => {
  const run = await bed.start(activationInput());
  await bed.reaches(run, 'awaitingApproval');
  await eventually(() => world.sendApprovalMail.calls.length > 0);
  expect(world.sendApprovalMail.calls).toEqual([
    expect.objectContaining({
      timeoutSeconds: 86_400,
      status: expect.objectContaining({
        planHash: HASH,
        approvalReasons: [
          '150 of 200 members (75 %) would lose the value, more than the 50 % that may without asking.',
        ],
      }),
    }),
  ]);
  expect(world.sendSlice.calls).toEqual([]);

  const { workflowId } = run;
  await expect(
    refusalOf(bed.brazier.approve(workflowId, { planHash: 'c'.repeat(64), by: 'Grace' })),
  ).resolves.toContain(`planHash: this run’s plan is ${HASH}`);
  await expect(refusalOf(unchecked(workflowId, 'approve', { planHash: HASH, by: ' ' }))).resolves.toContain(
    'by:',
  );
  expect(world.sendSlice.calls).toEqual([]);

  await bed.brazier.approve(workflowId, { planHash: HASH, by: 'Grace' });
  await expect(refusalOf(bed.brazier.reject(workflowId, { planHash: HASH, by: 'Eve' }))).resolves.toContain(
    'approved by Grace already',
  );
  await expect(run.result()).resolves.toMatchObject({
    outcome: 'done',
    approval: { decision: 'approved', by: 'Grace' },
  });
  expect([...world.slices].sort()).toEqual(['remove-0', 'remove-1', 'remove-2']);
});

test('a rejected plan sends nothing', async () => {
  const run = await bed.start(activationInput());
  await bed.reaches(run, 'awaitingApproval');
  await bed.brazier.reject(run.workflowId, { planHash: HASH, by: 'Grace' });
  await expect(run.result()).resolves.toMatchObject({
    outcome: 'notApproved',
    approval: { decision: 'rejected', by: 'Grace' },
    error: { code: 'APPROVAL_REJECTED', actor: 'person' },
  });
  expect(world.sendSlice.calls).toEqual([]);
  expect(world.endRun.calls.map(({ request }) => request)).toEqual([
    expect.objectContaining({ outcome: 'notApproved', sentNothing: true }),
  ]);
  expect(world.sendEndMail.calls.map(({ result }) => result.outcome)).toEqual(['notApproved']);
});

test('an approval that nobody gives within a day is a no', async () => {
  const run = await bed.start(activationInput());
  expect(await run.result()).toMatchObject({
    outcome: 'notApproved',
    approval: { decision: 'timedOut' },
    error: { code: 'APPROVAL_TIMED_OUT' },
  });
  const lasted = await bed.lastedSeconds(run);
  expect(lasted).toBeGreaterThanOrEqual(86_400);
  expect(lasted).toBeLessThan(87_000);
  expect(world.sendSlice.calls).toEqual([]);
});

test('an empty source waits for approval however lenient the guard is', async () => {
  world.planRun.answer = () => planOf({ ledger: 200, remove: 200 }, { add: 0, remove: 4 });
  const run = await bed.start(activationInput({ guards: { maxRemovalShare: 1 } }));
  await bed.reaches(run, 'awaitingApproval');
  await expect(bed.brazier.status(run.workflowId)).resolves.toMatchObject({
    approvalReasons: ['The source is empty: all 200 members would lose the value.'],
  });
  expect(world.sendSlice.calls).toEqual([]);
  await bed.brazier.reject(run.workflowId, { planHash: 'a'.repeat(64), by: 'Grace' });
  await expect(run.result()).resolves.toMatchObject({ outcome: 'notApproved' });
});

test('a run that is cancelled while it waits for approval sends nothing, ends its hold and says so', async () => {
  const run = await bed.start(activationInput());
  await bed.reaches(run, 'awaitingApproval');
  await bed.cancel(run);
  await expect(failureOf(run.result())).resolves.toBeInstanceOf(CancelledFailure);
  await expect(bed.brazier.status(run.workflowId)).resolves.toMatchObject({
    phase: 'ended',
    outcome: 'cancelled',
  });
  expect(world.sendSlice.calls).toEqual([]);
  expect(world.endRun.calls.map(({ request }) => request)).toEqual([
    expect.objectContaining({ outcome: 'cancelled', sentNothing: true }),
  ]);
  expect(world.sendEndMail.calls.map(({ result }) => result.outcome)).toEqual(['cancelled']);
});

test('a pause while the plan waits does not take the decision away', async () => {
  const run = await bed.start(activationInput());
  await bed.reaches(run, 'awaitingApproval');
  for (const order of [bed.brazier.pause(run.workflowId, GRACE), bed.brazier.resume(run.workflowId, GRACE)]) {
    await expect(refusalOf(order)).resolves.toBe('the run is not sending (phase: awaitingApproval)');
  }
  await bed.brazier.approve(run.workflowId, { planHash: HASH, by: 'Grace' });
  await expect(run.result()).resolves.toMatchObject({ outcome: 'done' });
});

test('a paused run finishes the slices under way and begins no other until it is resumed', async () => {
  world.planRun.answer = () => planOf({ source: 200, add: 200 }, { add: 4, remove: 0 });
  const gate = new Gate();
  world.sendSlice.answer = async (slice) => {
    await gate.passed;
    return receiptOf(slice);
  };
  const run = await bed.start(activationInput());
  await eventually(() => world.sendSlice.calls.length === 2);
  await expect(refusalOf(unchecked(run.workflowId, 'pause', { by: '' }))).resolves.toContain('by:');
  await expect(bed.brazier.pause(run.workflowId, GRACE)).resolves.toMatchObject({
    phase: 'paused',
  });
  gate.open();
  // Time passes on the server; a run that had not paused would go on meanwhile.
  await bed.letPass('1 hour', run.workflowId);
  expect([...world.slices].sort()).toEqual(['add-0', 'add-1']);
  await expect(bed.brazier.status(run.workflowId)).resolves.toMatchObject({ phase: 'paused' });
  await expect(bed.brazier.resume(run.workflowId, GRACE)).resolves.toMatchObject({
    phase: 'sending',
  });
  await expect(run.result()).resolves.toMatchObject({ outcome: 'done' });
  expect([...world.slices].sort()).toEqual(['add-0', 'add-1', 'add-2', 'add-3']);
});

test('a pause that nobody ends within a week ends the run; what was sent is committed', async () => {
  world.planRun.answer = () => planOf({ source: 200, add: 200 }, { add: 4, remove: 0 });
  const gate = new Gate();
  world.sendSlice.answer = async (slice) => {
    await gate.passed;
    return receiptOf(slice);
  };
  const run = await bed.start(activationInput());
  await eventually(() => world.sendSlice.calls.length === 2);
  await bed.brazier.pause(run.workflowId, GRACE);
  gate.open();
  await expect(failureOf(run.result())).resolves.toMatchObject({ type: 'PAUSE_TIMED_OUT' });
  expect(await bed.lastedSeconds(run)).toBeGreaterThanOrEqual(7 * 86_400);
  expect([...world.slices].sort()).toEqual(['add-0', 'add-1']);
  expect(world.commitRun.calls).toHaveLength(1);
});

test('what is not under way cannot be confirmed or paused', async () => {
  const gate = new Gate();
  world.loadIntegration.answer = async () => {
    await gate.passed;
    return { settings: world.settings };
  };
  const run = await bed.start(activationInput({ dryRun: true }));
  await expect(refusalOf(bed.brazier.confirm(run.workflowId, GRACE))).resolves.toBe(
    'there is nothing to confirm yet (phase: received)',
  );
  await expect(refusalOf(bed.brazier.pause(run.workflowId, GRACE))).resolves.toMatch(/not sending/);
  await expect(refusalOf(bed.brazier.approve(run.workflowId, { planHash: HASH, by: 'Grace' }))).resolves.toBe(
    'the run is not waiting for approval (phase: received)',
  );
  gate.open();
  await expect(run.result()).resolves.toMatchObject({ outcome: 'dryRun' });
});
