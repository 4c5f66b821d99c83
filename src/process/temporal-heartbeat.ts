import { ActivityCancelledError, ActivityNotFoundError, type Client } from '@temporalio/client';
import { type BeatAnswer } from '../activities/heartbeat-lease';
import { TIMING } from '../contract/timing';

/**
 * Heartbeats that resolve with Temporal's acknowledgement; the worker's own `heartbeat()` returns before anything was
 * sent. One that is not acknowledged within the bound rejects: it could not open the gate any more.
 */
export function createHeartbeat({ client }: { client: Client }) {
  return async (taskToken: Uint8Array, details: unknown): Promise<BeatAnswer> => {
    try {
      await client.withDeadline(Date.now() + TIMING.heartbeatBoundMs, () =>
        client.activity.heartbeat(taskToken, details),
      );
      return 'acknowledged';
    } catch (error) {
      if (error instanceof ActivityCancelledError) return 'cancelled';
      if (error instanceof ActivityNotFoundError) return 'lost';
      throw error;
    }
  };
}
