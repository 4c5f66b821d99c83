import { createActivationBook, ODD_ID } from '../gateway/api/activation-book.test-support';
import { type ActivationRuns } from '../gateway/api/activation-runs';
import { startTemporalServer, type TemporalServer } from '../dev/servers/temporal';
import { activationInput, planOf } from '../../test/workflows/samples';
import { TestBed } from '../../test/workflows/test-bed';
import { createActivationRuns } from './activation-runs';

/** Runs in the states that the API meets. */
interface Case {
  runs: ActivationRuns;
  /** Waits for an answer. */
  running: string;
  /** Ended, and had asked nobody. */
  unasked: string;
  /** Ended after "right". */
  confirmed: string;
}

const ADA = { by: 'Ada', via: 'update' } as const;

const inMemory = (): Promise<Case> =>
  Promise.resolve({
    runs: createActivationBook(),
    running: ODD_ID,
    unasked: 'ended',
    confirmed: 'confirmed',
  });

describe.each([['in the book of the API’s tests', inMemory]])('activations %s', (_name, open) => {
  let one: Case;
  beforeAll(async () => (one = await open()));

  test.each(['confirm', 'dispute'] as const)(
    '%s of a run that ended and asked nobody is too late',
    async (what) => {
      expect(await one.runs.answer(one.unasked, what, ADA)).toMatchObject({ fault: { code: 'RUN_ENDED' } });
    },
  );

  test('an answer after the end gets the recorded one back', async () => {
    expect(await one.runs.answer(one.confirmed, 'dispute', { by: 'Eve', via: 'update' })).toMatchObject({
      ok: true,
      value: { answer: 'right', by: 'Ada' },
    });
  });

  test('nothing else is taken by a run that has ended', async () => {
    const planHash = 'a'.repeat(64);
    const ended = { fault: { code: 'RUN_ENDED' } };
    expect(await one.runs.decide(one.confirmed, 'approve', { planHash, by: 'Ada' })).toMatchObject(ended);
    expect(await one.runs.hold(one.confirmed, 'pause', { by: 'Ada' })).toMatchObject(ended);
    expect(await one.runs.cancel(one.confirmed)).toMatchObject(ended);
    expect(await one.runs.view(one.confirmed)).toMatchObject({ ok: true, value: { ended: true } });
  });

  test('an unknown run is unknown to every request', async () => {
    const unknown = { fault: { code: 'RUN_NOT_FOUND' } };
    expect(await one.runs.view('no-such-run')).toMatchObject(unknown);
    expect(await one.runs.answer('no-such-run', 'confirm', ADA)).toMatchObject(unknown);
    expect(await one.runs.cancel('no-such-run')).toMatchObject(unknown);
  });

  test('the first answer of a run under way counts', async () => {
    expect(await one.runs.view(one.running)).toMatchObject({ ok: true, value: { ended: false } });
    const first = await one.runs.answer(one.running, 'dispute', { by: 'Ada', via: 'update' });
    expect(first).toMatchObject({ ok: true, value: { answer: 'notRight', by: 'Ada' } });
    expect(await one.runs.answer(one.running, 'confirm', { by: 'Eve', via: 'update' })).toEqual(first);
  });
});

describe('over Temporal', () => {
  let server: TemporalServer;
  let bed: TestBed;
  // What an ended run says to an Update is a real server's to say.
  beforeAll(async () => {
    server = await startTemporalServer({ logLevel: 'never' });
    bed = await TestBed.real(server.address);
    const world = await bed.reset();
    // Nobody to move, and so nothing to wait for.
    world.planRun.answer = () => planOf({ source: 5, ledger: 5, stay: 5 }, { add: 0, remove: 0 });
  });
  afterAll(async () => {
    await bed.close();
    await server.close();
  });

  const start = (caller: string, more: object = {}) =>
    createActivationRuns(bed.client).start({
      input: { ...activationInput(), ...more },
      caller,
      idempotencyKey: 'nightly',
    });

  test('a start is made once per key and caller, and the run that asked nobody takes no answer', async () => {
    const first = await start('crm');
    expect(first).toMatchObject({ ok: true, value: { repeated: false } });
    if (!first.ok) return;
    expect(await start('crm')).toEqual({ ok: true, value: { ...first.value, repeated: true } });
    expect(await start('crm', { dryRun: true })).toMatchObject({ fault: { code: 'IDEMPOTENCY_KEY_REUSED' } });

    const { workflowId } = first.value;
    await bed.client.workflow.getHandle(workflowId).result();
    for (const what of ['confirm', 'dispute'] as const) {
      const answer = await createActivationRuns(bed.client).answer(workflowId, what, ADA);
      expect(answer).toMatchObject({ fault: { code: 'RUN_ENDED' } });
    }
    const other = await start('etl');
    expect(other.ok && other.value.workflowId).not.toBe(workflowId);
    if (other.ok) await bed.client.workflow.getHandle(other.value.workflowId).result();
  });
});
