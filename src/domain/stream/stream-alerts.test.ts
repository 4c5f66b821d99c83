import { streamAlerts, WAIT_ALERT_MS, type WaitingShard } from './stream-alerts';

const NOW_MS = Date.parse('2026-11-22T05:00:00Z');

function shardOf(shard: number, ageMs: number, more: Partial<WaitingShard> = {}): WaitingShard {
  const since = new Date(NOW_MS - ageMs).toISOString();
  const waiting = { reason: 'key' as const, message: '401', since };
  return { integration: 'shop', layout: 1, shard, waiting, ...more };
}

test('shards that wait for one reason are one alert, from the moment of the longest wait', () => {
  const shards = [shardOf(0, WAIT_ALERT_MS), shardOf(1, 2 * WAIT_ALERT_MS), shardOf(2, WAIT_ALERT_MS - 1)];
  expect(streamAlerts(shards, NOW_MS)).toEqual([
    {
      ...{ integration: 'shop', reason: 'key', shards: ['1/0', '1/1'] },
      since: new Date(NOW_MS - 2 * WAIT_ALERT_MS).toISOString(),
      mark: 'waits-key-on-2026-11-22',
    },
  ]);
});

test('another integration is another alert, and a moment that is none is no wait', () => {
  const shards = [shardOf(0, WAIT_ALERT_MS), shardOf(0, WAIT_ALERT_MS, { integration: 'store' })];
  expect(streamAlerts(shards, NOW_MS)).toHaveLength(2);
  const odd = { reason: 'key' as const, message: '', since: 'some time ago' };
  expect(streamAlerts([shardOf(0, 0, { waiting: odd })], NOW_MS)).toEqual([]);
});
