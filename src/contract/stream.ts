import { type EngagementChange } from '../domain/stream/log-entry';
import { type ShardWait } from '../domain/stream/shard-wait';
import { type CallState, type NoCallReason, type Stage } from '../domain/stream/vocabulary';
import { type Engagement } from './engagement';

export type { ShardWait } from '../domain/stream/shard-wait';
export type { CallState, NoCallReason, Stage } from '../domain/stream/vocabulary';

/** Which part of an integration's people a worker looks after. A layout is one division into shards. */
export interface ShardKey {
  integration: string;
  layout: number;
  shard: number;
}

/** What one stay of a shard at a worker came to, or is coming to: heartbeat details and result alike. */
export interface ShardProgress {
  epoch: number;
  /** Last entry of the log that is worked off. */
  cursor: number;
  /** Entries after it, as of the last look. */
  backlog: number;
  events: number;
  delivered: number;
  refused: number;
  unknown: number;
  /** Why events caused no call, and how many. */
  noCall: Partial<Record<NoCallReason, number>>;
  /** The layout has been replaced and everything of it is worked off. */
  isDrained: boolean;
  /** Why no delivered call is looked for on its profile. */
  notSeeing?: string | undefined;
  /** Why it does not go on at present. */
  waiting?: ShardWait | undefined;
}

/** How the stream of an integration stands at a moment, by what its shards have told Temporal. */
export interface StreamNow {
  /** Entries of the log that its shards have not worked off. */
  backlog: number;
  waiting: (Omit<ShardKey, 'integration'> & ShardWait)[];
  /** Why no delivered call is looked for on its profile. */
  notSeeing?: string | undefined;
}

/** How many got how far, and how fast, for one engagement. */
export interface EngagementCounts {
  stages: Record<Stage, number>;
  refused: number;
  unknown: number;
  setAside: number;
  noCall: Partial<Record<NoCallReason, number>>;
  /** From capture to Braze's answer, milliseconds. */
  latencyMs: { p50: number; p99: number; max: number };
}

/** One call that a person should look at, or an event that could not be worked on. */
export interface DeadLetter {
  /** `call-` or `event-` and a number. */
  id: string;
  kind: 'call' | 'event';
  state: 'refused' | 'unknown' | 'setAside';
  /** Of a call only, as are the next three. */
  engagement?: string | undefined;
  action?: 'entry' | 'exit' | undefined;
  externalApi?: string | undefined;
  version?: number | undefined;
  reason: string;
  at: string;
  attempts: number;
  profileId?: string | undefined;
  eventId?: string | undefined;
  /** Who has sent it on its way before. */
  redrivenBy?: string | undefined;
}

/** Which dead letters are meant; all of an integration's unless it says more. */
export interface DeadLetterFilter {
  integration: string;
  ids?: string[] | undefined;
  engagement?: string | undefined;
  state?: DeadLetter['state'] | undefined;
  /** Part of the reason, whatever its case. */
  reason?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** How many dead letters a filter finds, and what re-driving them would do. */
export interface DeadLetterCounts {
  refused: number;
  unknown: number;
  setAside: number;
  /** A later call of the same person and engagement was delivered: sending these would put old values back. */
  overtaken: number;
  /** Nothing was kept that could be sent. */
  notKept: number;
}

/** What re-driving has come to. */
export interface RedriveResult {
  /** Calls that are on their way again. */
  calls: number;
  /** Events that are in the log again. */
  events: number;
  superseded: number;
  /** Left as they are: nothing was kept that could be sent. */
  notKept: number;
}

/** What discarding has come to. */
export interface DiscardResult {
  calls: number;
  events: number;
}

/** One call that has come to its end. */
export interface EndedCall {
  id: string;
  /** ISO 8601; of Braze's answer, or of the moment at which it was clear that there would be none. */
  at: string;
  engagement: string;
  action: 'entry' | 'exit';
  externalApi: string;
  version: number;
  state: Exclude<CallState, 'planned' | 'started' | 'discarded'>;
  /** Absent where time, or a change of the engagement, caused the call. */
  eventId?: string | undefined;
  reason?: string | undefined;
  /** From capture to `at`. */
  latencyMs?: number | undefined;
  profileId: string;
  externalId?: string | undefined;
}

/**
 * The `entry` of a log row of kind `control`: an engagement was changed. It takes effect for the people of a shard where the
 * shard meets it.
 */
export interface ControlEntry {
  engagement: string;
  change: EngagementChange;
  /** Of the engagement, after the change. */
  revision: number;
  /** The engagement after the change. */
  definition: Engagement;
}

/** One division of a stream's people into shards. */
export interface StreamLayout {
  layout: number;
  shards: number;
}

/** The present division, and all that have work left, the present one among them. */
export interface StreamLayouts extends StreamLayout {
  open: StreamLayout[];
}

/** How one shard stands. */
export interface ShardStatus {
  layout: number;
  shard: number;
  /** The worker process that looks after it. */
  owner: string | null;
  /** Raised each time that a worker takes it. */
  epoch: number;
  /** Last entry of its log that is worked off. */
  cursor: number;
  /** Entries after it. */
  backlog: number;
  /** Calls that have not come to their end. */
  openCalls: number;
  leaseUntil: string | null;
  /** Its owner has renewed its lease in time. */
  isHeld: boolean;
  /** Its layout was replaced: it works off what it has. */
  isReplaced: boolean;
}

/** How a stream stands. */
export interface StreamStatus {
  /** Events that are in the log, and those that a person was found for. */
  captured: number;
  unified: number;
  /** Why events caused no call, of every shard that there has been. */
  noCall: Partial<Record<NoCallReason, number>>;
  /** Those that have work left. */
  shards: ShardStatus[];
}

/** Update `setShards` of a stream: divides its people anew, without losing or reordering anything. */
export interface SetShardsRequest {
  shards: number;
}

/** Names of the messages that a stream handles. */
export const STREAM_MESSAGES = {
  setShards: 'setShards',
  describe: 'describe',
  ensure: 'ensure',
} as const;

/** So many shards a stream may have: each is an activity that lasts. */
export const MOST_SHARDS = 64;
