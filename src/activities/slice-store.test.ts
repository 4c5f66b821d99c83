import { createHash } from 'node:crypto';
import { keysUnder, openStateBucket, readText } from '../../test/activities/state-bucket';
import { type Bucket } from '../adapters/bucket/bucket';
import { type ObjectReference, type PlanReference, type ReceiptBody } from '../contract/objects';
import { parseCorrectionsKey, parseReceiptKey, parseStartedKey } from '../domain/state-layout';
import { valueOf } from './failure';
import { createSliceStore, type RunKey, type SliceStore } from './slice-store';

let bucket: Bucket;
let store: SliceStore;
let run: RunKey;
let audiences = 0;

beforeAll(async () => {
  bucket = await openStateBucket('state');
  store = createSliceStore(bucket);
});
beforeEach(() => {
  audiences += 1;
  run = { integration: 'shop', audienceKey: String(audiences).padStart(32, '0'), generation: 3 };
});
afterAll(() => bucket.close());

const put = async (key: string, text: string): Promise<ObjectReference> =>
  valueOf(await bucket.put(key, text));

async function planOf(text: string, members: number): Promise<PlanReference> {
  const object = await put(`state/plan-${audiences}/add-00000.ndjson`, text);
  const slices = await put(
    `state/plan-${audiences}/slices.json`,
    JSON.stringify([{ operation: 'add', index: 0, members, object }]),
  );
  const counts = {
    ledger: 0,
    source: members,
    add: members,
    remove: 0,
    stay: 0,
    notOurs: 0,
    leaversKept: 0,
    unsureRetried: 0,
  };
  return { hash: 'abc', counts, membersPerSlice: 100, slices, sliceCount: { add: 1, remove: 0 } };
}

const RECEIPT: ReceiptBody = {
  operation: 'add',
  index: 0,
  members: 3,
  rejected: [[1, 'bad id']],
  unknown: [2],
  unsent: [],
};
const corrupt = { type: 'STATE_CORRUPT', nonRetryable: true };

describe('a slice', () => {
  test.each([['"a"\n"b"\n"c"\n'], ['"a"\n"b"\n"c"']])('is its lines: %j', async (text) => {
    const plan = await planOf(text, 3);
    await expect(store.readSlice(plan, 'add', 0)).resolves.toEqual({ lines: ['"a"', '"b"', '"c"'] });
  });

  test('that has other members than the plan says is corrupt', async () => {
    await expect(store.readSlice(await planOf('"a"\n"b"\n', 3), 'add', 0)).rejects.toMatchObject(corrupt);
  });

  test('that was altered since is corrupt', async () => {
    const plan = await planOf('"a"\n"b"\n', 2);
    await put(`state/plan-${audiences}/add-00000.ndjson`, '"a"\n"x"\n');
    await expect(store.readSlice(plan, 'add', 0)).rejects.toMatchObject(corrupt);
  });

  test.each([
    ['add', 1],
    ['remove', 0],
  ] as const)('that the plan does not have (%s %d) is corrupt', async (operation, index) => {
    const plan = await planOf('"a"\n', 1);
    await expect(store.readSlice(plan, operation, index)).rejects.toMatchObject(corrupt);
  });

  test.each([['not JSON'], ['{}'], ['[{"operation":"add"}]']])(
    'of a list that is %s is corrupt',
    async (list) => {
      const plan = await planOf('"a"\n', 1);
      const slices = await put(`state/plan-${audiences}/other.json`, list);
      await expect(store.readSlice({ ...plan, slices }, 'add', 0)).rejects.toMatchObject(corrupt);
    },
  );
});

