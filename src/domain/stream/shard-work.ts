import { type EventEntry, type MergeEntry } from './log-entry';
import { addLatencies, type LatencyCounts } from './latency';
import {
  NO_CALL_REASONS,
  type CallEndpoint,
  type CallState,
  type JsonObject,
  type NoCallReason,
} from './vocabulary';

/** Where a row of the log stands, whatever is in it. */
export interface LogPlace {
  seq: number;
  eventId?: string | undefined;
  /** Unix milliseconds. */
  capturedAtMs: number;
}

/** One row of the log, as a shard reads it; of control entries the shard knows more than the log. */
export type LogRow<Control = unknown> = LogPlace &
  (
    | { kind: 'event'; profileId: string; entry: EventEntry }
    | { kind: 'merge'; profileId: string; entry: MergeEntry }
    | { kind: 'control'; profileId?: undefined; entry: Control }
  );

/** A secret's place in a request's body: filled at the moment of sending and nowhere else. */
export interface SecretPlace {
  /** JSON Pointer (RFC 6901) into the body. */
  pointer: string;
  reference: `env:${string}` | `file:${string}`;
}

/** What of a call is kept until it is delivered, so that it can be sent after any crash. */
export interface StoredRequest {
  endpoint: CallEndpoint;
  body: JsonObject;
  secrets: SecretPlace[];
  /** Whether sending it twice leaves Braze as sending it once does. */
  isIdempotent: boolean;
}

/** A call's place in a person's life, and where it stands. */
export interface CallRecord {
  profileId: string;
  engagement: string;
  action: 'entry' | 'exit';
  externalApi: string;
  version: number;
  /** Absent if no entry of the log caused it, but time. */
  causeSeq?: number | undefined;
  eventId?: string | undefined;
  state: CallState;
  reason?: string | undefined;
  attempts: number;
  /** Absent once nobody needs it any more. */
  request?: StoredRequest | undefined;
  /** Unix milliseconds. */
  capturedAtMs?: number | undefined;
  plannedAtMs: number;
  answeredAtMs?: number | undefined;
}

/** A call that is in the database and has not come to its end. */
export interface OpenCall extends CallRecord {
  id: string;
  /** When a person has put it back on its way; absent if it never ended before. */
  redrivenAt?: string | undefined;
}

/** A call that a person has put back on its way. */
export interface RedrivenCall extends OpenCall {
  redrivenAt: string;
  /** A later call of the same person and engagement was delivered: this one would put old values back. */
  isOvertaken: boolean;
}

/** How a call that is in the database has come to stand. */
export interface CallUpdate {
  id: string;
  state: CallState;
  reason?: string | undefined;
  attempts: number;
  answeredAtMs?: number | undefined;
}

/** A person's state as it is to be kept. */
export interface StateRow {
  profileId: string;
  /** JSON text: serialised once. */
  text: string;
  dueAtMs?: number | undefined;
  /** The person has turned out to be another one, whose shard will take the state over: no clock and no walk meets it any more. */
  isRetired?: boolean | undefined;
}

/** An event that could not be worked on. */
export interface SetAsideRow {
  seq: number;
  eventId?: string | undefined;
  profileId?: string | undefined;
  reason: string;
  detail: string;
}

/** How often each reason for no call was met. */
export type NoCallCounts = Partial<Record<NoCallReason, number>>;

/** What is to be added to the counts of one engagement. */
export interface EngagementDelta {
  entered: number;
  exits: number;
  sent: number;
  accepted: number;
  refused: number;
  unknown: number;
  seenChecked: number;
  seen: number;
  setAside: number;
  noCall: NoCallCounts;
  latency: LatencyCounts;
}

/** Everything that one commit of a shard writes, all or nothing. */
export interface ShardCommit {
  /** Last entry of the log that is worked off with it; absent where it stays. */
  cursor?: number | undefined;
  states: StateRow[];
  /** People whose states have been folded into those of others. */
  folded: string[];
  calls: CallRecord[];
  updates: CallUpdate[];
  setAside: SetAsideRow[];
  engagements: Map<string, EngagementDelta>;
  noCall: NoCallCounts;
}

/** A commit that changes nothing yet. */
export function emptyCommit(): ShardCommit {
  return {
    states: [],
    folded: [],
    calls: [],
    updates: [],
    setAside: [],
    engagements: new Map(),
    noCall: {},
  };
}

/** Whether there is anything to write. */
export function isEmpty(commit: ShardCommit): boolean {
  const { cursor, states, folded, calls, updates, setAside, engagements, noCall } = commit;
  return (
    cursor === undefined &&
    states.length + folded.length + calls.length + updates.length + setAside.length + engagements.size ===
      0 &&
    Object.keys(noCall).length === 0
  );
}

/** The delta of an engagement in a commit. */
export function deltaOf(
  { engagements }: Pick<ShardCommit, 'engagements'>,
  engagement: string,
): EngagementDelta {
  let delta = engagements.get(engagement);
  if (delta === undefined) {
    delta = {
      ...{ entered: 0, exits: 0, sent: 0, accepted: 0, refused: 0, unknown: 0 },
      ...{ seenChecked: 0, seen: 0, setAside: 0 },
      noCall: {},
      latency: [],
    };
    engagements.set(engagement, delta);
  }
  return delta;
}

/** One more of a reason. */
export function countNoCall(counts: NoCallCounts, reason: NoCallReason): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}

/** Adds what a batch has come to. */
export function addTo(commit: ShardCommit, batch: Omit<ShardCommit, 'states' | 'calls'>): void {
  commit.cursor = batch.cursor ?? commit.cursor;
  commit.folded.push(...batch.folded);
  commit.updates.push(...batch.updates);
  commit.setAside.push(...batch.setAside);
  addNoCalls(commit.noCall, batch.noCall);
  for (const [engagement, added] of batch.engagements) {
    const delta = deltaOf(commit, engagement);
    for (const field of COUNTED) delta[field] += added[field];
    addNoCalls(delta.noCall, added.noCall);
    delta.latency = addLatencies([delta.latency, added.latency]);
  }
}

const COUNTED = [
  ...(['entered', 'exits', 'sent', 'accepted', 'refused', 'unknown'] as const),
  ...(['seenChecked', 'seen', 'setAside'] as const),
];

/** Adds counts to others, reason by reason. */
export function addNoCalls(counts: NoCallCounts, added: NoCallCounts): void {
  for (const reason of NO_CALL_REASONS) {
    const more = added[reason];
    if (more !== undefined) counts[reason] = (counts[reason] ?? 0) + more;
  }
}
