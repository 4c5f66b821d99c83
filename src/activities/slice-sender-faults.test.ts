import fc from 'fast-check';
import { type Fault } from '../sandbox/faults';
import { having, linesOf, numbered, Sending } from '../../test/activities/slice-sending';

let sending: Sending | undefined;
afterEach(async () => {
  await sending?.close();
  sending = undefined;
});

const HOLD = { holdMs: 2 };

/** Each with what the sender must have counted after it struck twice: tries again after a doubt, or pauses. */
const FAULTS: [name: string, fault: Fault, retries: number, throttled: number][] = [
  ['429', { kind: 'status', status: 429 }, 0, 2],
  ['500 before it is applied', { kind: 'status', status: 500 }, 2, 0],
  ['502 after it was applied', { kind: 'status', status: 502, applied: true }, 2, 0],
  ['503 from a gateway', { kind: 'status', status: 503 }, 2, 0],
  ['504 after it was applied', { kind: 'status', status: 504, applied: true }, 2, 0],
  ['no answer, not applied', { kind: 'timeoutBefore', ...HOLD }, 2, 0],
  ['no answer, applied', { kind: 'timeoutAfterApply', ...HOLD }, 2, 0],
  ['half an answer', { kind: 'truncatedBody' }, 2, 0],
  ['a page in place of JSON', { kind: 'wrongJson' }, 2, 0],
  ['a late answer', { kind: 'slow', delayMs: 5 }, 0, 0],
  ['413', { kind: 'status', status: 413 }, 0, 0],
  ['an error without an index', { kind: 'errorWithoutIndex' }, 0, 0],
];

describe.each([['epoch'], ['mau']] as const)('rate headers by %s: nobody is lost after', (rateHeaders) => {
  test.each(FAULTS)('%s', async (_, fault, retries, throttled) => {
    const ids = numbered(120);
    sending = await Sending.open(ids, { rateHeaders });
    const { workspace } = sending.braze.sandbox;
    workspace.faults.add({ match: { next: 2 }, fault, skip: 1 });
    const { tally, outcomes } = await sending.send(linesOf(ids), { objectsPerRequest: 15, concurrency: 3 });
    expect(workspace.faults.describe()).toMatchObject([{ struck: 2 }]);
    expect(tally).toMatchObject({ retries, throttled });
    expect(outcomes.counts()).toEqual({ accepted: 120, rejected: 0, unknown: 0, unsent: 0 });
    expect(await sending.holders()).toEqual([...ids].sort());
    expect(workspace.overlaps.counts.inFlight).toBe(0);
  });
});

test('a limit that is met again and again only slows down', async () => {
  const ids = numbered(100);
  const limits = { track: { burst: { requests: 4, windowMs: 20 } } };
  sending = await Sending.open(ids, { limits });
  const { tally, outcomes } = await sending.send(linesOf(ids), { objectsPerRequest: 5 });
  expect(outcomes.counts()).toMatchObject({ accepted: 100 });
  expect(tally.throttled).toBe(sending.braze.sandbox.workspace.statistics.rateLimited);
});

/** Faults that leave open whether a request was applied, and such as say that it was not. */
const UNSURE: Fault[] = [
  { kind: 'status', status: 429 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502, applied: true },
  { kind: 'timeoutBefore', ...HOLD },
  { kind: 'timeoutAfterApply', ...HOLD },
  { kind: 'truncatedBody' },
  { kind: 'wrongJson' },
];

const trouble = fc.record({
  faults: fc.array(
    fc.record({
      fault: fc.constantFrom(...UNSURE),
      probability: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
      seed: fc.nat(1_000),
    }),
    { maxLength: 4 },
  ),
  refuse: fc.boolean(),
  errorsWithoutIndex: fc.boolean(),
  objectsPerRequest: fc.integer({ min: 1, max: 30 }),
  concurrency: fc.integer({ min: 1, max: 6 }),
  operation: fc.constantFrom('add' as const, 'remove' as const),
});

test('whatever goes wrong: every line has one outcome, and Braze shows what the outcomes say', async () => {
  const ids = numbered(120).map((id, at) => (at % 17 === 3 ? `bad-${id}` : id));
  await fc.assert(
    fc.asyncProperty(trouble, async ({ faults, refuse, errorsWithoutIndex, operation, ...how }) => {
      sending = await Sending.open(ids, { errorsWithoutIndex });
      const { workspace } = sending.braze.sandbox;
      if (operation === 'remove') await sending.send(linesOf(ids));
      if (refuse) workspace.settings.refuse = [{ externalIdPrefix: 'bad-' }];
      for (const { fault, probability, seed } of faults)
        workspace.faults.add({ match: { probability, seed }, fault });
      const { tally, outcomes } = await sending.send(linesOf(ids), { ...how, operation });
      workspace.faults.clear();

      const holders = new Set(await sending.holders());
      const changed = (id: string) => holders.has(id) === (operation === 'add');
      const { accepted, rejected, unknown, unsent } = outcomes.counts();
      expect(accepted + rejected + unknown + unsent).toBe(ids.length);
      expect(having('accepted', ids, outcomes).filter((id) => !changed(id))).toEqual([]);
      expect(having('rejected', ids, outcomes).filter(changed)).toEqual([]);
      expect(having('rejected', ids, outcomes).filter((id) => !id.startsWith('bad-'))).toEqual([]);
      expect(having('unsent', ids, outcomes).filter(changed)).toEqual([]);
      if (!tally.stopped) expect(unsent).toBe(0);
      expect(workspace.overlaps.counts.oppositeInFlight).toBe(0);
      expect(workspace.overlaps.counts.inFlight).toBe(0);
      await sending.close();
      sending = undefined;
    }),
    { numRuns: 25 },
  );
});
