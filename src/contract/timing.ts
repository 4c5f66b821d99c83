/**
 * The times that keep an old write from overtaking a new one, and how soon a dead worker is noticed.
 * A request starts only within `heartbeatBoundMs` of an acknowledged heartbeat, so a process that Temporal has given up
 * on (after `heartbeatTimeoutMs`) has stopped writing before anybody else begins.
 */
export const TIMING = {
  heartbeatIntervalMs: 3_000,
  heartbeatBoundMs: 12_000,
  heartbeatTimeoutMs: 20_000,
  /** Of activities that write to nobody but the state bucket, or only read. */
  readerHeartbeatTimeoutMs: 30_000,
} as const;

/** How long after a run of unknown outcome no opposite write may start: bound + request time-out + apply lag. */
export function quietPeriodMs(settings: { requestTimeoutSeconds: number; applyLagSeconds: number }): number {
  return TIMING.heartbeatBoundMs + (settings.requestTimeoutSeconds + settings.applyLagSeconds) * 1_000;
}
