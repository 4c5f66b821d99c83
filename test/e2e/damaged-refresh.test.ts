import { gzipSync } from 'node:zlib';
import { type Bucket } from '../../src/adapters/bucket/bucket';
import { createBucket } from '../../src/adapters/bucket/s3-bucket';
import { type ActivateAudienceInput } from '../../src/contract/activation';
import { type ErrorCode } from '../../src/contract/errors';
import { type RunResult } from '../../src/contract/run';
import { openPassage, type S3Passage } from './s3-passage';
import {
  activation,
  ATTRIBUTE,
  awaitPhase,
  holdersOf,
  loadProfiles,
  putIds,
  setUp,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const AUDIENCE = 'Kept';
const MEMBERS = userIds(0, 300);
const NEXT = userIds(100, 400);
const CSV = `external_id\n${NEXT.join('\n')}\n`;

let test: TestStack;
let passage: S3Passage;
let state: Bucket;
beforeAll(async () => {
  passage = await openPassage();
  test = await startTestStack({
    sandbox: { applyLagMs: 100 },
    env: { BRAZIER_ALLOWED_S3_ENDPOINTS: passage.url },
  });
  passage.leadTo(test.stack.s3.endpoint);
  const { env } = test.stack;
  state = createBucket({
    settings: {
      bucket: env['BRAZIER_STATE_BUCKET'] ?? '',
      region: env['BRAZIER_STATE_REGION'] ?? '',
      path: '',
      endpoint: test.stack.s3.endpoint,
    },
    credentials: {
      accessKeyId: env['BRAZIER_DEV_STATE_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['BRAZIER_DEV_STATE_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  await loadProfiles(test, userIds(0, 500));
  await setUp(test, 'damaged', {}, { endpoint: passage.url });
}, 120_000);
afterAll(async () => {
  state.close();
  await test.close();
  await passage.close();
});

const put = async (key: string, content: string | Buffer) =>
  expect((await test.exchange.put(key, content)).ok).toBe(true);

type Refresh = Partial<ActivateAudienceInput> & { audience?: string };

const start = (source: ActivateAudienceInput['source'], { audience = AUDIENCE, ...rest }: Refresh = {}) =>
  test.client.activate(
    activation('damaged', audience, 'unused', { guards: { maxRemovalShare: 1 }, ...rest, source }),
  );

/** Everything that a spoilt refresh may not touch: the pointer, the ledger's own bytes, every profile. */
async function truth(audience = AUDIENCE) {
  const integration = await test.client.integration('damaged');
  const entry = Object.values(integration?.audiences ?? {}).find(
    (candidate) => candidate.audience === audience,
  );
  const ledger = entry?.ledger;
  if (ledger === undefined) throw new Error('there is no ledger');
  const bytes = await state.getBytes(ledger.file);
  expect(bytes.ok).toBe(true);
  return { ledger, open: entry?.open, holders: await holdersOf(test, ATTRIBUTE, audience) };
}

interface Damage {
  what: string;
  arrange: () => Promise<unknown>;
  source: ActivateAudienceInput['source'];
  code: ErrorCode;
  says: string;
}

/** Rows enough for the place of the quote to be deep in the file. */
const DEEP = userIds(0, 60_000).map((id, index) => (index === 49_998 ? `"${id},1` : `${id},1`));

const DAMAGES: Damage[] = [
  {
    what: 'a gzip stream cut off',
    arrange: () => put('cut.csv.gz', gzipSync(CSV).subarray(0, 300)),
    source: { key: 'cut.csv.gz' },
    code: 'SOURCE_INCOMPLETE',
    says: 'its gzip stream ends early',
  },
  {
    what: 'a file cut at a row’s end',
    arrange: () => putIds(test, 'short.csv', NEXT.slice(0, 200)),
    source: { key: 'short.csv', expectedRows: 300 },
    code: 'SOURCE_INCOMPLETE',
    says: 'has 200 rows; source.expectedRows says 300',
  },
  {
    what: 'a file replaced while it is read',
    arrange: async () => {
      await putIds(test, 'replaced.csv', NEXT);
      passage.once('replaced.csv', 'in the middle of it', () =>
        putIds(test, 'replaced.csv', userIds(200, 500)),
      );
    },
    source: { key: 'replaced.csv' },
    code: 'SOURCE_CHANGED',
    says: 'replaced',
  },
  {
    what: 'UTF-16',
    arrange: () => put('wide.csv', Buffer.from(`\ufeff${CSV}`, 'utf16le')),
    source: { key: 'wide.csv' },
    code: 'SOURCE_UNREADABLE',
    says: 'is UTF-16 text',
  },
  {
    what: 'a quote that is not closed deep in the file',
    arrange: () => put('quote.csv', `external_id,n\n${DEEP.join('\n')}\n`),
    source: { key: 'quote.csv' },
    code: 'SOURCE_UNREADABLE',
    says: 'row at line 50000 has a quote that is not closed',
  },
  {
    what: 'an object removed',
    arrange: () => test.exchange.delete('members.csv'),
    source: { key: 'members.csv' },
    code: 'SOURCE_NOT_FOUND',
    says: 'Nothing lies at',
  },
  {
    what: 'a part that the manifest lists and nobody finds',
    arrange: async () => {
      await putIds(test, 'unload/0000_part_00', NEXT);
      const url = (part: string) => ({ url: `s3://${test.exchange.name}/unload/${part}` });
      await put('unload/manifest', JSON.stringify({ entries: [url('0000_part_00'), url('0001_part_00')] }));
    },
    source: { prefix: 'unload/', manifestKey: 'unload/manifest' },
    code: 'SOURCE_INCOMPLETE',
    says: 'unload/0001_part_00: is in the manifest, but not in the source',
  },
];

it('an audience outlives every damaged refresh, and takes the next good one', async () => {
  await putIds(test, 'members.csv', MEMBERS);
  await expect((await start({ key: 'members.csv' })).result()).resolves.toMatchObject({ outcome: 'done' });
  const before = await truth();
  expect(before.holders).toEqual([...MEMBERS].sort());

  for (const { what, arrange, source, code, says } of DAMAGES) {
    await arrange();
    const run = await start(source);
    await expect(run.result()).rejects.toMatchObject({ cause: { type: code } });
    const { error, outcome } = await test.client.status(run.workflowId);
    expect({ what, outcome, error }).toMatchObject({ what, outcome: 'failed', error: { code } });
    expect(error?.message).toContain(says);
    expect({ what, ...(await truth()) }).toEqual({ what, ...before });
  }

  await put('empty.csv', 'external_id\n');
  const empty = await start({ key: 'empty.csv' });
  const waiting = await awaitPhase(test, empty.workflowId, ['awaitingApproval']);
  expect(waiting.approvalReasons).toEqual([expect.stringContaining('The source is empty')]);
  await test.client.reject(empty.workflowId, { by: 'Ada', planHash: waiting.planHash ?? '' });
  await expect(empty.result()).resolves.toMatchObject({ outcome: 'notApproved' });
  expect(await truth()).toEqual(before);

  await putIds(test, 'good.csv', NEXT);
  await expect((await start({ key: 'good.csv' })).result()).resolves.toMatchObject({
    outcome: 'done',
    plan: { add: 100, remove: 100, stay: 200 },
  });
  expect((await truth()).holders).toEqual([...NEXT].sort());
}, 300_000);

it('usable rows are sent, the others kept with their reasons; meanwhile the audience is busy for anybody else', async () => {
  const rows = [...userIds(400, 420), ' user-400 ', '""', 'x'.repeat(988), '"user\t401"'];
  await put('mixed.csv', `external_id\n${rows.join('\n')}\n`);
  const acts = passage.acts();
  passage.once('mixed.csv', 'in the middle of it', async () => {
    const second = await start({ key: 'mixed.csv' }, { audience: 'Mixed' });
    await expect(second.result()).rejects.toMatchObject({ cause: { type: 'AUDIENCE_BUSY' } });
  });
  const first = await start({ key: 'mixed.csv' }, { audience: 'Mixed' });
  const result: RunResult = await first.result();
  expect(passage.acts() - acts).toBe(1);
  expect(result).toMatchObject({
    outcome: 'done',
    snapshot: {
      rows: 24,
      members: 20,
      blank: 1,
      duplicate: 1,
      unusable: { tooLong: 1, controlCharacter: 1 },
    },
  });
  expect((await truth('Mixed')).holders).toEqual(userIds(400, 420).sort());
  const [rejectedKey = ''] = result.rejectedKeys ?? [];
  const rejected = await state.read(rejectedKey);
  const lines = rejected.ok ? rejected.value.toString().trimEnd().split('\n') : [];
  expect(lines.map((line) => (JSON.parse(line) as { reason: string }).reason).sort()).toEqual([
    'controlCharacter',
    'tooLong',
  ]);
}, 120_000);
