import { openSourceWorld, type SourceWorld } from '../../../test/activities/source-world';
import { openPassage } from '../../../test/e2e/s3-passage';

let world: SourceWorld;
let folder: string;
let folders = 0;
beforeAll(async () => (world = await openSourceWorld()));
afterAll(() => world.close());
beforeEach(() => (folder = `unload/${(folders += 1)}`));

async function put(name: string, content: string): Promise<void> {
  expect((await world.bucket.put(`${folder}/${name}`, content)).ok).toBe(true);
}

interface Meta {
  content_length?: number;
  record_count?: number;
}

/** A manifest as UNLOAD … MANIFEST VERBOSE writes it, beside the files. */
async function putManifest(entries: Record<string, Meta | undefined>, bucket = world.bucket.name) {
  const listed = Object.entries(entries).map(([name, meta]) => ({
    url: `s3://${bucket}/${folder}/${name}`,
    ...(meta === undefined ? { mandatory: true } : { meta }),
  }));
  const author = { name: 'Amazon Redshift', version: '1.0.0' };
  const schema = { elements: [{ name: 'external_id', type: { base: 'character varying' } }] };
  await put('manifest', JSON.stringify({ entries: listed, schema, meta: { record_count: 3 }, author }));
}

/** Nothing but the manifest can make this prefix complete: it would have to be quiet for an hour. */
const freeze = (endpoint?: string) => {
  const source = { prefix: `${folder}/`, manifestKey: `${folder}/manifest`, quietSeconds: 3600 };
  return world.freeze(
    { ...source, format: 'csv', compression: 'none' },
    endpoint === undefined ? {} : { endpoint },
  );
};

const A = 'external_id\na\nb\n';
const B = 'external_id\nc\n';
const META = {
  a: { content_length: A.length, record_count: 2 },
  b: { content_length: B.length, record_count: 1 },
};

async function putFiles(): Promise<void> {
  await put('0000_part_00.csv', A);
  await put('0001_part_00.csv', B);
}

test('a prefix that is what its manifest lists is complete at once', async () => {
  await putFiles();
  await putManifest({ '0000_part_00.csv': META.a, '0001_part_00.csv': META.b });
  expect(await freeze()).toMatchObject({ snapshot: { counts: { objects: 2, rows: 3, members: 3 } } });
});

test('a manifest may leave sizes and counts out', async () => {
  await putFiles();
  await putManifest({ '0000_part_00.csv': undefined, '0001_part_00.csv': {} });
  expect(await freeze()).toMatchObject({ snapshot: { counts: { members: 3 } } });
});

test.each<[string, Record<string, Meta>, string]>([
  [
    'a file that is not there',
    { '0000_part_00.csv': META.a, '0001_part_00.csv': META.b, '0002_part_00.csv': META.b },
    '0002_part_00.csv: is in the manifest, but not in the source.',
  ],
  [
    'a file that it does not list',
    { '0000_part_00.csv': META.a },
    '0001_part_00.csv: lies in the source, but not in the manifest.',
  ],
  [
    'another size',
    { '0000_part_00.csv': META.a, '0001_part_00.csv': { content_length: 99 } },
    '0001_part_00.csv: has 14 bytes; the manifest says 99.',
  ],
  [
    'counts that only together are right',
    { '0000_part_00.csv': { record_count: 1 }, '0001_part_00.csv': { record_count: 2 } },
    '0000_part_00.csv: has 2 rows; the manifest says 1.',
  ],
])('with %s a source is incomplete', async (_what, entries, says) => {
  await putFiles();
  await putManifest(entries);
  expect(await freeze()).toMatchObject({
    fault: { code: 'SOURCE_INCOMPLETE', message: `${folder}/${says}` },
  });
});

test('a manifest of files in another bucket is no evidence', async () => {
  await putFiles();
  await putManifest({ '0000_part_00.csv': META.a, '0001_part_00.csv': META.b }, 'other');
  expect(await freeze()).toMatchObject({
    fault: { code: 'SOURCE_INCOMPLETE', message: expect.stringContaining('in another bucket') as string },
  });
});

test.each([
  ['is not there', undefined, 'SOURCE_NOT_FOUND', 'No manifest lies at'],
  ['is cut', '{"entries":[{"url":"s3://b/k', 'SOURCE_UNREADABLE', 'look at it'],
  ['lists nothing', '{"entries":[]}', 'SOURCE_UNREADABLE', 'look at entries'],
  ['holds an unknown field', '{"entries":[{"url":"s3://b/k","size":3}]}', 'SOURCE_UNREADABLE', 'entries.0'],
] as const)('a manifest that %s says so', async (_what, body, code, says) => {
  await putFiles();
  if (body !== undefined) await put('manifest', body);
  expect(await freeze()).toMatchObject({ fault: { code, message: expect.stringContaining(says) as string } });
});

test('a file that is younger than the manifest has to come to rest first', async () => {
  await putManifest({ '0000_part_00.csv': META.a, '0001_part_00.csv': META.b });
  const marked = Date.now();
  // LastModified counts seconds.
  while (Date.now() - marked < 1_100) await new Promise((resolve) => setTimeout(resolve, 50));
  await putFiles();
  expect(await freeze()).toMatchObject({ fault: { code: 'SOURCE_NOT_QUIET' } });
});

test('a manifest that is replaced while the source is read makes it a changed one', async () => {
  const passage = await openPassage();
  passage.leadTo(process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '');
  try {
    await putFiles();
    const entries = { '0000_part_00.csv': META.a, '0001_part_00.csv': META.b };
    await putManifest(entries);
    passage.once('0001_part_00.csv', 'before the download', () =>
      putManifest({ ...entries, 'c.csv': META.b }),
    );
    const frozen = await freeze(passage.url);
    expect(frozen).toMatchObject({ fault: { code: 'SOURCE_CHANGED' } });
    expect('fault' in frozen && frozen.fault.message).toContain(`${folder}/manifest`);
  } finally {
    await passage.close();
  }
});
