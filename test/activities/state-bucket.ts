import { randomBytes } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { type Bucket } from '../../src/adapters/bucket/bucket';
import { createBucket } from '../../src/adapters/bucket/s3-bucket';
import { createS3Client } from '../../src/adapters/bucket/s3-client';

/** A fresh bucket on the S3 server that all tests share. */
export async function openStateBucket(path = 'state'): Promise<Bucket> {
  const endpoint = process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '';
  const credentials = {
    accessKeyId: process.env['BRAZIER_TEST_S3_KEY_ID'] ?? '',
    secretAccessKey: process.env['BRAZIER_TEST_S3_SECRET'] ?? '',
  };
  const settings = {
    bucket: `state-${randomBytes(6).toString('hex')}`,
    region: 'us-east-1',
    path,
    endpoint,
  };
  const client = createS3Client({ region: settings.region, endpoint, credentials });
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket }));
  client.destroy();
  return createBucket({ settings, credentials });
}

/** The text of an object. */
export async function readText(bucket: Bucket, key: string): Promise<string> {
  const read = await bucket.read(key);
  if (!read.ok) throw new Error(read.fault.message);
  return read.value.toString('utf8');
}

/** The keys under a prefix. */
export async function keysUnder(bucket: Bucket, prefix: string): Promise<string[]> {
  const listed = await bucket.list(prefix);
  if (!listed.ok) throw new Error(listed.fault.message);
  return listed.value.map(({ key }) => key);
}
