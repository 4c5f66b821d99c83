import { Counter, Histogram, type Registry } from 'prom-client';
import { type ShardCommit } from '../domain/stream/shard-work';
import { bucketSeconds } from '../domain/stream/latency';

/** Seconds from capture to Braze's answer: from a quiet stream to an outage of a day. */
const LATENCY_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600, 86_400];

/** The figures of shards, counted as they are written. Engagements have no label; the command line and Temporal tell of each. */
export class StreamMetrics {
  private readonly calls: Counter<'integration' | 'stage'>;
  private readonly latency: Histogram<'integration'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.calls = new Counter({
      registers,
      name: 'brazier_stream_total',
      help: 'Entries into engagements, exits, and calls by what became of them; events set aside.',
      labelNames: ['integration', 'stage'],
    });
    this.latency = new Histogram({
      registers,
      name: 'brazier_stream_seconds',
      help: 'Time from the capture of an event to the answer of Braze for a call that it caused.',
      labelNames: ['integration'],
      buckets: LATENCY_SECONDS,
    });
  }

  /** A commit that was written. */
  committed(integration: string, { engagements, setAside }: ShardCommit): void {
    for (const { latency, entered, exits, sent, accepted, refused, unknown } of engagements.values()) {
      const counts = { entered, exits, sent, accepted, refused, unknown };
      for (const [stage, count] of Object.entries(counts)) this.calls.inc({ integration, stage }, count);
      latency.forEach((count, bucket) => {
        for (let n = 0; n < count; n += 1) this.latency.observe({ integration }, bucketSeconds(bucket));
      });
    }
    this.calls.inc({ integration, stage: 'setAside' }, setAside.length);
  }
}
