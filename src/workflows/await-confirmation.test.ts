import { CancelledFailure } from '@temporalio/common';
import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { activationInput, IMMEDIATE } from '../../test/workflows/samples';
import { eventually, failureOf, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => {
  world = await bed.reset();
  world.settings = IMMEDIATE;
});
afterAll(() => bed.close());

const HOUR = 3_600;
const ASKED = activationInput({
  confirmation: {
    kind: 'person',
    recipients: ['marketing@example.com'],
    timeoutSeconds: 10 * HOUR,
    remindAfterSeconds: [HOUR, 4 * HOUR, 20 * HOUR],
  },
});

test('a person who says that it is right ends the wait; a second answer hears the first', async () => {
  const run = await bed.start(ASKED);
  await bed.reaches(run, 'awaitingConfirmation');
  await eventually(() => world.sendConfirmationMail.calls.length > 0);
  const [first, second] = await Promise.all([
    bed.brazier.confirm(run.workflowId, { by: 'Grace', via: 'link' }),
    bed.brazier.dispute(run.workflowId, { by: 'Eve' }),
  ]);
  expect(second).toEqual(first);
  const result = await run.result();
  expect(result.confirmation).toEqual(first);
  expect(world.sendConfirmationMail.calls).toEqual([
    expect.objectContaining({
      kind: 'confirmation',
      attempt: 0,
      policy: 'person',
      recipients: ['marketing@example.com'],
      runId: (await run.describe()).runId,
      status: expect.objectContaining({ phase: 'awaitingConfirmation', generation: 1 }),
    }),
  ]);
});

test('right: the run ends done, read back after the answer', async () => {
  const run = await bed.start(ASKED);
  await bed.reaches(run, 'awaitingConfirmation');
  expect(world.verifySample.calls).toEqual([]);
  // The ledger is committed before anybody is asked.
  expect(world.commitRun.calls).toHaveLength(1);
  await bed.brazier.confirm(run.workflowId, { by: 'Grace' });
  await expect(run.result()).resolves.toMatchObject({
    outcome: 'done',
    confirmation: { answer: 'right', by: 'Grace', via: 'update' },
    verification: { checked: 120, matching: 120 },
  });
});

test('not right: the run ends disputed, and is read back all the same', async () => {
  const run = await bed.start(ASKED);
  await bed.reaches(run, 'awaitingConfirmation');
  await bed.brazier.dispute(run.workflowId, { by: 'Grace' });
  await expect(run.result()).resolves.toMatchObject({
    outcome: 'disputed',
    confirmation: { answer: 'notRight', by: 'Grace' },
    verification: { checked: 120, matching: 120 },
  });
  expect(world.sendEndMail.calls.map(({ result }) => result.outcome)).toEqual(['disputed']);
});

test('no answer: reminders at the policy’s times, then unconfirmed', async () => {
  const run = await bed.start(ASKED);
  await expect(run.result()).resolves.toMatchObject({
    outcome: 'unconfirmed',
    confirmation: { answer: 'timedOut' },
    verification: { checked: 120 },
  });
  const mails = world.sendConfirmationMail.calls;
  expect(mails.map(({ kind, attempt }) => [kind, attempt])).toEqual([
    ['confirmation', 0],
    ['reminder', 1],
    ['reminder', 2],
  ]);
  // Whole hours but for the moment that a timer takes to be handled.
  expect(mails.map(({ expiresInSeconds }) => Math.round(expiresInSeconds / HOUR))).toEqual([10, 9, 6]);
  expect(await bed.lastedSeconds(run)).toBeGreaterThanOrEqual(10 * HOUR);
});

test('a mail server that is away does not use up the time to answer', async () => {
  world.sendConfirmationMail.answer = failing('MAIL_REFUSED');
  const run = await bed.start(ASKED);
  await bed.reaches(run, 'awaitingConfirmation');
  await bed.brazier.confirm(run.workflowId, { by: 'Grace' });
  await expect(run.result()).resolves.toMatchObject({ outcome: 'done' });
  expect(world.sendConfirmationMail.calls).toHaveLength(1);
});

test('an awaited mail is told to the operators, and confirms as an answer does', async () => {
  const run = await bed.start(
    activationInput({ confirmation: { kind: 'mail', allowedSenders: ['@example.com'] } }),
  );
  await bed.reaches(run, 'awaitingConfirmation');
  await expect(bed.brazier.status(run.workflowId)).resolves.toMatchObject({
    confirmationPolicy: { kind: 'mail', allowedSenders: ['@example.com'] },
  });
  await bed.brazier.confirm(run.workflowId, { by: 'partner@example.com', via: 'mail' });
  await expect(run.result()).resolves.toMatchObject({ outcome: 'done', confirmation: { via: 'mail' } });
  expect(world.sendConfirmationMail.calls[0]).toMatchObject({ policy: 'mail', recipients: [] });
});

test('a later run that begins to send supersedes one that still waits', async () => {
  const waiting = await bed.start(ASKED);
  await bed.reaches(waiting, 'awaitingConfirmation');
  const later = await bed.start(activationInput());
  await expect(later.result()).resolves.toMatchObject({ outcome: 'done', generation: 2 });
  const result = await waiting.result();
  expect(result).toMatchObject({
    outcome: 'superseded',
    generation: 1,
    confirmation: { answer: 'superseded' },
    verification: {
      changed: 120,
      checked: 0,
      skipped: `run ${later.workflowId} has begun to change the audience`,
    },
  });
  expect(world.drawSample.calls.map(({ generation }) => generation)).toEqual([2]);
  expect(world.audiences).toMatchObject(
    Object.fromEntries(Object.keys(world.audiences).map((key) => [key, { generation: 2, open: [] }])),
  );
});

test('a later run that sends nothing leaves the one that waits alone', async () => {
  const waiting = await bed.start(ASKED);
  await bed.reaches(waiting, 'awaitingConfirmation');
  const later = await bed.start(activationInput({ dryRun: true }));
  await bed.reaches(later, 'ended');
  await bed.brazier.confirm(waiting.workflowId, { by: 'Grace' });
  await expect(waiting.result()).resolves.toMatchObject({ outcome: 'done', generation: 1 });
});

test('a run that is cancelled while it waits ends cancelled; its data is committed already', async () => {
  const run = await bed.start(ASKED);
  await bed.reaches(run, 'awaitingConfirmation');
  await bed.cancel(run);
  await expect(failureOf(run.result())).resolves.toBeInstanceOf(CancelledFailure);
  await expect(bed.brazier.status(run.workflowId)).resolves.toMatchObject({
    outcome: 'cancelled',
    sent: { accepted: 120 },
  });
  expect(world.commitRun.calls).toHaveLength(1);
  expect(world.endRun.calls.map(({ request }) => request)).toEqual([
    expect.objectContaining({ outcome: 'cancelled', sentNothing: false }),
  ]);
});
