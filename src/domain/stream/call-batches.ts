import { type CallEndpoint } from './vocabulary';
import { type CallParts, isShareable, MOST_RECIPIENTS, sizeOf } from './call-parts';

/** A call that waits to be sent. */
export interface QueuedCall {
  profileId: string;
  parts: CallParts;
}

/** Ready calls that may share requests, the first in first. */
interface Group<C> {
  calls: C[];
  /** How many of `calls` are taken; what is taken is cut off now and then. */
  taken: number;
}

/**
 * Calls of one shard on their way to Braze. A person has one call under way at a time, and the next only when the last
 * one was released: so nobody's calls overtake each other, whatever becomes of the requests. Requests hold calls of one
 * endpoint, one rest and one attitude to repetition, so a request as a whole may be sent again or may not.
 */
export class CallBatches<C extends QueuedCall> {
  /** Whoever has a call under way, with those that wait behind it. */
  private readonly busy = new Map<string, C[]>();
  private readonly groups = new Map<string, Group<C>>();
  private readyCalls = 0;
  private waitingCalls = 0;
  /** Objects of one `/users/track` request, at present. */
  private readonly objectsPerRequest: () => number;

  constructor(objectsPerRequest: () => number) {
    this.objectsPerRequest = objectsPerRequest;
  }

  /** Calls that could be sent now. */
  get ready(): number {
    return this.readyCalls;
  }

  /** Calls that are ready, under way, or wait for an earlier one of their person. */
  get size(): number {
    return this.busy.size + this.waitingCalls;
  }

  /** Whether a person has a call that was not released. */
  isBusy(profileId: string): boolean {
    return this.busy.has(profileId);
  }

  /** Takes a call in, behind those of its person. */
  add(call: C): void {
    const behind = this.busy.get(call.profileId);
    if (behind !== undefined) {
      behind.push(call);
      this.waitingCalls += 1;
      return;
    }
    this.busy.set(call.profileId, []);
    this.makeReady(call);
  }

  /** Whether some request that may go would be full. */
  hasFullRequest(mayGo: MayGo = always): boolean {
    for (const { calls, taken } of this.groups.values())
      if (calls.length - taken >= this.limitOf(calls[taken]) && mayGo(endpointAt(calls, taken))) return true;
    return false;
  }

  /** Whether some call that is ready may go. */
  hasRequest(mayGo: MayGo): boolean {
    return [...this.groups.values()].some(({ calls, taken }) => mayGo(endpointAt(calls, taken)));
  }

  /** The calls of the next request, from the group that had its turn the longest ago; none if none is ready and may go. */
  take(mayGo: MayGo = always): C[] {
    for (const [name, group] of this.groups) {
      if (!mayGo(endpointAt(group.calls, group.taken))) continue;
      const request = this.takeFrom(group);
      this.groups.delete(name);
      if (group.taken < group.calls.length) this.groups.set(name, group);
      this.readyCalls -= request.length;
      return request;
    }
    return [];
  }

  /** What was taken and did not go after all: it is the first to go. */
  putBack(calls: readonly C[]): void {
    for (const call of calls) this.makeReady(call, 'first');
  }

  /** Every call that is ready. */
  readyOnes(): C[] {
    return [...this.groups.values()].flatMap(({ calls, taken }) => calls.slice(taken));
  }

  /** The person's call has come to its end, durably: the next one may go. */
  release(profileId: string): void {
    const behind = this.busy.get(profileId);
    const next = behind?.shift();
    if (next === undefined) {
      this.busy.delete(profileId);
      return;
    }
    this.waitingCalls -= 1;
    this.makeReady(next);
  }

  private makeReady(call: C, place: 'first' | 'last' = 'last'): void {
    const name = groupOf(call.parts);
    let group = this.groups.get(name);
    if (group === undefined) {
      group = { calls: [], taken: 0 };
      this.groups.set(name, group);
    }
    if (place === 'last') group.calls.push(call);
    else group.calls.splice(group.taken, 0, call);
    this.readyCalls += 1;
  }

  private takeFrom(group: Group<C>): C[] {
    const { calls } = group;
    const limit = this.limitOf(calls[group.taken]);
    const from = group.taken;
    let size = 0;
    for (; group.taken < calls.length; group.taken += 1) {
      const call = calls[group.taken];
      if (call === undefined) break;
      size += sizeOf(call.parts);
      // One that is too large by itself goes alone: Braze says so of it, and of nobody else.
      if (size > limit && group.taken > from) break;
    }
    const request = calls.slice(from, group.taken);
    if (group.taken > 1_000) {
      group.calls = calls.slice(group.taken);
      group.taken = 0;
    }
    return request;
  }

  private limitOf(call: C | undefined): number {
    if (call === undefined || call.parts.endpoint === 'users.track') return this.objectsPerRequest();
    return isShareable(call.parts) ? MOST_RECIPIENTS : 1;
  }
}

/** Whether requests of an endpoint may go at present. */
export type MayGo = (endpoint: CallEndpoint) => boolean;

const always: MayGo = () => true;

function endpointAt(calls: readonly QueuedCall[], at: number): CallEndpoint {
  return calls[at]?.parts.endpoint ?? 'users.track';
}

function groupOf(parts: CallParts): string {
  const { endpoint, isIdempotent, rest } = parts;
  return `${endpoint} ${isIdempotent ? 'again' : 'once'} ${isShareable(parts) ? 'shared' : 'alone'} ${rest}`;
}
