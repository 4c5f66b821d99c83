import { type ActivateAudienceInput } from '../contract/activation';
import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { activationInput, IMMEDIATE, ledgerOf, outcomes, SETTINGS } from '../../test/workflows/samples';
import { TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

const LATE = { checked: 120, matching: 118, late: 2, notInBraze: 0, atCap: 0 };
const PERSON: ActivateAudienceInput['confirmation'] = { kind: 'person', timeoutSeconds: 3_600 };

test('the sample is drawn by the policy and read back against the audience', async () => {
  await bed.execute(activationInput({ verification: { entering: 7, leaving: 'all', deadlineSeconds: 30 } }));
  expect(world.drawSample.calls).toEqual([
    expect.objectContaining({ generation: 1, entering: 7, leaving: 'all' }),
  ]);
  expect(world.verifySample.calls).toEqual([
    expect.objectContaining({
      generation: 1,
      attribute: 'lexer_audience',
      value: 'Leads',
      identifier: 'external_id',
      deadlineSeconds: 30,
    }),
  ]);
});

test('profiles that are late make a run completed, unverified', async () => {
  world.verifySample.answer = () => LATE;
  await expect(bed.execute(activationInput())).resolves.toMatchObject({
    outcome: 'completedUnverified',
    verification: { changed: 120, ...LATE },
    summary: expect.stringContaining('120 read back, 118 match. Not everything was proven'),
  });
});

test('profiles that Braze does not know are no doubt about the run', async () => {
  world.verifySample.answer = () => ({ ...LATE, late: 0, notInBraze: 2 });
  await expect(bed.execute(activationInput())).resolves.toMatchObject({ outcome: 'done' });
});

test('unconfirmed weighs more than unverified', async () => {
  world.verifySample.answer = () => LATE;
  await expect(bed.execute(activationInput({ confirmation: PERSON }))).resolves.toMatchObject({
    outcome: 'unconfirmed',
    verification: LATE,
  });
});

test('disputed weighs more than unverified', async () => {
  world.settings = IMMEDIATE;
  world.verifySample.answer = () => LATE;
  const run = await bed.start(activationInput({ confirmation: PERSON }));
  await bed.reaches(run, 'awaitingConfirmation');
  await bed.brazier.dispute(run.workflowId, { by: 'Grace' });
  await expect(run.result()).resolves.toMatchObject({ outcome: 'disputed', verification: LATE });
});

test('an integration that may not read back proves nothing and says so', async () => {
  world.settings = { ...SETTINGS, features: { ...SETTINGS.features, readBack: false } };
  await expect(bed.execute(activationInput())).resolves.toMatchObject({
    outcome: 'completedUnverified',
    verification: { checked: 0, skipped: 'read-back is turned off on the integration' },
  });
  expect(world.drawSample.calls).toEqual([]);
});

test('where Braze accepted nothing there is nothing to read back', async () => {
  world.foldLedger.answer = ({ generation }) => ({
    ledger: ledgerOf(generation, 0),
    outcomes: { add: outcomes({ rejected: 100 }), remove: outcomes({ rejected: 20 }) },
    sentNothing: false,
  });
  await expect(bed.execute(activationInput())).resolves.toMatchObject({
    outcome: 'completedUnverified',
    verification: { changed: 0, checked: 0, skipped: 'no change was accepted' },
    sent: outcomes({ rejected: 120 }),
  });
  expect(world.verifySample.calls).toEqual([]);
});

test('a proof that cannot be had leaves the run unverified, not failed', async () => {
  world.verifySample.answer = failing('BRAZE_PERMISSION_MISSING', 'the key lacks users.export.ids');
  await expect(bed.execute(activationInput())).resolves.toMatchObject({
    outcome: 'completedUnverified',
    sent: outcomes({ accepted: 120 }),
    verification: { changed: 120, checked: 0, skipped: 'the key lacks users.export.ids' },
  });
});
