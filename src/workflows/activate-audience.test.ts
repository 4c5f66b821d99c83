import { ApplicationFailure } from '@temporalio/common';
import { createBucket } from '../adapters/bucket/s3-bucket';
import { audienceKey } from '../activities/check-input';
import { createEntityActivities } from '../activities/integration-entity';
import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { activationInput, ledgerOf, GUARDED_PLAN, planOf, SNAPSHOT } from '../../test/workflows/samples';
import { Gate } from '../../test/workflows/step';
import { eventually, failureOf, type RunHandle, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

/** Describing a holder reads Temporal only. */
const UNUSED_BUCKET = createBucket({
  settings: { bucket: 'unused', region: 'us-east-1', path: '' },
  credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' },
});
afterAll(() => UNUSED_BUCKET.close());

const KEY = audienceKey('lexer_audience', 'Leads', 'external_id');

test('a run freezes, plans, sends, commits, reads back and ends done', async () => {
  const run = await bed.start(activationInput());
  const result = await run.result();
  expect(result).toMatchObject({
    outcome: 'done',
    phase: 'ended',
    workflowId: run.workflowId,
    generation: 1,
    planHash: 'a'.repeat(64),
    runToken: 'run-token',
    plan: { add: 100, remove: 20, stay: 180 },
    snapshot: SNAPSHOT.counts,
    forecast: { requests: 3 },
    sent: { accepted: 120, rejected: 0, unknown: 0, unsent: 0 },
    slices: { done: 3, total: 3 },
    confirmation: { answer: 'notAsked' },
    verification: { changed: 120, checked: 120, matching: 120, late: 0 },
    summary: '"Leads" on lexer_audience: 100 to enter, 20 to leave, 120 accepted; 120 read back, 120 match.',
    segment: { exists: false, name: 'Leads' },
    reportKey: 'report.html',
    rejectedKeys: [],
  });
  expect(world.freezeSource.calls).toEqual([
    expect.objectContaining({ generation: 1, exchange: world.settings.exchange }),
  ]);
  expect(world.planRun.calls).toEqual([
    expect.objectContaining({ snapshot: SNAPSHOT, objectsPerRequest: 75 }),
  ]);
  expect([...world.slices].sort()).toEqual(['add-0', 'add-1', 'remove-0']);
  expect(world.sendSlice.calls[0]).toMatchObject({
    generation: 1,
    audienceKey: KEY,
    shape: {
      identifier: 'external_id',
      attribute: 'lexer_audience',
      value: 'Leads',
      createProfiles: false,
    },
  });
  expect(world.commitRun.calls).toEqual([
    {
      integration: 'shop',
      request: {
        key: KEY,
        generation: 1,
        ledger: ledgerOf(1),
        closes: [1],
        wholeSource: SNAPSHOT.source?.digest,
      },
    },
  ]);
  expect(world.endRun.calls.map(({ request }) => request)).toEqual([
    expect.objectContaining({ generation: 1, outcome: 'done', sentNothing: false }),
  ]);
  expect(world.sendEndMail.calls.map(({ result: told }) => told.outcome)).toEqual(['done']);
  expect(world.recoverLedger.calls).toEqual([]);
  expect(world.audiences[KEY]).toMatchObject({ generation: 1, open: [], ledger: ledgerOf(1) });
  expect(world.audiences[KEY]?.released).toBeUndefined();
});

test('no input at all is refused by name, and nothing else is tried', async () => {
  const failure = await failureOf(bed.execute(undefined));
  expect(failure).toMatchObject({ type: 'INPUT_INVALID', nonRetryable: true });
  expect(world.checkActivation.calls).toEqual([undefined]);
  expect(world.loadIntegration.calls).toEqual([]);
});

test('a wrong field is refused with its name', async () => {
  const failure = await failureOf(bed.execute({ ...activationInput(), listAction: 'replace' }));
  expect(failure).toMatchObject({
    type: 'INPUT_INVALID',
    message: expect.stringContaining('listAction'),
  });
  expect(world.checkActivation.calls).toHaveLength(1);
});

test.each(['integration', 'audience', 'attribute'])(
  'a secret pasted as %s goes no further: no name of that input is mailed or written again',
  async (field) => {
    const pasted = 'https://ada:Hush7Qx@example.com';
    const failure = await failureOf(bed.execute({ ...activationInput(), [field]: pasted }));
    expect(failure).toMatchObject({ type: 'SECRET_LITERAL' });
    expect(world.sendEndMail.calls).toEqual([
      { runId: expect.any(String), result: expect.objectContaining({ outcome: 'refused' }) },
    ]);
    const [told] = world.sendEndMail.calls;
    expect(told?.result).toMatchObject({ integration: '', audience: '', attribute: '' });
    expect(JSON.stringify(told)).not.toContain('Hush7Qx');
  },
);

test('names of an input that is refused for something else are told', async () => {
  await failureOf(bed.execute({ ...activationInput(), listAction: 'replace' }));
  expect(world.sendEndMail.calls[0]?.result).toMatchObject({ integration: 'shop', audience: 'Leads' });
});

test('a run of an unknown integration is refused with its code, mails, and begins nothing', async () => {
  const failure = await failureOf(bed.execute(activationInput({ integration: 'shap' })));
  expect(failure).toMatchObject({
    type: 'INTEGRATION_UNKNOWN',
    nonRetryable: true,
    message: expect.stringContaining('"shap"'),
    details: [
      expect.objectContaining({
        outcome: 'refused',
        error: expect.objectContaining({ code: 'INTEGRATION_UNKNOWN', actor: 'settingsOwner' }),
      }),
    ],
  });
  expect(world.beginRun.calls).toEqual([]);
  expect(world.writeReport.calls).toEqual([]);
  expect(world.sendEndMail.calls.map(({ result }) => result.outcome)).toEqual(['refused']);
});

test('a second run of an audience is refused while one holds it, and hears who holds it', async () => {
  const entity = createEntityActivities({ client: bed.client, stateBucket: UNUSED_BUCKET });
  world.describeHolder.answer = (request) => entity.describeHolder(request);
  const gate = new Gate();
  world.planRun.answer = async () => {
    await gate.passed;
    return planOf({}, { add: 0, remove: 0 });
  };
  const first = await bed.start(activationInput());
  await bed.reaches(first, 'checked');
  await eventually(() => world.planRun.calls.length > 0);

  const second = await failureOf(bed.execute(activationInput({ listAction: 'add' })));
  expect(second).toBeInstanceOf(ApplicationFailure);
  expect(second).toMatchObject({
    type: 'AUDIENCE_BUSY',
    details: [
      {
        outcome: 'refused',
        error: {
          code: 'AUDIENCE_BUSY',
          message: `run ${first.workflowId} holds this audience (phase: frozen)`,
          actor: 'wait',
        },
      },
    ],
  });
  gate.open();
  await expect(first.result()).resolves.toMatchObject({ outcome: 'nothingToDo' });
  expect(world.beginRun.calls).toHaveLength(1);
});

describe('a scheduled run that finds its audience held', () => {
  /** A run that waits for a person, and one that a Schedule has started and that has met it. */
  async function meet(): Promise<{ holder: RunHandle; scheduled: RunHandle }> {
    world.planRun.answer = () => GUARDED_PLAN;
    const holder = await bed.start(activationInput());
    await bed.reaches(holder, 'awaitingApproval');
    const scheduled = await bed.startScheduled(activationInput());
    await eventually(async () => {
      const { events } = await scheduled.fetchHistory();
      return events?.some((event) => event.startChildWorkflowExecutionFailedEventAttributes) ?? false;
    });
    return { holder, scheduled };
  }

  test('waits until it is free', async () => {
    const { holder, scheduled } = await meet();
    await bed.cancel(holder);
    world.planRun.answer = () => planOf({ source: 5, ledger: 5, stay: 5 }, { add: 0, remove: 0 });
    await expect(scheduled.result()).resolves.toMatchObject({ outcome: 'nothingToDo' });
    expect(world.describeHolder.calls).toEqual([]);
    expect(world.beginRun.calls).toHaveLength(2);
  });

  test('is refused after a quarter of an hour', async () => {
    const { scheduled } = await meet();
    expect(await failureOf(scheduled.result())).toMatchObject({ type: 'AUDIENCE_BUSY' });
    expect(await bed.lastedSeconds(scheduled)).toBeGreaterThanOrEqual(15 * 60);
    expect(world.describeHolder.calls).toHaveLength(1);
  });
});

test('a dry run shows the plan, sends nothing and takes no slot', async () => {
  const result = await bed.execute(activationInput({ dryRun: true }));
  expect(result).toMatchObject({
    outcome: 'dryRun',
    plan: { add: 100, remove: 20 },
    forecast: { requests: 3, seconds: 0.075, sendableShare: 0.9655 },
  });
  expect(result.sent).toBeUndefined();
  expect(world.sendSlice.calls).toEqual([]);
  expect(world.commitRun.calls).toEqual([]);
  expect(world.sendEndMail.calls).toEqual([]);
  expect(world.beginRun.calls[0]?.request.dryRun).toBe(true);
  expect(world.audiences[KEY]).toMatchObject({ open: [], lastOutcome: { outcome: 'dryRun', generation: 1 } });
  expect(world.audiences[KEY]?.ledger).toBeUndefined();
});

test('a plan that moves nobody sends nothing and says why', async () => {
  world.planRun.answer = () => planOf({ source: 5, ledger: 5, stay: 5 }, { add: 0, remove: 0 });
  const result = await bed.execute(activationInput());
  expect(result).toMatchObject({
    outcome: 'nothingToDo',
    summary: '"Leads" on lexer_audience: nobody was moved: everybody in the source holds the value already.',
  });
  expect(world.sendSlice.calls).toEqual([]);
  expect(world.commitRun.calls).toEqual([]);
  expect(world.endRun.calls.map(({ request }) => request)).toEqual([
    expect.objectContaining({ outcome: 'nothingToDo', sentNothing: true }),
  ]);
  expect(world.audiences[KEY]?.open).toEqual([]);
});

test('a hundred-and-first value is refused before anything is read', async () => {
  world.checkWorkspace.answer = () => ({ valueCap: 0, attribute: 'array' });
  const failure = await failureOf(bed.execute(activationInput()));
  expect(failure).toMatchObject({ type: 'ATTRIBUTE_VALUE_LIMIT', details: [{ outcome: 'refused' }] });
  expect(world.beginRun.calls[0]?.request.valueLimit).toBe(0);
  expect(world.freezeSource.calls).toEqual([]);
});

test('a source that cannot be read fails the run with its code and leaves nothing to recover', async () => {
  world.freezeSource.answer = failing('SOURCE_INCOMPLETE', 'leads.csv ends early');
  const failure = await failureOf(bed.execute(activationInput()));
  expect(failure).toMatchObject({
    type: 'SOURCE_INCOMPLETE',
    details: [{ outcome: 'failed', error: { message: 'leads.csv ends early', actor: 'dataOwner' } }],
  });
  expect(world.audiences[KEY]).toMatchObject({ open: [], lastOutcome: { outcome: 'failed' } });
});

test('mail and report that fail for good do not change the outcome', async () => {
  world.sendEndMail.answer = failing('MAIL_REFUSED');
  world.writeReport.answer = failing('S3_ACCESS_DENIED');
  const result = await bed.execute(activationInput());
  expect(result.outcome).toBe('done');
  expect(result.reportKey).toBeUndefined();
  expect(world.sendEndMail.calls).toHaveLength(1);
  expect(world.writeReport.calls).toHaveLength(1);
});

test('a mail server that stays away is given up after an hour, and the outcome stands', async () => {
  world.sendEndMail.answer = failing('MAIL_UNAVAILABLE');
  const result = await bed.execute(activationInput());
  expect(result.outcome).toBe('done');
  // Waits of 1, 2, 4 … up to 60 seconds fit that often into an hour.
  expect(world.sendEndMail.calls.length).toBeGreaterThan(50);
});

test('the completion mail can be switched off, the bad news cannot', async () => {
  await bed.execute(activationInput({ completionMail: false }));
  expect(world.sendEndMail.calls).toEqual([]);
  world.freezeSource.answer = failing('SOURCE_NOT_FOUND');
  await failureOf(bed.execute(activationInput({ completionMail: false })));
  expect(world.sendEndMail.calls.map(({ result }) => result.outcome)).toEqual(['failed']);
});
