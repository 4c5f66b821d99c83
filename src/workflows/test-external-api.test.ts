import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ActivityFailure, CancelledFailure } from '@temporalio/common';
import { type TestExternalApiInput, type TestExternalApiResult } from '../contract/external-api';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import { PREPARED_TEST, seenTest } from '../../test/workflows/api-test-samples';
import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { eventually, failureOf, TestBed } from '../../test/workflows/test-bed';
import { Gate } from '../../test/workflows/step';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

const INPUT: TestExternalApiInput = {
  integration: 'shop',
  externalApi: 'lead-profile',
  values: { id: 'u', plan: 'gold' },
};

function start(input: unknown = INPUT) {
  return bed.client.workflow.start<(input: unknown) => Promise<TestExternalApiResult>>(
    WORKFLOW_TYPES.testExternalApi,
    { workflowId: `any/${randomUUID()}`, taskQueue: TASK_QUEUE, args: [input] },
  );
}

/** What an activity that has ended the test said. */
async function faultOf(ended: Promise<unknown>): Promise<Error | undefined> {
  const failure = await failureOf(ended);
  return failure instanceof ActivityFailure ? failure.cause : failure;
}

const EVENT = {
  ...PREPARED_TEST,
  isIdempotent: false,
  body: { events: [{ external_id: 'u', name: 'Lead', time: '2026-01-01T00:00:00Z' }] },
  proof: {
    values: [{ kind: 'event' as const, key: 'Lead', writes: [{ value: 1, mergesObjects: false }] }],
    notCompared: [],
  },
};

/** What an event's count shows. */
const counted = (before: number, after: number) => () => ({
  profileFound: true,
  seen: [{ name: 'events.Lead', expected: before + 1, before, after, arrived: after === before + 1 }],
  waitedSeconds: 2,
});

test('what arrives passes, and is put back after the verdict', async () => {
  const run = await start();
  expect(await run.result()).toMatchObject({
    passed: true,
    verdict: { passed: true, proof: 'readBack', keyFingerprint: PREPARED_TEST.keyFingerprint },
    seen: [{ name: 'attributes.plan', before: 'silver', after: 'gold', arrived: true }],
    cleanUp: { restored: ['attributes.plan'], cannotUndo: [] },
  });
  expect(world.recordExternalApiVerdict.calls).toMatchObject([{ passed: true, version: 1 }]);
  expect(world.sendStreamMail.calls).toEqual([]);
  expect(world.cleanUpExternalApiTest.calls).toEqual([{ ...PREPARED_TEST, mayAppearYet: false }]);
});

test('what the profile does not show within the lag fails, with a verdict, and is put back all the same', async () => {
  world.awaitExternalApiTest.answer = () => seenTest(false);
  expect(await (await start()).result()).toMatchObject({
    passed: false,
    problem: {
      code: 'EXTERNAL_API_TEST_FAILED',
      message: 'Braze took the call, but after 2 s the profile does not show attributes.plan as expected',
    },
    verdict: { passed: false, reason: expect.stringContaining('does not show attributes.plan') },
  });
  expect(world.recordExternalApiVerdict.calls).toMatchObject([{ passed: false }]);
  expect(world.sendStreamMail.calls).toMatchObject([
    { what: 'test', integration: 'shop', error: { code: 'EXTERNAL_API_TEST_FAILED' } },
  ]);
  expect(world.cleanUpExternalApiTest.calls).toHaveLength(1);
});

test('an event that is counted twice fails, and one that is counted once passes', async () => {
  world.prepareExternalApiTest.answer = () => EVENT;
  world.awaitExternalApiTest.answer = counted(3, 5);
  expect(await (await start()).result()).toMatchObject({
    passed: false,
    verdict: { passed: false, reason: expect.stringContaining('events.Lead') },
    seen: [{ expected: 4, after: 5 }],
  });
  world.awaitExternalApiTest.answer = counted(3, 4);
  expect(await (await start()).result()).toMatchObject({ passed: true });
});

test.each(['TEST_NEEDS_NONCE', 'ACCEPT_ANSWER_ONLY', 'EXTERNAL_API_UNKNOWN'] as const)(
  'a test that cannot be prepared (%s) sends nothing and says nothing of the version',
  async (code) => {
    world.prepareExternalApiTest.answer = failing(code, 'the reason');
    expect(await faultOf((await start()).result())).toMatchObject({ type: code, message: 'the reason' });
    expect(world.sendExternalApiTest.calls).toEqual([]);
    expect(world.recordExternalApiVerdict.calls).toEqual([]);
    expect(world.cleanUpExternalApiTest.calls).toEqual([]);
  },
);

test('an answer that nobody can look behind is told as that, by whom it was accepted', async () => {
  const proof = { values: [], notCompared: ['what the trigger sends cannot be read back'] };
  world.prepareExternalApiTest.answer = () => ({ ...PREPARED_TEST, endpoint: 'canvas.trigger.send', proof });
  const result = await (await start({ ...INPUT, acceptAnswerOnly: { by: 'Ada' } })).result();
  expect(result).toMatchObject({
    passed: true,
    verdict: { passed: true, proof: 'answerOnly', acceptedBy: 'Ada' },
    cleanUp: { restored: [], cannotUndo: proof.notCompared },
  });
  expect(world.awaitExternalApiTest.calls).toEqual([]);
});

