import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { rounded, say } from '../million/say';

/** Milliseconds that something took, many times over; kept in microseconds. */
export class Latencies {
  private readonly histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: 3_600_000_000,
    figures: 3,
  });
  private readonly buckets = new Map<number, number>();

  /** Takes one in; clocks of two processes may disagree by a little, so less than nothing counts as nothing. */
  add(ms: number): void {
    this.histogram.record(Math.max(1, Math.round(ms * 1_000)));
    const bucket = ms < 1 ? 0 : Math.floor(2 * Math.log2(ms)) + 1;
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
  }

  /** How many there are. */
  get count(): number {
    return this.histogram.count;
  }

  /** So many of a hundred took at most this long. */
  percentileMs(percentile: number): number {
    return this.count === 0 ? 0 : this.histogram.percentile(percentile) / 1_000;
  }

  /** The figures that one line shows. */
  summary(): string {
    const shown = [50, 90, 99, 99.9, 100].map((percentile) => {
      const name = percentile === 100 ? 'max' : `p${percentile}`;
      return `${name} ${rounded(this.percentileMs(percentile))} ms`;
    });
    return `${this.count}: ${shown.join(', ')}`;
  }

  /** A bar for each stretch of time, each half as long again as the one before. */
  sayBars(): void {
    const most = Math.max(...this.buckets.values());
    const WIDTH = 50;
    for (const [bucket, count] of [...this.buckets].sort(([a], [b]) => a - b)) {
      const upTo = rounded(2 ** (bucket / 2));
      const bar = '█'.repeat(Math.ceil((WIDTH * count) / most));
      say(`${`< ${upTo} ms`.padStart(14)} ${String(count).padStart(8)} ${bar}`);
    }
  }
}
