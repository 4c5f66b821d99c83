// Creates the named buckets where they are missing, by the environment of the S3 client itself (AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL_S3). Running it again changes nothing.
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';

const buckets = process.argv.slice(2);
const client = new S3Client({ forcePathStyle: true, maxAttempts: 10 });

async function create(Bucket) {
  try {
    await client.send(new HeadBucketCommand({ Bucket }));
    console.log(`${Bucket} is there`);
  } catch (error) {
    if (error.$metadata?.httpStatusCode !== 404) throw error;
    await client.send(new CreateBucketCommand({ Bucket }));
    console.log(`${Bucket} was created`);
  }
}

try {
  for (const bucket of buckets) await create(bucket);
} catch (error) {
  console.error(`the buckets could not be created: ${error.name}`);
  process.exitCode = 1;
} finally {
  client.destroy();
}
