/** People are spread over so many buckets for ever; shards are ranges of buckets, so their number may change. */
export const BUCKETS = 4096;

/** The bucket of a profile: a stable hash of its id (decimal text), so that ids made one after another lie far apart. */
export function bucketOf(profileId: string): number {
  // The finalizer of SplitMix64, whose every output bit depends on every input bit.
  let hash = BigInt(profileId);
  hash = BigInt.asUintN(64, (hash ^ (hash >> 30n)) * 0xbf58476d1ce4e5b9n);
  hash = BigInt.asUintN(64, (hash ^ (hash >> 27n)) * 0x94d049bb133111ebn);
  return Number((hash ^ (hash >> 31n)) % BigInt(BUCKETS));
}

/** The shard that looks after a bucket where people are divided into so many shards. */
export function shardOfBucket(bucket: number, shards: number): number {
  return Math.floor((bucket * shards) / BUCKETS);
}

/** The buckets of a shard, both ends included. */
export interface BucketRange {
  from: number;
  to: number;
}

/** The buckets that a shard looks after. */
export function bucketsOfShard(shard: number, shards: number): BucketRange {
  return {
    from: Math.ceil((shard * BUCKETS) / shards),
    to: Math.ceil(((shard + 1) * BUCKETS) / shards) - 1,
  };
}