test('a cancel before the call is sent sends nothing and has nothing to put back', async () => {
  const gate = new Gate();
  world.prepareExternalApiTest.answer = async () => {
    await gate.passed;
    return PREPARED_TEST;
  };
  const run = await start();
  await eventually(() => world.prepareExternalApiTest.calls.length === 1);
  await bed.cancel(run);
  expect(await failureOf(run.result())).toBeInstanceOf(CancelledFailure);
  gate.open();
  expect(world.sendExternalApiTest.calls).toEqual([]);
  expect(world.recordExternalApiVerdict.calls).toEqual([]);
  expect(world.cleanUpExternalApiTest.calls).toEqual([]);
});

test('a cancel while the call is on its way waits for its end, and what it wrote is put back', async () => {
  world.sendExternalApiTest.answer = async () => {
    const context = Context.current();
    // The cancel comes while Braze works on it, and Braze takes it.
    while (!context.cancellationSignal.aborted) {
      context.heartbeat();
      await delay(20);
    }
    return { path: '/users/track', outcome: 'accepted', answer: { status: 201, body: {} } };
  };
  const run = await start();
  await eventually(() => world.sendExternalApiTest.calls.length === 1);
  await bed.cancel(run);
  expect(await failureOf(run.result())).toBeInstanceOf(CancelledFailure);
  expect(world.sendExternalApiTest.calls).toHaveLength(1);
  expect(world.recordExternalApiVerdict.calls).toEqual([]);
  // Braze has taken it a moment ago: it may not show yet.
  expect(world.cleanUpExternalApiTest.calls).toEqual([{ ...PREPARED_TEST, mayAppearYet: true }]);
});

test('a cancel while the profile is watched gives no verdict, and puts back what may yet appear', async () => {
  const gate = new Gate();
  world.awaitExternalApiTest.answer = async () => {
    await gate.passed;
    return seenTest(true);
  };
  const run = await start();
  await eventually(() => world.awaitExternalApiTest.calls.length === 1);
  await bed.cancel(run);
  expect(await failureOf(run.result())).toBeInstanceOf(CancelledFailure);
  gate.open();
  expect(world.recordExternalApiVerdict.calls).toEqual([]);
  expect(world.cleanUpExternalApiTest.calls).toEqual([{ ...PREPARED_TEST, mayAppearYet: true }]);
});

test('a cancel while things are put back lets that come to its end', async () => {
  const gate = new Gate();
  const { answer } = world.cleanUpExternalApiTest;
  world.cleanUpExternalApiTest.answer = async (call, nth) => {
    if (nth === 1) await gate.passed;
    return answer(call, nth);
  };
  const run = await start();
  await eventually(() => world.cleanUpExternalApiTest.calls.length === 1);
  await bed.cancel(run);
  expect(await failureOf(run.result())).toBeInstanceOf(CancelledFailure);
  gate.open();
  expect(world.cleanUpExternalApiTest.calls.map(({ mayAppearYet }) => mayAppearYet)).toEqual([false, false]);
});

test('whatever ends a test after its call was sent, what it wrote is put back', async () => {
  world.awaitExternalApiTest.answer = failing('BRAZE_KEY_REJECTED', 'the key was revoked meanwhile');
  expect(await faultOf((await start()).result())).toMatchObject({ type: 'BRAZE_KEY_REJECTED' });
  expect(world.cleanUpExternalApiTest.calls).toHaveLength(1);
  expect(world.recordExternalApiVerdict.calls).toEqual([]);
});

test('a verdict holds though nothing could be put back, which is told', async () => {
  world.cleanUpExternalApiTest.answer = failing('BRAZE_KEY_REJECTED', 'the key was revoked meanwhile');
  expect(await (await start()).result()).toMatchObject({
    passed: true,
    cleanUp: {
      restored: [],
      cannotUndo: [
        'attributes.plan: it is not known whether they were put back (the key was revoked meanwhile)',
      ],
    },
  });
});

test('a worker that is lost while it sends an event: not sent again, no pass, and what was counted is told', async () => {
  const gate = new Gate();
  world.prepareExternalApiTest.answer = () => EVENT;
  world.awaitExternalApiTest.answer = counted(3, 4);
  // No sign of life until Temporal gives up.
  world.sendExternalApiTest.answer = async () => {
    await gate.passed;
    return { path: '/users/track', outcome: 'accepted', answer: { status: 201, body: {} } };
  };
  const run = await start();
  const result = await run.result();
  gate.open();
  expect(result).toMatchObject({
    passed: false,
    problem: { message: 'the worker was lost while it sent' },
    verdict: { passed: false, reason: 'the worker was lost while it sent' },
    seen: [{ name: 'events.Lead', before: 3, after: 4, arrived: true }],
  });
  expect(world.sendExternalApiTest.calls).toHaveLength(1);
  expect(world.cleanUpExternalApiTest.calls).toHaveLength(1);
}, 90_000);
