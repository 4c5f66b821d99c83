import { Registry } from 'prom-client';
import { deltaOf, emptyCommit } from '../domain/stream/shard-work';
import { countLatency } from '../domain/stream/latency';
import { StreamMetrics } from './stream-metrics';

test('what a commit has written is counted by stage, and its latencies fall into their buckets', async () => {
  const registry = new Registry();
  const metrics = new StreamMetrics(registry);
  const commit = emptyCommit();
  const delta = deltaOf(commit, 'third-purchase');
  Object.assign(delta, { entered: 3, sent: 3, accepted: 2, refused: 1 });
  for (const latencyMs of [80, 4_000]) countLatency(delta.latency, latencyMs);
  commit.setAside.push({ seq: 1, reason: 'traitTooLarge', detail: '' });
  metrics.committed('shop', commit);
  const text = await registry.metrics();
  expect(text).toContain('brazier_stream_total{integration="shop",stage="accepted"} 2');
  expect(text).toContain('brazier_stream_total{integration="shop",stage="setAside"} 1');
  expect(text).toContain('brazier_stream_seconds_bucket{le="0.1",integration="shop"} 1');
  expect(text).toContain('brazier_stream_seconds_bucket{le="5",integration="shop"} 2');
  expect(text).not.toContain('third-purchase');
});
