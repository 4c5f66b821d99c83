import { type CapturedEvent } from './vocabulary';

/** The `entry` of a log row of kind `event`. */
export type EventEntry = CapturedEvent;

/**
 * The `entry` of a log row of kind `merge`: somebody turned out to be two profiles. The loser's shard meets `out`, the
 * survivor's shard meets `in`, which names the place of the `out` entry: until that has been passed, the loser's state
 * may still change.
 */
export type MergeEntry =
  { role: 'out'; into: string } | { role: 'in'; from: string; layout: number; shard: number; seq: number };

/** What was changed about an engagement. */
export type EngagementChange = 'activate' | 'pause' | 'resume' | 'stop' | 'upgrade';
