import { activationInput } from './samples';
import { Gate } from './step';
import { eventually, TestBed } from './test-bed';

let bed: TestBed;
const gate = new Gate();
beforeAll(async () => (bed = await TestBed.timeSkipping()));
afterAll(async () => {
  gate.open();
  await bed.close();
});

test('the clock skips again after a test that has left an activity under way', async () => {
  const stuck = await bed.reset();
  stuck.planRun.answer = async () => {
    await gate.passed;
    throw new Error('too late');
  };
  await bed.start(activationInput());
  await eventually(() => stuck.planRun.calls.length > 0);

  await bed.reset();
  // An hour, which this test would not survive at normal speed.
  await bed.environment.sleep('1 hour');
  await expect(bed.execute(activationInput())).resolves.toMatchObject({ outcome: 'done' });
});
