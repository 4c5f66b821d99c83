import { gzipSync } from 'node:zlib';
import { type Moment, openPassage, type S3Passage } from './s3-passage';
import {
  activation,
  ATTRIBUTE,
  holdersOf,
  loadProfiles,
  putIds,
  setUp,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const BEFORE = userIds(100, 400);
const REPLACED = userIds(200, 500);
/** As long as the file it replaces, so that nothing but its ETag tells that it is another. */
const REPLACING = userIds(300, 600);

describe('a source', () => {
  let test: TestStack;
  let passage: S3Passage;
  beforeAll(async () => {
    passage = await openPassage();
    test = await startTestStack({
      sandbox: { applyLagMs: 100 },
      env: { BRAZIER_ALLOWED_S3_ENDPOINTS: passage.url },
    });
    passage.leadTo(test.stack.s3.endpoint);
    await loadProfiles(test, userIds(0, 600));
    await setUp(test, 'changing', {}, { endpoint: passage.url });
  });
  afterAll(async () => {
    await test.close();
    await passage.close();
  });

  const stateOf = async (audience: string) => {
    const state = await test.client.integration('changing');
    return Object.values(state?.audiences ?? {}).find((candidate) => candidate.audience === audience);
  };

  it.each<[Moment, string]>([
    ['before the download', 'listed'],
    ['in the middle of it', 'halfway'],
  ])(
    'replaced %s moves nobody, and the next run takes the new file',
    async (moment, name) => {
      const run = async () =>
        test.client.activate(activation('changing', name, `${name}.csv`, { guards: { maxRemovalShare: 1 } }));
      await putIds(test, `${name}.csv`, BEFORE);
      await expect((await run()).result()).resolves.toMatchObject({ outcome: 'done' });

      await putIds(test, `${name}.csv`, REPLACED);
      const acts = passage.acts();
      passage.once(`${name}.csv`, moment, () => putIds(test, `${name}.csv`, REPLACING));
      await expect((await run()).result()).rejects.toMatchObject({ cause: { type: 'SOURCE_CHANGED' } });
      expect(passage.acts() - acts).toBe(1);
      expect(await holdersOf(test, ATTRIBUTE, name)).toEqual(BEFORE);
      expect(await stateOf(name)).toMatchObject({ ledger: { generation: 1, members: 300 }, open: [] });

      const again = (await run()).result();
      await expect(again).resolves.toMatchObject({
        outcome: 'done',
        plan: { add: 200, remove: 200, stay: 100 },
      });
      expect(await holdersOf(test, ATTRIBUTE, name)).toEqual(REPLACING);
    },
    90_000,
  );

  it('removes nobody when it is cut off', async () => {
    await putIds(test, 'whole.csv', userIds(0, 500));
    const first = await test.client.activate(activation('changing', 'Whole', 'whole.csv'));
    expect((await first.result()).outcome).toBe('done');

    const whole = gzipSync(Buffer.from(`external_id\n${userIds(0, 500).join('\n')}\n`));
    await test.exchange.put('half.csv.gz', whole.subarray(0, whole.length >> 1));
    const half = await test.client.activate(activation('changing', 'Whole', 'half.csv.gz'));
    await expect(half.result()).rejects.toMatchObject({ cause: { type: 'SOURCE_INCOMPLETE' } });
    expect(await holdersOf(test, ATTRIBUTE, 'Whole')).toEqual(userIds(0, 500).sort());
    expect(await stateOf('Whole')).toMatchObject({ ledger: { members: 500, generation: 1 }, open: [] });
  }, 90_000);
});
