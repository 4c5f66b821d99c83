import { createHash, randomBytes } from 'node:crypto';
import { openStateBucket } from '../../test/activities/state-bucket';
import { type Bucket } from '../adapters/bucket/bucket';
import { type LedgerReference } from '../contract/objects';
import { ledgerKey, ledgerManifestKey, type AudienceFolder } from '../domain/state-layout';
import { findForgotten, listGenerations, markGeneration } from './begun-generations';

let bucket: Bucket;
let folder: AudienceFolder;

beforeAll(async () => {
  bucket = await openStateBucket();
});
afterAll(() => bucket.close());
beforeEach(() => {
  folder = { path: bucket.path, integration: 'shop', audienceKey: randomBytes(16).toString('hex') };
});

async function mark(generation: number, dryRun = false): Promise<void> {
  await markGeneration(bucket, folder, { generation, workflowId: `w-${generation}`, dryRun, startedAt: '' });
}

/** A ledger as a fold leaves it; `bytes` stand for its Parquet file. */
async function store(generation: number, random: string, bytes: string): Promise<LedgerReference> {
  const file = await bucket.put(ledgerKey(folder, generation, random), bytes);
  const content = {
    ...{ generation, previous: null, members: bytes.length, unsure: 1, outcomes: [], foldedCorrections: [] },
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  const manifest = await bucket.putJson(ledgerManifestKey(folder, generation, random), content);
  if (!file.ok || !manifest.ok) throw new Error('the bucket took no ledger');
  return { generation, file: file.value, manifest: manifest.value, members: bytes.length, unsure: 1 };
}

test('generations are listed by number, and only those of this audience', async () => {
  await expect(listGenerations(bucket, folder)).resolves.toEqual([]);
  for (const generation of [10, 9, 1]) await mark(generation);
  await expect(listGenerations(bucket, folder)).resolves.toEqual([1, 9, 10]);
  await expect(listGenerations(bucket, { ...folder, audienceKey: 'f'.repeat(32) })).resolves.toEqual([]);
});

test('without any ledger everything that began is open', async () => {
  await expect(findForgotten(bucket, folder, [1, 2], undefined)).resolves.toEqual({ open: [1, 2] });
});

test('the newest ledger is found, with exact references, and its own generation is open too', async () => {
  await store(2, 'aa', 'older');
  const newest = await store(10, '0b', 'newest of all');
  const found = await findForgotten(bucket, folder, [1, 2, 9, 10, 11], undefined);
  expect(found).toEqual({ ledger: newest, open: [10, 11] });
  for (const reference of [found.ledger?.file, found.ledger?.manifest]) {
    if (reference === undefined) throw new Error('no reference');
    await expect(bucket.getBytes(reference)).resolves.toMatchObject({ ok: true });
  }
});

test('of two ledgers of a generation the later one counts', async () => {
  await store(3, 'ff', 'first');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const later = await store(3, '00', 'second');
  await expect(findForgotten(bucket, folder, [3], undefined)).resolves.toEqual({ ledger: later, open: [3] });
});

test('a ledger that was never finished, or that a dry run made, is passed over', async () => {
  const real = await store(3, 'aa', 'real');
  await store(4, 'bb', 'forecast');
  await mark(4, true);
  await bucket.put(ledgerKey(folder, 5, 'cc'), 'no manifest');
  const found = await findForgotten(bucket, folder, [3, 4, 5], undefined);
  expect(found).toEqual({ ledger: real, open: [3, 4, 5] });
});

test('a newer ledger that the entity does remember is kept, so that its loss is noticed', async () => {
  await store(3, 'aa', 'older');
  const object = { key: ledgerKey(folder, 4, 'bb'), bytes: 1, sha256: 'f'.repeat(64) };
  const known = { generation: 4, file: object, manifest: object, members: 1, unsure: 0 };
  const found = await findForgotten(bucket, folder, [3, 4, 5], known);
  expect(found).toEqual({ ledger: known, open: [4, 5] });
});

test('a newest ledger that is damaged is not replaced by an older one', async () => {
  await store(3, 'aa', 'older');
  const newest = await store(4, 'bb', 'newest');
  const corrupt = { type: 'STATE_CORRUPT', nonRetryable: true };
  await bucket.delete(newest.file.key);
  await expect(findForgotten(bucket, folder, [3, 4], undefined)).rejects.toMatchObject(corrupt);
  await bucket.put(newest.file.key, 'altered');
  const { ledger } = await findForgotten(bucket, folder, [3, 4], undefined);
  if (ledger === undefined) throw new Error('no ledger');
  await expect(bucket.getBytes(ledger.file)).resolves.toMatchObject({
    ok: false,
    fault: { code: 'STATE_CORRUPT' },
  });
  await bucket.put(newest.manifest.key, 'altered');
  await expect(findForgotten(bucket, folder, [3, 4], undefined)).rejects.toMatchObject(corrupt);
});
