import { type CallParts } from '../domain/stream/call-parts';
import { countLatency } from '../domain/stream/latency';
import { deltaOf, type ShardCommit } from '../domain/stream/shard-work';
import { type CallEnd, type SendingCall } from './sending-call';
import { type SteppedCall } from './shard-stepper';

/** A call of the shard from its planning to the commit of its end. */
export interface ShardCall extends SendingCall {
  record: SteppedCall['record'];
  /** Of its row, once there is one. */
  id?: string;
  /** When a person has put it back; each time it comes to an end of its own. */
  redrivenAt?: string | undefined;
  end?: CallEnd;
  endedAtMs?: number;
}

/** How a call ended, for whoever begins anew after the database could not take it. */
export interface CarriedEnd {
  end: CallEnd;
  attempts: number;
  endedAtMs: number;
  redrivenAt?: string | undefined;
}

/** Of a call that never goes to the sender. */
export const NO_PARTS: CallParts = {
  endpoint: 'users.track',
  objects: { attributes: [], events: [], purchases: [] },
  recipients: [],
  rest: '{}',
  isIdempotent: true,
  secrets: [],
};

/** As it is written with its batch: the request goes once nobody needs it any more. */
export function recordOf({ record, end, attempts, endedAtMs }: ShardCall): ShardCall['record'] {
  if (end === undefined) return { ...record, attempts };
  const { state } = end;
  const { request, ...rest } = record;
  return {
    ...rest,
    state,
    attempts,
    answeredAtMs: endedAtMs,
    ...('reason' in end ? { reason: end.reason } : {}),
    ...(state === 'delivered' ? {} : { request }),
  };
}

/** Adds the end of a call that is in the database. */
export function addUpdate(commit: ShardCommit, { id, end, attempts, endedAtMs }: ShardCall): void {
  if (id === undefined || end === undefined) return;
  const reason = 'reason' in end ? end.reason : undefined;
  const answeredAtMs = end.state === 'planned' ? undefined : endedAtMs;
  commit.updates.push({ id, state: end.state, reason, attempts, answeredAtMs });
}

/** Counts an end; a call that could not be made was counted where it was stepped. */
export function countEnd(commit: ShardCommit, { record, end, attempts, endedAtMs }: ShardCall): void {
  if (end === undefined || end.state === 'planned' || record.state === 'refused') return;
  const delta = deltaOf(commit, record.engagement);
  if (attempts > 0) delta.sent += 1;
  if (end.state === 'delivered') delta.accepted += 1;
  else if (end.state === 'refused') delta.refused += 1;
  else delta.unknown += 1;
  if (end.state === 'delivered' && record.capturedAtMs !== undefined && endedAtMs !== undefined)
    countLatency(delta.latency, endedAtMs - record.capturedAtMs);
}
