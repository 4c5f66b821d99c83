import { type QueuedCall } from './call-batches';
import { type CallEndpoint } from './vocabulary';

/** Calls that go in one request. */
export interface CallRequest<C> {
  calls: readonly C[];
  /** Tries without an answer about the calls, one after the other. */
  failures: number;
  /** How many answers its endpoint had given when it first stayed without one. */
  answersBefore?: number | undefined;
  /** Of a single call: how often it stayed without an answer though Braze had answered others since the time before. */
  aloneTries?: number | undefined;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 10_000;
const LONGEST_ALONE_MS = 60_000;
/** A request that stayed without an answer so often is taken apart. */
const TRIES_TOGETHER = 3;
/** Some seven minutes: within one stay at a shard, and longer than a server that is being replaced fails now and then. */
const MOST_ALONE_TRIES = 12;

/** Whether it is a call that Braze fails at while it answers others: nobody but its person waits for it. */
export function isAlone({ aloneTries = 0 }: CallRequest<unknown>): boolean {
  return aloneTries > 0;
}

/** Whether it was tried alone so often that a person has to look into it. */
export function isGivenUp({ aloneTries = 0 }: CallRequest<unknown>): boolean {
  return aloneTries >= MOST_ALONE_TRIES;
}

/** Before the next try of a request; `random` from 0 to 1. */
export function backoffMs(request: CallRequest<unknown>, random: number): number {
  const longest = isAlone(request) ? LONGEST_ALONE_MS : LONGEST_BACKOFF_MS;
  return Math.min(longest, FIRST_BACKOFF_MS * 2 ** Math.max(0, request.failures - 1)) * (0.5 + random);
}

/**
 * What becomes of a request that stayed without an answer; `answers` counts those of its endpoint. Where Braze answers
 * others, the cause may be one of its calls, and halving finds out which. Where it answers nobody, one call tries alone now and
 * then, ever more seldom: were all of them to, an outage would leave as many requests as calls.
 */
export function afterDoubt<C>(request: CallRequest<C>, answers: number): CallRequest<C>[] {
  const { calls, answersBefore = answers, aloneTries = 0 } = request;
  const failures = request.failures + 1;
  const areOthersAnswered = answers > answersBefore;
  if (failures < TRIES_TOGETHER) return [{ calls, failures, answersBefore }];
  if (calls.length <= 1)
    return areOthersAnswered
      ? [{ calls, failures, answersBefore: answers, aloneTries: aloneTries + 1 }]
      : [{ calls, failures, answersBefore, aloneTries }];
  if (areOthersAnswered)
    return halves(calls).map((half) => ({
      calls: half,
      failures: TRIES_TOGETHER - 1,
      answersBefore: answers,
    }));
  if (!Number.isInteger(Math.log2(failures / TRIES_TOGETHER))) return [{ calls, failures, answersBefore }];
  return [
    { calls: calls.slice(0, 1), failures: 1, answersBefore },
    { calls: calls.slice(1), failures, answersBefore },
  ];
}

/** Two requests of one, or the same one if it holds a single call. */
export function halves<C>(calls: readonly C[]): (readonly C[])[] {
  const middle = Math.ceil(calls.length / 2);
  return [calls.slice(0, middle), calls.slice(middle)].filter((half) => half.length > 0);
}

interface Waiting<C> {
  request: CallRequest<C>;
  dueAt: number;
}

/** Requests that wait for their next try, each as it was. */
export class CallRetries<C extends QueuedCall> {
  private waiting: Waiting<C>[] = [];

  add(request: CallRequest<C>, dueAt: number): void {
    this.waiting.push({ request, dueAt });
  }

  get calls(): C[] {
    return this.waiting.flatMap(({ request }) => request.calls);
  }

  get hasAlone(): boolean {
    return this.waiting.some(({ request }) => isAlone(request));
  }

  /** Those of an endpoint but for calls that wait alone, which hold back nobody else. */
  together(endpoint: CallEndpoint): number {
    return this.waiting.filter(({ request }) => !isAlone(request) && endpointOf(request) === endpoint).length;
  }

  /** One that is due. */
  take(now: number, isOpenFor: (endpoint: CallEndpoint) => boolean): CallRequest<C> | undefined {
    const at = this.waiting.findIndex(({ dueAt, request }) => dueAt <= now && isOpenFor(endpointOf(request)));
    return at === -1 ? undefined : this.waiting.splice(at, 1)[0]?.request;
  }

  /** When the next one is due that is not yet. */
  nextAt(now: number): number {
    return this.waiting.reduce((next, { dueAt }) => (dueAt > now ? Math.min(next, dueAt) : next), Infinity);
  }
}

/** Of all calls of a request. */
export function endpointOf({ calls }: { calls: readonly QueuedCall[] }): CallEndpoint {
  return calls[0]?.parts.endpoint ?? 'users.track';
}
