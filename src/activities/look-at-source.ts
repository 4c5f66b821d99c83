import { type Bucket } from '../adapters/bucket/bucket';
import { type ListSource } from '../adapters/source/listing';
import { type Activation, type AudienceSource } from '../contract/activation';
import { type Outcome } from '../contract/errors';
import { type BucketSettings } from '../contract/integration';
import { type SourceSeen } from '../contract/objects';
import { fillTemplate } from '../domain/date-template';
import { valueOf } from './failure';
import { sourceBucket } from './source-bucket';
import { sourceDigest } from './source-digest';

/** Which source to look at, and the bucket that it is in unless it names another. */
export interface LookAtSourceInput {
  activation: Activation;
  exchange: BucketSettings;
  /** Location of the newest folder that a run of the audience has sent from. */
  notBefore?: string | undefined;
}

/** What looking at a source takes. */
export interface SourceLookDependencies {
  openBucket: (settings: BucketSettings) => Promise<Outcome<Bucket>>;
  listSource: ListSource;
  location: (bucket: { name: string }, source: AudienceSource) => string;
}

/** Activities that look at a source without reading it. */
export function createSourceActivities({ openBucket, listSource, location }: SourceLookDependencies) {
  return {
    /**
     * Fills dates into the source's place by the moment that the run is for. A local activity, since a workflow's sandbox need
     * not know the time zones of today. Retrying is safe and gives the same: it is pure but for the machine's time zone data.
     */
    datedSource({ source, at }: { source: AudienceSource; at: string }): Promise<AudienceSource> {
      const moment = { atMs: Date.parse(at), timeZone: source.timeZone ?? 'UTC' };
      const filled = (['key', 'prefix', 'newestUnder', 'manifestKey'] as const).flatMap((field) => {
        const template = source[field];
        return template === undefined ? [] : [[field, fillTemplate(template, moment)] as const];
      });
      return Promise.resolve({ ...source, ...Object.fromEntries(filled) });
    },

    /**
     * What lies at the source right now, by its listing alone. A retry is safe, since it only reads; bounded by its time-outs, and
     * ended with a wait while the source may still be written. Reads fresh: the whole listing.
     */
    async lookAtSource(input: LookAtSourceInput): Promise<SourceSeen> {
      const bucket = valueOf(await openBucket(sourceBucket(input.activation.source, input.exchange)));
      try {
        const { source, objects } = valueOf(
          await listSource(bucket, input.activation.source, { notBefore: input.notBefore }),
        );
        return { location: location(bucket, source), digest: sourceDigest(input, objects) };
      } finally {
        bucket.close();
      }
    },
  };
}
