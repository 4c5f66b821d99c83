import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startS3Server, type S3Server } from './rclone';

const Bucket = 'exports';
// Characters that a CSV reader or a signature could stumble over; only a comma is not possible.
const SECRET = 's/e+c=r e"t';
let dir: string;
let server: S3Server;
let s3: S3Client;

function clientWith(accessKeyId: string, secretAccessKey: string): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    responseChecksumValidation: 'WHEN_REQUIRED',
    credentials: { accessKeyId, secretAccessKey },
  });
}

async function keysUnder(Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 400 }, { Bucket, Prefix })) {
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
  }
  return keys;
}

const read = async (Key: string, Range?: string): Promise<string | undefined> => {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket, Key, ...(Range === undefined ? {} : { Range }) }),
  );
  return Body?.transformToString();
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'brazier-s3-'));
  await mkdir(join(dir, Bucket));
  await writeFile(join(dir, Bucket, 'by-hand.txt'), 'x');
  server = await startS3Server({ dir, accessKeyId: 'key-id', secretAccessKey: SECRET, buckets: [Bucket] });
  s3 = clientWith('key-id', SECRET);
});

afterAll(async () => {
  s3.destroy();
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

test('what was put is there at once, whole and by range, replaced by the next put, gone after a delete', async () => {
  for (const Body of ['0123456789', 'abc']) {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b/object', Body }));
    await expect(read('a/b/object')).resolves.toBe(Body);
    await expect(read('a/b/object', 'bytes=1-2')).resolves.toBe(Body.slice(1, 3));
  }
  await expect(keysUnder('a/')).resolves.toEqual(['a/b/object']);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a/b/object' }));
  await expect(keysUnder('a/')).resolves.toEqual([]);
  await expect(read('a/b/object')).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('a listing of more than a thousand objects comes whole, page by page', async () => {
  const keys = Array.from({ length: 1_010 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
  for (let start = 0; start < keys.length; start += 50) {
    await Promise.all(
      keys.slice(start, start + 50).map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))),
    );
  }
  await expect(keysUnder('many/')).resolves.toEqual(keys);
});

test('a file that was in the folder before is an object', async () => {
  await expect(keysUnder('by-hand')).resolves.toEqual(['by-hand.txt']);
});

test.each([
  ['a wrong secret', 'key-id', 'wrong'],
  ['an unknown key', 'nobody', SECRET],
])('%s is refused', async (_, accessKeyId, secret) => {
  const stranger = clientWith(accessKeyId, secret);
  const listing = stranger.send(new ListObjectsV2Command({ Bucket }));
  await expect(listing).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  stranger.destroy();
});