describe('receipts', () => {
  test('of every attempt at this slice are read, and of no other', async () => {
    await store.writeReceipt(run, 'aa', RECEIPT);
    await store.writeReceipt(run, 'bb', { ...RECEIPT, unknown: [] });
    await store.writeReceipt(run, 'cc', { ...RECEIPT, index: 1 });
    await store.writeReceipt(run, 'dd', { ...RECEIPT, operation: 'remove' });
    await store.writeReceipt({ ...run, generation: 4 }, 'ee', RECEIPT);
    const receipts = await store.readReceipts(run, 'add', 0);
    expect(receipts).toHaveLength(2);
    expect(receipts).toEqual(expect.arrayContaining([RECEIPT, { ...RECEIPT, unknown: [] }]));
  });

  test('of other slices are not even listed: a run has as many as it has slices', async () => {
    const listed: string[] = [];
    const watched = Object.assign(Object.create(bucket) as Bucket, {
      list: (prefix: string) => {
        listed.push(prefix);
        return bucket.list(prefix);
      },
    });
    await store.writeReceipt(run, 'aa', { ...RECEIPT, index: 12 });
    await expect(createSliceStore(watched).readReceipts(run, 'add', 12)).resolves.toHaveLength(1);
    expect(listed).toEqual([expect.stringMatching(/\/runs\/g3\/receipts\/add-00012-$/)]);
  });

  test('are none before the first', async () => {
    await expect(store.readReceipts(run, 'add', 0)).resolves.toEqual([]);
  });

  test('are named for their content and referred to with size and checksum', async () => {
    const reference = await store.writeReceipt(run, 'aa', RECEIPT);
    const text = await readText(bucket, reference.key);
    expect(reference.bytes).toBe(Buffer.byteLength(text));
    expect(reference.sha256).toBe(createHash('sha256').update(text).digest('hex'));
    expect(parseReceiptKey(reference.key)).toEqual({
      operation: 'add',
      index: 0,
      attempt: 'aa',
      sha16: reference.sha256.slice(0, 16),
    });
  });

  test('that differ from their name are corrupt', async () => {
    const { key } = await store.writeReceipt(run, 'aa', RECEIPT);
    await put(key, JSON.stringify({ ...RECEIPT, rejected: [] }));
    await expect(store.readReceipts(run, 'add', 0)).rejects.toMatchObject(corrupt);
  });

  test('that are no receipts are corrupt, whatever their checksum', async () => {
    const text = '{"operation":"add"}';
    const sha = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const { key } = await store.writeReceipt(run, 'aa', RECEIPT);
    await put(key.replace(/[0-9a-f]{16}\.json$/, `${sha}.json`), text);
    await expect(store.readReceipts(run, 'add', 0)).rejects.toMatchObject(corrupt);
  });
});

test('each attempt leaves a marker of its own', async () => {
  const plan = await planOf('"a"\n', 1);
  const marker = { operation: 'add', index: 0, members: 1, plan } as const;
  const attempts = [await store.writeStarted(run, marker), await store.writeStarted(run, marker)];
  expect(new Set(attempts).size).toBe(2);
  const keys = await keysUnder(
    bucket,
    `state/integrations/shop/audiences/${run.audienceKey}/runs/g3/started/`,
  );
  expect(keys.map((key) => parseStartedKey(key)?.attempt).sort()).toEqual([...attempts].sort());
  expect(JSON.parse(await readText(bucket, keys[0]!))).toEqual(marker);
});

test('a generation that has begun to send another plan is found by its markers', async () => {
  const plan = await planOf('"a"\n', 1);
  const other = { ...plan, slices: { ...plan.slices, key: 'state/another-plan/slices.json' } };
  await expect(store.hasOtherPlan(run, plan)).resolves.toBe(false);
  await store.writeStarted(run, { operation: 'add', index: 0, members: 1, plan });
  await expect(store.hasOtherPlan(run, plan)).resolves.toBe(false);
  await expect(store.hasOtherPlan(run, other)).resolves.toBe(true);
  await expect(store.hasOtherPlan({ ...run, generation: 4 }, other)).resolves.toBe(false);
});

test('a sample is read line by line, and refused where a line is no member', async () => {
  const good = await put(
    `state/sample-${audiences}`,
    '{"id":"a","operation":"add"}\n{"id":"b","operation":"remove"}\n',
  );
  await expect(store.readSample(good)).resolves.toEqual([
    { id: 'a', operation: 'add' },
    { id: 'b', operation: 'remove' },
  ]);
  const bad = await put(`state/sample-bad-${audiences}`, '{"id":7}\n');
  await expect(store.readSample(bad)).rejects.toMatchObject(corrupt);
});

describe('corrections', () => {
  const prefix = () => `state/integrations/shop/audiences/${run.audienceKey}/corrections/`;

  test('are one object however often and in whatever order they are written', async () => {
    const late = { id: 'b', operation: 'add', finding: 'late' } as const;
    const missing = { id: 'a', operation: 'add', finding: 'notInBraze' } as const;
    await store.writeCorrections(run, [late, missing]);
    await store.writeCorrections(run, [missing, late]);
    const keys = await keysUnder(bucket, prefix());
    expect(keys.map((key) => parseCorrectionsKey(key)?.generation)).toEqual([3]);
    expect(await readText(bucket, keys[0]!)).toBe(`${JSON.stringify(missing)}\n${JSON.stringify(late)}\n`);
  });

  test('of nobody are no object', async () => {
    await store.writeCorrections(run, []);
    expect(await keysUnder(bucket, prefix())).toEqual([]);
  });
});
