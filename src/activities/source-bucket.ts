import { type AudienceSource } from '../contract/activation';
import { type BucketSettings } from '../contract/integration';

/**
 * The bucket of a source: the exchange bucket, or another with what it leaves out taken from there. The exchange bucket's keys
 * never go to another endpoint.
 */
export function sourceBucket(source: AudienceSource, exchange: BucketSettings): BucketSettings {
  const endpoint = source.endpoint ?? exchange.endpoint;
  const keys =
    endpoint === exchange.endpoint || source.accessKeyId !== undefined
      ? {
          accessKeyId: source.accessKeyId ?? exchange.accessKeyId,
          secretAccessKey: source.secretAccessKey ?? exchange.secretAccessKey,
        }
      : {};
  return {
    bucket: source.bucket ?? exchange.bucket,
    region: source.region ?? exchange.region,
    path: '',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...keys,
  };
}
