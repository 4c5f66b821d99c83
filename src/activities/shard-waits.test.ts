import { ShardWaits } from './shard-waits';

const HOUR_MS = 3_600_000;
const earlier = {
  reason: 'key',
  code: 'BRAZE_KEY_REJECTED',
  message: '401',
  since: '2026-11-22T01:00:00.000Z',
};

function waitsOf(before?: typeof earlier & { reason: 'key' }) {
  let nowMs = Date.parse('2026-11-22T05:00:00Z');
  const waits = new ShardWaits(() => nowMs, before);
  return { waits, later: () => (nowMs += HOUR_MS) };
}

const key = { code: 'BRAZE_KEY_REJECTED', message: '403' } as const;

test('a wait is told until it has ended, and began when it began', () => {
  const { waits, later } = waitsOf();
  expect(waits.current()).toBeUndefined();
  waits.beginFor('sending', { code: 'BRAZE_RATE_LIMITED', message: '429' });
  later();
  waits.beginFor('sending', key);
  expect(waits.current()).toEqual({ ...key, reason: 'key', since: '2026-11-22T05:00:00.000Z' });
  waits.end('sending');
  expect(waits.current()).toBeUndefined();
});

test('what keeps everything is told before what keeps some', () => {
  const { waits } = waitsOf();
  waits.begin('reading', { reason: 'merge', message: 'x' });
  waits.beginFor('beginning', { code: 'DATABASE_UNAVAILABLE', message: 'y' });
  expect(waits.current()).toMatchObject({ reason: 'database' });
  waits.end('beginning');
  expect(waits.current()).toMatchObject({ reason: 'merge' });
});

test('a wait that an earlier stay has left goes on, unless what was waited for has come meanwhile', () => {
  const before = { ...earlier, reason: 'key' as const };
  const going = waitsOf(before).waits;
  going.end('beginning');
  going.beginFor('sending', { code: 'BRAZE_RATE_LIMITED', message: '429' });
  expect(going.current()).toMatchObject({ reason: 'throttled', since: '2026-11-22T05:00:00.000Z' });
  const same = waitsOf(before).waits;
  same.end('beginning');
  same.beginFor('sending', key);
  expect(same.current()).toMatchObject({ reason: 'key', since: before.since });
  const over = waitsOf(before).waits;
  over.end('sending');
  over.beginFor('sending', key);
  expect(over.current()).toMatchObject({ since: '2026-11-22T05:00:00.000Z' });
});
