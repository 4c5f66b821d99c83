import { type ShardWait, type WaitReason } from './shard-wait';

/** A shard with what it waits for. */
export interface WaitingShard {
  integration: string;
  layout: number;
  shard: number;
  waiting: ShardWait;
}

/** Something about a stream that people have to hear. */
export interface StreamAlert {
  integration: string;
  reason: WaitReason;
  /** ISO 8601, of the longest wait. */
  since: string;
  shards: string[];
  /** Tells it from every other alert of this stream: once a day for each reason. */
  mark: string;
}

/** Longer than a restart, a take-over or a window of Braze's limit per minute. */
export const WAIT_ALERT_MS = 15 * 60_000;

/** One alert for each integration and reason, however many shards have waited for too long. */
export function streamAlerts(shards: readonly WaitingShard[], nowMs: number): StreamAlert[] {
  const alerts = new Map<string, StreamAlert>();
  for (const { integration, layout, shard, waiting } of shards) {
    const { reason, since } = waiting;
    if (!(nowMs - Date.parse(since) >= WAIT_ALERT_MS)) continue;
    const name = `${layout}/${shard}`;
    const known = alerts.get(`${integration}/${reason}`);
    if (known !== undefined) {
      known.shards.push(name);
      if (since < known.since) known.since = since;
      continue;
    }
    const day = new Date(nowMs).toISOString().slice(0, 10);
    const mark = `waits-${reason}-on-${day}`;
    alerts.set(`${integration}/${reason}`, { integration, reason, since, shards: [name], mark });
  }
  return [...alerts.values()];
}
