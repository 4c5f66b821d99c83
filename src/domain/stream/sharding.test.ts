import { BUCKETS, bucketOf, bucketsOfShard, shardOfBucket } from './sharding';

test('a bucket never changes: people would meet another shard', () => {
  expect(['0', '1', '2', '9007199254740993', '9223372036854775807'].map(bucketOf)).toEqual([
    0, 1509, 1162, 1706, 3773,
  ]);
});

test('people who came one after another are spread evenly', () => {
  const counts = new Array<number>(16).fill(0);
  for (let id = 1; id <= 16_000; id += 1) {
    const shard = shardOfBucket(bucketOf(String(id)), counts.length);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test.each([1, 3, 4, 7, 4096])('%d shards share all buckets, each a range of its own', (shards) => {
  const found = Array.from({ length: BUCKETS }, (_, bucket) => shardOfBucket(bucket, shards));
  expect(new Set(found).size).toBe(shards);
  expect(found).toEqual(found.toSorted((left, right) => left - right));
  expect([found[0], found.at(-1)]).toEqual([0, shards - 1]);
});

test.each([1, 3, 4, 7, 4096])('the ranges of %d shards hold what belongs to each', (shards) => {
  for (let shard = 0; shard < shards; shard += 1) {
    const { from, to } = bucketsOfShard(shard, shards);
    expect([from - 1, from, to, to + 1].map((bucket) => shardOfBucket(bucket, shards))).toEqual([
      from === 0 ? -1 : shard - 1,
      shard,
      shard,
      shard + 1,
    ]);
  }
});
