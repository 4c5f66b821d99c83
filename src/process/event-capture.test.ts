import { pino } from 'pino';
import { Registry } from 'prom-client';
import { success } from '../contract/errors';
import { CaptureMetrics } from '../observability/capture-metrics';
import { createEventCapture } from './event-capture';

const MINUTE_MS = 60_000;

/** A gateway whose looks at the stream are counted; the first `failing` of them fail. */
function gateway({ failing = 0 } = {}) {
  const ok = <T>(value: T) => Promise.resolve(success(value));
  let looks = 0;
  const capture = createEventCapture({
    intake: (_integration, events) =>
      ok({ isDuplicate: events.map(() => false), created: 0, merged: 0, conflicts: 0, isFirst: false }),
    hasIntegration: () => ok(true),
    readBacklog: () => ok(0),
    maxBacklog: 10,
    ensureStream() {
      looks += 1;
      return looks <= failing ? Promise.reject(new Error('away')) : Promise.resolve();
    },
    metrics: new CaptureMetrics(new Registry()),
    logger: pino({ enabled: false }),
  });
  const clock = jest.spyOn(performance, 'now');
  return {
    postAt: async (minutes: number) => {
      clock.mockReturnValue(1e6 + minutes * MINUTE_MS);
      const event = { index: 0, id: `e${minutes}`, identities: [], rest: '{}' };
      expect(await capture.post({ integration: 'shop', source: 'web' }, [event])).toMatchObject({ ok: true });
    },
    looks: () => looks,
  };
}

afterEach(() => jest.restoreAllMocks());

test('a stream whose workflow got lost is started again by those who take its events', async () => {
  const { postAt, looks } = gateway();
  await postAt(0);
  await postAt(5);
  expect(looks()).toBe(1);
  await postAt(11);
  expect(looks()).toBe(2);
  await postAt(24 * 60);
  expect(looks()).toBe(3);
});

test('a stream that could not be seen to is seen to again soon', async () => {
  const { postAt, looks } = gateway({ failing: 1 });
  await postAt(0);
  await postAt(0.1);
  expect(looks()).toBe(1);
  await postAt(0.2);
  expect(looks()).toBe(2);
});
