import { randomBytes } from 'node:crypto';
import { type Bucket } from '../adapters/bucket/bucket';
import { type DuckDb } from '../adapters/duckdb/duckdb';
import { type ReadSource } from '../adapters/source/read-source';
import { type Outcome } from '../contract/errors';
import { type BucketSettings } from '../contract/integration';
import { type AudienceFolder } from '../domain/state-layout';

/** What the data activities are given. */
export interface AudienceDataAdapters {
  stateBucket: Bucket;
  /** Opens a source's bucket after resolving its secrets; the activity closes it. */
  openBucket: (settings: BucketSettings) => Promise<Outcome<Bucket>>;
  readSource: ReadSource;
  duckdb: DuckDb;
  /** Where attempts keep their files while they last; needs room for about three times the largest source. */
  workDir: string;
}

/** An audience's folder in the state bucket. */
export function folderOf(
  adapters: AudienceDataAdapters,
  audience: { integration: string; audienceKey: string },
): AudienceFolder {
  const { integration, audienceKey } = audience;
  return { path: adapters.stateBucket.path, integration, audienceKey };
}

/** The part of a new object's name that no other attempt can have chosen. */
export function randomName(): string {
  return randomBytes(8).toString('hex');
}
