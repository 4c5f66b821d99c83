import { quietPeriodMs, TIMING } from './timing';

test('a worker that Temporal has given up on has stopped writing before anybody else begins', () => {
  expect(TIMING.heartbeatBoundMs).toBeLessThan(TIMING.heartbeatTimeoutMs);
});

test('a heartbeat or two may get lost before the gate closes', () => {
  expect(TIMING.heartbeatIntervalMs * 2).toBeLessThan(TIMING.heartbeatBoundMs);
});

test('the quiet period is bound, request time-out and apply lag together', () => {
  expect(quietPeriodMs({ requestTimeoutSeconds: 30, applyLagSeconds: 300 })).toBe(
    TIMING.heartbeatBoundMs + 330_000,
  );
});
