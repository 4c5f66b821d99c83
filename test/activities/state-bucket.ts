import { randomBytes } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { type Bucket } from '../../src/adapters/bucket/bucket';
import { createBucket } from '../../src/adapters/bucket/s3-bucket';
import { createS3Client } from '../../src/adapters/bucket/s3-client';

/** A fresh bucket on the S3 server that all tests share. */
export async function openStateBucket(path = 'state'): Promise<Bucket> {
  const bucket = `state-${randomBytes(6).toString('hex')}`;
  const { region, endpoint, credentials } = server();
  const client = createS3Client({ region, endpoint, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return openAgain({ name: bucket }, path);
}

/** The same bucket once more, to be closed by itself. */
export function openAgain({ name }: Pick<Bucket, 'name'>, path = ''): Bucket {
  const { region, endpoint, credentials } = server();
  return createBucket({ settings: { bucket: name, region, path, endpoint }, credentials });
}

function server() {
  const credentials = {
    accessKeyId: process.env['BRAZIER_TEST_S3_KEY_ID'] ?? '',
    secretAccessKey: process.env['BRAZIER_TEST_S3_SECRET'] ?? '',
  };
  return { region: 'us-east-1', endpoint: process.env['BRAZIER_TEST_S3_ENDPOINT'] ?? '', credentials };
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
