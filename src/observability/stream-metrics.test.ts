import { Registry } from 'prom-client';
import { startShardWorld, type ShardWorld } from '../../test/stream/shard-world';
import { createShardStore } from '../adapters/postgres/shard-store';
import { type ShardProgress } from '../contract/stream';
import { countLatency, LATENCY_BOUNDS_SECONDS } from '../domain/stream/latency';
import { deltaOf, emptyCommit, type ShardCommit } from '../domain/stream/shard-work';
import { StreamMetrics } from './stream-metrics';

function metricsOf() {
  const registry = new Registry();
  return { registry, metrics: new StreamMetrics(registry) };
}

/** A commit of one engagement with these latencies. */
function commitOf(latenciesMs: readonly number[], engagement = 'third-purchase'): ShardCommit {
  const commit = emptyCommit();
  const delta = deltaOf(commit, engagement);
  Object.assign(delta, { entered: 3, sent: 3, accepted: 2, refused: 1, seenChecked: 2, seen: 1 });
  for (const latencyMs of latenciesMs) countLatency(delta.latency, latencyMs);
  delta.noCall = { alreadySent: 4 };
  commit.noCall = { notInSegment: 5 };
  commit.setAside.push({ seq: 1, reason: 'traitTooLarge', detail: 'of ann@example.com', profileId: '4711' });
  return commit;
}

test('what a commit has written is counted by engagement and stage, and what caused no call by reason', async () => {
  const { registry, metrics } = metricsOf();
  metrics.captured('shop', 7);
  metrics.committed('shop', commitOf([80]));
  const text = await registry.metrics();
  const told = (engagement: string, stage: string, count: number) =>
    expect(text).toContain(
      `brazier_stream_total{integration="shop",engagement="${engagement}",stage="${stage}"} ${count}`,
    );
  told('', 'captured', 7);
  told('', 'unified', 7);
  told('third-purchase', 'entered', 3);
  told('third-purchase', 'accepted', 2);
  told('third-purchase', 'unknown', 0);
  told('third-purchase', 'seenChecked', 2);
  told('third-purchase', 'seen', 1);
  told('', 'setAside', 1);
  const none = 'brazier_stream_no_call_total{integration="shop"';
  expect(text).toContain(`${none},engagement="third-purchase",reason="alreadySent"} 4`);
  expect(text).toContain(`${none},engagement="",reason="notInSegment"} 5`);
  expect(text).not.toMatch(/4711|example\.com/);
});

test('however many engagements there are, a process tells of a bounded number', async () => {
  const { registry, metrics } = metricsOf();
  for (let n = 0; n < 250; n += 1) metrics.committed('shop', commitOf([], `engagement-${n}`));
  const text = await registry.metrics();
  expect(text.match(/stage="sent"/g)).toHaveLength(101);
  expect(text).toContain('brazier_stream_total{integration="shop",engagement="others",stage="sent"} 450');
});

test('a shard is told of while it is looked after: its backlog, and why it waits', async () => {
  const { registry, metrics } = metricsOf();
  let waiting: ShardProgress['waiting'] = {
    ...{ reason: 'key', code: 'BRAZE_KEY_REJECTED', message: '401' },
    since: new Date(Date.now() - 60_000).toISOString(),
  };
  const done = { events: 0, delivered: 0, refused: 0, unknown: 0, noCall: {}, isDrained: false };
  const unwatch = metrics.watch({ integration: 'shop', layout: 1, shard: 2 }, () => ({
    ...{ epoch: 1, cursor: 10, backlog: 33 },
    ...done,
    waiting,
  }));
  const shard = 'integration="shop",layout="1",shard="2"';
  expect(await registry.metrics()).toContain(`brazier_stream_backlog{${shard}} 33`);
  expect(await registry.metrics()).toMatch(
    new RegExp(`brazier_stream_waiting_seconds\\{${shard},reason="key"\\} [6-9]\\d`),
  );
  waiting = undefined;
  expect(await registry.metrics()).not.toContain('brazier_stream_waiting_seconds{');
  unwatch();
  expect(await registry.metrics()).not.toContain('brazier_stream_backlog{');
});

describe('latencies', () => {
  let world: ShardWorld;
  beforeAll(async () => (world = await startShardWorld()));
  afterAll(() => world.close());

  test('the histogram counts the same calls as the rows in the database', async () => {
    const { registry, metrics } = metricsOf();
    const store = createShardStore(world.database, { integration: 'shop', layout: 1, shard: 0 });
    const begun = await store.begin('tests', { leaseMs: 10_000, requestTimeoutMs: 0 });
    if (!begun.ok) throw new Error('not begun');
    // At, just below and just above every bound, and far beyond the last one.
    const bounds = LATENCY_BOUNDS_SECONDS.map((seconds) => seconds * 1_000);
    const latenciesMs = [0, 1, ...bounds.flatMap((ms) => [ms - 0.4, ms, ms + 0.4, ms * 1.3]), 400_000_000];
    for (const half of [latenciesMs.slice(0, 40), latenciesMs.slice(40)]) {
      const commit = commitOf(half);
      commit.setAside.length = 0;
      expect(await store.commit(begun.value.epoch, commit)).toMatchObject({ ok: true });
      metrics.committed('shop', commit);
    }
    const [row] = await world.rows<{ latency: number[] }>('SELECT latency FROM brazier.engagement_count');
    const kept = row?.latency ?? [];
    const [histogram] = await registry
      .getMetricsAsJSON()
      .then((all) => all.filter(({ name }) => name === 'brazier_stream_seconds'));
    const counted = new Map(
      histogram?.values.flatMap(({ value, labels }) =>
        'le' in labels ? [[String(labels['le']), value]] : [],
      ),
    );
    for (const seconds of LATENCY_BOUNDS_SECONDS) {
      const truth = latenciesMs.filter((ms) => ms <= seconds * 1_000).length;
      const inRow = kept.slice(0, 1 + boundIndex(seconds)).reduce((sum, count) => sum + count, 0);
      expect([seconds, counted.get(String(seconds)), inRow]).toEqual([seconds, truth, truth]);
    }
    expect(counted.get('+Inf')).toBe(kept.reduce((sum, count) => sum + count, 0));
    expect(counted.get('+Inf')).toBe(latenciesMs.length);
  });
});

/** Which bucket of a row ends there: found by counting what falls into it. */
function boundIndex(seconds: number): number {
  const counts: number[] = [];
  countLatency(counts, seconds * 1_000);
  return counts.length - 1;
}
