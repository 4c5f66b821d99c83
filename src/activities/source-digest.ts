import { createHash } from 'node:crypto';
import { type ListedObject } from '../adapters/bucket/bucket';
import { type Activation } from '../contract/activation';
import { type BucketSettings } from '../contract/integration';
import { sourceBucket } from './source-bucket';

/**
 * What tells a source that is as it was from one that is not: every object's key, ETag and size, the bucket, and whatever of
 * the activation decides what is planned from it. Times are left out: a file that is written again with the same bytes is the same.
 */
export function sourceDigest(
  { activation, exchange }: { activation: Activation; exchange: BucketSettings },
  objects: readonly ListedObject[],
): string {
  const { source, listAction, createProfiles } = activation;
  const { format, compression, csv, idColumn, aliasLabelColumn, aliasLabel, identifier } = source;
  const { bucket, endpoint } = sourceBucket(source, exchange);
  const lines = objects.map(({ key, etag, bytes }) => JSON.stringify([key, etag, bytes])).sort();
  const reading = [format, compression, csv.delimiter, csv.quote, csv.escape, idColumn, identifier];
  const rest = [aliasLabelColumn, aliasLabel, source.expectedRows, listAction, createProfiles];
  const options = [bucket, endpoint, ...reading, ...rest].map((value) => value ?? null);
  return createHash('sha256')
    .update([JSON.stringify(options), ...lines].join('\n'))
    .digest('hex');
}
