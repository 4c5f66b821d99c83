import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type ShardKey, type ShardProgress } from '../contract/stream';
import { type NoCallCounts, type ShardCommit } from '../domain/stream/shard-work';
import { countCaptured, stageCounter, type StageCounter } from './stage-counter';
import { bucketSeconds, LATENCY_BOUNDS_SECONDS } from '../domain/stream/latency';

/** More engagements than this share one label in a process: people name them, and nobody bounds how many. */
const MOST_ENGAGEMENTS = 100;
const OTHERS = 'others';

interface WatchedShard {
  key: ShardKey;
  readonly progress: () => ShardProgress;
}

/**
 * The figures of shards, counted as they are written. Labels are names that operators and marketers give, fixed words, and the
 * numbers of the shards that this process looks after; nothing here can carry a person.
 */
export class StreamMetrics {
  private readonly stages: StageCounter;
  private readonly noCalls: Counter<'integration' | 'engagement' | 'reason'>;
  private readonly latency: Histogram<'integration' | 'engagement'>;
  private readonly engagements = new Set<string>();
  private readonly watched = new Set<WatchedShard>();

  constructor(registry: Registry) {
    const registers = [registry];
    const { watched } = this;
    this.stages = stageCounter(registry);
    this.noCalls = new Counter({
      registers,
      name: 'brazier_stream_no_call_total',
      help: 'Events that caused no call, by the reason; without an engagement where it is none of its own.',
      labelNames: ['integration', 'engagement', 'reason'],
    });
    this.latency = new Histogram({
      registers,
      name: 'brazier_stream_seconds',
      help: 'Time from the capture of an event to the answer of Braze for a call that it caused.',
      labelNames: ['integration', 'engagement'],
      buckets: [...LATENCY_BOUNDS_SECONDS],
    });
    const backlog = new Gauge<'integration' | 'layout' | 'shard'>({
      registers,
      name: 'brazier_stream_backlog',
      help: 'Entries of the log after the cursor of a shard that this process looks after.',
      labelNames: ['integration', 'layout', 'shard'],
      collect: () => {
        backlog.reset();
        for (const { key, progress } of watched) backlog.set(labelsOf(key), progress().backlog);
      },
    });
    const waits = new Gauge<'integration' | 'layout' | 'shard' | 'reason'>({
      registers,
      name: 'brazier_stream_waiting_seconds',
      help: 'How long a shard that this process looks after has not gone on, by the reason; absent while it does.',
      labelNames: ['integration', 'layout', 'shard', 'reason'],
      collect: () => {
        waits.reset();
        for (const { key, progress } of watched) {
          const { waiting } = progress();
          if (waiting === undefined) continue;
          const seconds = Math.max(0, (Date.now() - Date.parse(waiting.since)) / 1_000);
          waits.set({ ...labelsOf(key), reason: waiting.reason }, seconds);
        }
      },
    });
  }

  /** Events that this process has brought into the log itself: rows of an import. */
  captured(integration: string, count: number): void {
    countCaptured(this.stages, integration, count);
  }

  /** Tells of a shard until the answer is called. */
  watch(key: ShardKey, progress: () => ShardProgress): () => void {
    const shard = { key, progress };
    this.watched.add(shard);
    return () => void this.watched.delete(shard);
  }

  /** A commit that was written. */
  committed(integration: string, { engagements, setAside, noCall }: ShardCommit): void {
    for (const [name, delta] of engagements) {
      const engagement = this.labelOf(integration, name);
      const { entered, exits, sent, accepted, refused, unknown, seenChecked, seen, latency } = delta;
      const counts = { entered, exits, sent, accepted, refused, unknown, seenChecked, seen };
      for (const [stage, count] of Object.entries(counts))
        this.stages.inc({ integration, engagement, stage }, count);
      this.countNoCalls(integration, engagement, delta.noCall);
      latency.forEach((count, bucket) => {
        for (let n = 0; n < count; n += 1)
          this.latency.observe({ integration, engagement }, bucketSeconds(bucket));
      });
    }
    this.stages.inc({ integration, engagement: '', stage: 'setAside' }, setAside.length);
    this.countNoCalls(integration, '', noCall);
  }

  private countNoCalls(integration: string, engagement: string, counts: NoCallCounts): void {
    for (const [reason, count] of Object.entries(counts))
      this.noCalls.inc({ integration, engagement, reason }, count);
  }

  private labelOf(integration: string, engagement: string): string {
    const name = `${integration}/${engagement}`;
    if (!this.engagements.has(name)) {
      if (this.engagements.size >= MOST_ENGAGEMENTS) return OTHERS;
      this.engagements.add(name);
    }
    return engagement;
  }
}

function labelsOf({ integration, layout, shard }: ShardKey): {
  integration: string;
  layout: number;
  shard: number;
} {
  return { integration, layout, shard };
}
