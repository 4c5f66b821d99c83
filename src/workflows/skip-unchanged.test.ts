import { audienceKey } from '../activities/check-input';
import { type RunResult } from '../contract/run';
import { failing, type FakeWorld } from '../../test/workflows/fake-world';
import { activationInput, ledgerOf, outcomes, planOf, SOURCE_SEEN } from '../../test/workflows/samples';
import { failureOf, TestBed } from '../../test/workflows/test-bed';

let bed: TestBed;
let world: FakeWorld;

beforeAll(async () => (bed = await TestBed.timeSkipping()));
beforeEach(async () => (world = await bed.reset()));
afterAll(() => bed.close());

const KEY = audienceKey('lexer_audience', 'Leads', 'external_id');
const refresh = (): Promise<RunResult> => bed.execute(activationInput({ skipUnchanged: true }));

test('a source that is as it was ends the run unread, and only the first of a streak is mailed', async () => {
  expect((await refresh()).outcome).toBe('done');
  const second = await refresh();
  expect(second).toMatchObject({
    outcome: 'nothingToDo',
    reason: 'SOURCE_NOT_REFRESHED',
    source: SOURCE_SEEN.location,
    summary:
      '"Leads" on lexer_audience: nobody was moved: the source is the one that the last whole run was made from.',
  });
  await refresh();
  expect(world.freezeSource.calls).toHaveLength(1);
  expect(world.sendEndMail.calls.map(({ result }) => result.reason)).toEqual([
    undefined,
    'SOURCE_NOT_REFRESHED',
  ]);

  world.lookAtSource.answer = () => ({ ...SOURCE_SEEN, digest: 'e'.repeat(64) });
  expect((await refresh()).outcome).toBe('done');
  expect(world.freezeSource.calls).toHaveLength(2);
});

test('a run by hand reads the same source again, and a dry run as well', async () => {
  await refresh();
  await bed.execute(activationInput());
  await bed.execute(activationInput({ skipUnchanged: true, dryRun: true }));
  expect(world.lookAtSource.calls).toEqual([]);
  expect(world.freezeSource.calls).toHaveLength(3);
});

test('a run of which something stayed unknown is followed by a whole one', async () => {
  world.foldLedger.answer = ({ generation }) => ({
    ledger: ledgerOf(generation, 280, 1),
    outcomes: { add: outcomes({ accepted: 99, unknown: 1 }), remove: outcomes({ accepted: 20 }) },
    sentNothing: false,
  });
  await refresh();
  await refresh();
  expect(world.freezeSource.calls).toHaveLength(2);
});

test('members whom Braze refused are tried once more, and then the source is whole', async () => {
  world.foldLedger.answer = ({ generation }) => ({
    ledger: ledgerOf(generation, 280),
    outcomes: { add: outcomes({ accepted: 99, rejected: 1 }), remove: outcomes({ accepted: 20 }) },
    sentNothing: false,
  });
  await refresh();
  expect((await refresh()).reason).toBeUndefined();
  expect(world.freezeSource.calls).toHaveLength(2);
  expect((await refresh()).reason).toBe('SOURCE_NOT_REFRESHED');
});

test('what verification has found since is folded in and sent, though the source is as it was', async () => {
  await refresh();
  world.recoverLedger.answer = () => ({
    ledger: { ...ledgerOf(1), file: { ...ledgerOf(1).file, key: 'ledger/corrected.parquet' } },
    changed: true,
    inDoubt: false,
    correctionsFolded: 1,
  });
  await refresh();
  expect(world.lookAtSource.calls).toEqual([]);
  expect(world.freezeSource.calls).toHaveLength(2);
});

test('a plan that moves nobody counts as whole', async () => {
  world.planRun.answer = () => planOf({ source: 5, ledger: 5, stay: 5 }, { add: 0, remove: 0 });
  expect((await refresh()).reason).toBeUndefined();
  expect(world.audiences[KEY]?.wholeSource).toBe(SOURCE_SEEN.digest);
  expect((await refresh()).reason).toBe('SOURCE_NOT_REFRESHED');
});

test('no folder older than the one that was last sent from is asked for', async () => {
  const run = () => bed.execute(activationInput({ source: { newestUnder: 'daily', format: 'csv' } }));
  await run();
  await run();
  await bed.execute(activationInput({ source: { key: 'a.csv' }, skipUnchanged: true }));
  expect(world.freezeSource.calls.map(({ notBefore }) => notBefore)).toEqual([
    undefined,
    SOURCE_SEEN.location,
  ]);
  expect(world.lookAtSource.calls.map(({ notBefore }) => notBefore)).toEqual([SOURCE_SEEN.location]);
});

test('dates are filled in by the start of a run that nobody scheduled', async () => {
  await bed.execute(activationInput({ source: { key: 'a/{{date:yyyy}}/b.csv', timeZone: 'Asia/Tokyo' } }));
  const [frozen] = world.freezeSource.calls;
  expect(frozen?.activation.source.key).toMatch(/^a\/\d{4}\/b\.csv$/);
});

test('an input that is refused is mailed, and a mail that fails does not hide why', async () => {
  const old = activationInput({ terms: { acceptedBy: 'Ada', version: '2020-01' } });
  expect(await failureOf(bed.execute(old))).toMatchObject({ type: 'TERMS_NOT_ACCEPTED' });
  const [told] = world.sendEndMail.calls;
  expect(told?.result).toMatchObject({
    ...{ outcome: 'refused', audience: 'Leads', integration: 'shop' },
    error: { code: 'TERMS_NOT_ACCEPTED', actor: 'person' },
  });
  world.sendEndMail.answer = failing('MAIL_REFUSED');
  expect(await failureOf(bed.execute(old))).toMatchObject({ type: 'TERMS_NOT_ACCEPTED' });
});
