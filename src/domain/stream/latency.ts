/** How many calls fell into each bucket; a missing place is a 0. */
export type LatencyCounts = number[];

/** Upper ends of the buckets in milliseconds, each a fifth above the last: wide enough for a day's outage, narrow enough for a percentile. */
const BOUNDS_MS: readonly number[] = Array.from({ length: 101 }, (_, at) => Math.round(1.2 ** at));

const EVERY = 5;
const FIRST = 10;

/**
 * Some of those ends, in seconds: whoever counts by these counts the same calls as the rows in the database. The last bucket has
 * no end, so it is not among them.
 */
export const LATENCY_BOUNDS_SECONDS: readonly number[] = BOUNDS_MS.filter(
  (_, at) => at >= FIRST && at % EVERY === 0 && at < BOUNDS_MS.length - 1,
).map((boundMs) => boundMs / 1_000);

/** Adds one latency. */
export function countLatency(counts: LatencyCounts, latencyMs: number): void {
  const at = bucketOf(Math.max(0, latencyMs));
  while (counts.length <= at) counts.push(0);
  counts[at] = (counts[at] ?? 0) + 1;
}

/** Adds up what several shards have counted. */
export function addLatencies(all: readonly (readonly number[])[]): LatencyCounts {
  const longest = all.reduce((length, counts) => Math.max(length, counts.length), 0);
  return Array.from({ length: longest }, (_, at) => all.reduce((sum, counts) => sum + (counts[at] ?? 0), 0));
}

/** The upper end of the bucket in which the given share of all calls is reached; 0 where there were none. */
export function percentileMs(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let left = Math.ceil(total * share);
  for (const [at, count] of counts.entries()) {
    left -= count;
    if (count > 0 && left <= 0) return BOUNDS_MS[at] ?? 0;
  }
  return 0;
}

/** Median, 99th percentile and maximum, each rounded up to its bucket. */
export function latencySummary(counts: readonly number[]): { p50: number; p99: number; max: number } {
  return {
    p50: percentileMs(counts, 0.5),
    p99: percentileMs(counts, 0.99),
    max: percentileMs(counts, 1),
  };
}

/** The upper end of a bucket, in seconds. */
export function bucketSeconds(bucket: number): number {
  return (BOUNDS_MS[bucket] ?? 0) / 1_000;
}

function bucketOf(latencyMs: number): number {
  const found = BOUNDS_MS.findIndex((bound) => latencyMs <= bound);
  return found === -1 ? BOUNDS_MS.length - 1 : found;
}
