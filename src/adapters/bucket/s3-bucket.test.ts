import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { type Bucket } from './bucket';
import { createBucket } from './s3-bucket';
import { createS3Client } from './s3-client';

const credentials = {
  accessKeyId: process.env['BRAZIER_TEST_S3_KEY_ID'] ?? '',
  secretAccessKey: process.env['BRAZIER_TEST_S3_SECRET'] ?? '',
};
const settings = {
  bucket: `bucket-${randomBytes(6).toString('hex')}`,
  region: 'us-east-1',
  path: 'p',
  endpoint: process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '',
};
let bucket: Bucket;
let directory: string;

beforeAll(async () => {
  const client = createS3Client({ ...settings, credentials });
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket }));
  client.destroy();
  bucket = createBucket({ settings, credentials });
  directory = await mkdtemp(join(tmpdir(), 'brazier-bucket-'));
});
afterAll(async () => {
  bucket.close();
  await rm(directory, { recursive: true, force: true });
});

test('what is put comes back verified, by bytes and by file', async () => {
  const put = await bucket.putJson('a/x.json', { é: 1 });
  if (!put.ok) throw new Error(put.fault.message);
  expect(put.value).toMatchObject({ key: 'a/x.json', bytes: 8 });
  expect(await bucket.getBytes(put.value)).toEqual({ ok: true, value: Buffer.from('{"é":1}') });
  const file = join(directory, 'x.json');
  expect(await bucket.download(put.value, file)).toEqual({ ok: true, value: undefined });
  expect(await readFile(file, 'utf8')).toBe('{"é":1}');
});

test('a large file goes up in parts and comes back whole', async () => {
  const body = randomBytes(36 * 1024 * 1024);
  const [up, down] = [join(directory, 'up'), join(directory, 'down')];
  await writeFile(up, body);
  const put = await bucket.putFile('a/large', up);
  if (!put.ok) throw new Error(put.fault.message);
  expect(put.value.bytes).toBe(body.length);
  expect(await bucket.download(put.value, down)).toEqual({ ok: true, value: undefined });
  expect((await readFile(down)).equals(body)).toBe(true);
});

test('an object that is gone, shorter or different is corrupt', async () => {
  const put = await bucket.put('a/state', 'abc');
  if (!put.ok) throw new Error(put.fault.message);
  const wrong = [
    { ...put.value, key: 'a/gone' },
    { ...put.value, bytes: 4 },
    { ...put.value, sha256: 'f'.repeat(64) },
  ];
  for (const reference of wrong) {
    expect(await bucket.getBytes(reference)).toMatchObject({ fault: { code: 'STATE_CORRUPT' } });
    const saved = await bucket.download(reference, join(directory, 'wrong'));
    expect(saved).toMatchObject({ fault: { code: 'STATE_CORRUPT' } });
  }
});

test('listing, head and open agree on an object, and a replaced one is told apart', async () => {
  await bucket.put('l/a', 'one');
  await bucket.put('l/b', 'two');
  const listed = await bucket.list('l/');
  const head = await bucket.head('l/a');
  if (!listed.ok || !head.ok) throw new Error('no listing');
  expect(listed.value.map((object) => object.key)).toEqual(['l/a', 'l/b']);
  expect(listed.value[0]).toMatchObject({ bytes: 3, etag: head.value?.etag });
  const etag = head.value?.etag ?? '';
  const opened = await bucket.openRead('l/a', { etag });
  expect(opened.ok && (await buffer(opened.value.body)).toString()).toBe('one');
  await bucket.put('l/a', 'new');
  expect(await bucket.openRead('l/a', { etag })).toMatchObject({ fault: { code: 'SOURCE_CHANGED' } });
  await bucket.delete('l/a');
  expect(await bucket.head('l/a')).toEqual({ ok: true, value: undefined });
  expect(await bucket.openRead('l/a')).toMatchObject({ fault: { code: 'SOURCE_NOT_FOUND' } });
});

test('pages carry the server’s clock and hold every object', async () => {
  await Promise.all(Array.from({ length: 12 }, (_, index) => bucket.put(`pages/${index}`, 'x')));
  let objects = 0;
  for await (const page of bucket.pages('pages/')) {
    if (!page.ok) throw new Error(page.fault.message);
    expect(page.value.serverTimeMs).toBeGreaterThan(0);
    objects += page.value.objects.length;
  }
  expect(objects).toBe(12);
});

test('each refusal has its code, and none shows a secret', async () => {
  const secret = 'wrong-secret-key';
  const open = (rest: Partial<typeof settings>, secretAccessKey = credentials.secretAccessKey) =>
    createBucket({ settings: { ...settings, ...rest }, credentials: { ...credentials, secretAccessKey } });
  const closed = createServer();
  const port = await new Promise<number>((resolve) => {
    closed.listen(0, '127.0.0.1', () => {
      const address = closed.address();
      closed.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
  const cases = [
    [open({}, secret), 'S3_ACCESS_DENIED'],
    [open({ bucket: 'no-such-bucket' }), 'S3_BUCKET_NOT_FOUND'],
    [open({ endpoint: `http://127.0.0.1:${port}` }), 'S3_UNAVAILABLE'],
  ] as const;
  for (const [refused, code] of cases) {
    const outcome = await refused.list('');
    expect(outcome).toMatchObject({ ok: false, fault: { code } });
    expect(JSON.stringify(outcome)).not.toContain(secret);
    expect(JSON.stringify(outcome)).not.toContain(credentials.accessKeyId);
    refused.close();
  }
});

test('a cancelled call is no fault', async () => {
  const cancel = new AbortController();
  cancel.abort();
  await expect(bucket.list('', cancel.signal)).rejects.toMatchObject({ name: 'AbortError' });
});
