import { fairShares } from './fair-shares';
import { LONGEST_PAUSE_MS } from './rate-signal';

/** Endpoints of Braze whose limits are shared out, each on its own. */
export type LimitedEndpoint = 'track' | 'exportIds';
/** Something about each of them. */
export type PerEndpoint<T> = Record<LimitedEndpoint, T>;

/** What a holder says about one endpoint. */
export interface Wish {
  /** Requests per second that the settings it works with allow the whole workspace. */
  limit: number;
  /** Requests per second that it could use itself; 0 while it has nothing to send there. */
  demand: number;
  /** How much longer Braze wants nothing to be sent, as far as this holder was told by Braze itself. */
  pauseMs: number;
}

/** Update `lease`: a holder asks for its shares, or renews them. */
export interface LeaseRequest extends PerEndpoint<Wish> {
  /** Names one process on one workspace; chosen at random. */
  holder: string;
  /** Number of the grant by which it sends now; 0 for none. It sends by no earlier one any more. */
  grant: number;
}

/** What a holder may do at one endpoint until its lease is over. */
export interface Share {
  requestsPerSecond: number;
  /** Its part of the whole limit, from 0 to 1. */
  ofLimit: number;
  /** How much longer Braze wants nothing to be sent, whoever was told. */
  pauseMs: number;
}

/** Answer of the Update `lease`. */
export interface LeaseAnswer extends PerEndpoint<Share> {
  grant: number;
  /** Counted by the holder on its own clock from before it asked. */
  leaseMs: number;
  /** When to ask again; 0 means at once, since somebody waits for what this holder has just given up. */
  renewAfterMs: number;
}

/** Signal `release`: a holder sends no more by this grant or an earlier one. */
export interface ReleaseRequest {
  holder: string;
  grant: number;
}

/** Shares as they were granted. */
interface Grant extends PerEndpoint<number> {
  number: number;
  expiresAt: number;
}

/** Somebody who sends, or did a moment ago. */
interface Holder {
  name: string;
  wishes: PerEndpoint<Pick<Wish, 'limit' | 'demand'>>;
  /** By any of these it may be sending: the one that it named last, and those of which it may not have heard yet. */
  grants: Grant[];
  renewsAt: number;
}

/** A workspace's budget: who holds how much of it. Moments are milliseconds since the epoch. */
export interface BudgetState {
  lastGrant: number;
  holders: Holder[];
  pausedUntil: PerEndpoint<number>;
}

/**
 * How long shares are good for, and when they are renewed: sooner by those who could use more than they have, since what
 * another gives back is theirs. A renewal is an Update, about five events of history.
 */
export const LEASE = {
  leaseMs: 12_000,
  renewMs: 6_000,
  contendedMs: 3_000,
  soonestMs: 1_000,
  slackMs: 250,
} as const;

/** Every endpoint with a limit of its own. */
export const LIMITED_ENDPOINTS = ['track', 'exportIds'] as const satisfies readonly LimitedEndpoint[];
/** Less than this part of the limit is no difference worth an Update. */
const NEGLIGIBLE = 0.001;

/** A budget of which nobody holds anything. */
export function emptyBudget(): BudgetState {
  return { lastGrant: 0, holders: [], pausedUntil: { track: 0, exportIds: 0 } };
}

/**
 * Grants a holder its fair share, as far as others do not hold it. What an earlier grant of theirs still allows counts as
 * held until they name a later one, release it or its time is over: so the sum never passes the limit, whatever gets lost.
 */
export function grantLease(state: BudgetState, request: LeaseRequest, now: number): LeaseAnswer {
  dropExpired(state, now);
  const holder = renewHolder(state, request, now);
  notePauses(state, request, now);
  const shares = perEndpoint((endpoint) => shareOf(state, holder, endpoint, now));
  const grant = (state.lastGrant += 1);
  const rates = perEndpoint((endpoint) => shares[endpoint].requestsPerSecond);
  holder.grants.push({ number: grant, expiresAt: now + LEASE.leaseMs, ...rates });
  const renewAfterMs = renewAfter(state, holder, now);
  holder.renewsAt = now + renewAfterMs;
  return { grant, leaseMs: LEASE.leaseMs, renewAfterMs, ...shares };
}

/** Takes back what a holder no longer uses; grants after the one that it names stay. */
export function releaseLease(state: BudgetState, { holder: name, grant }: ReleaseRequest): void {
  const holder = state.holders.find((one) => one.name === name);
  if (!holder) return;
  holder.grants = holder.grants.filter(({ number }) => number > grant);
  dropEmpty(state);
}

/** Whether there is nothing to remember: no lease is alive, and Braze waits for nobody. */
export function isIdle(state: BudgetState, now: number): boolean {
  const isHeld = state.holders.some(({ grants }) => grants.some(({ expiresAt }) => expiresAt > now));
  const isPaused = LIMITED_ENDPOINTS.some((endpoint) => state.pausedUntil[endpoint] > now);
  return !isHeld && !isPaused;
}

/** What the holders may spend at most, in all. */
export function heldInAll({ holders }: BudgetState, endpoint: LimitedEndpoint): number {
  return holders.reduce((sum, holder) => sum + heldBy(holder, endpoint), 0);
}

/** The limit in force: holders may still work with older settings, so the lowest counts. */
export function limitOf({ holders }: BudgetState, endpoint: LimitedEndpoint): number {
  return Math.min(...holders.map(({ wishes }) => wishes[endpoint].limit));
}

function perEndpoint<T>(of: (endpoint: LimitedEndpoint) => T): PerEndpoint<T> {
  return { track: of('track'), exportIds: of('exportIds') };
}

function renewHolder(state: BudgetState, request: LeaseRequest, now: number): Holder {
  const { holder: name, grant } = request;
  const known = state.holders.find((one) => one.name === name);
  const wishes = perEndpoint((endpoint) => {
    const { limit, demand } = request[endpoint];
    return { limit, demand };
  });
  if (!known) {
    const holder: Holder = { name, wishes, grants: [], renewsAt: now };
    state.holders.push(holder);
    return holder;
  }
  known.wishes = wishes;
  known.grants = known.grants.filter(({ number }) => number >= grant);
  return known;
}

function notePauses({ pausedUntil }: BudgetState, request: LeaseRequest, now: number): void {
  for (const endpoint of LIMITED_ENDPOINTS) {
    const pauseMs = Math.min(request[endpoint].pauseMs, LONGEST_PAUSE_MS);
    pausedUntil[endpoint] = Math.max(pausedUntil[endpoint], now + pauseMs);
  }
}

/** Forgets the grants whose time is over, and holders that have no other. */
export function dropExpired(state: BudgetState, now: number): void {
  for (const holder of state.holders) {
    holder.grants = holder.grants.filter(({ expiresAt }) => expiresAt > now);
  }
  dropEmpty(state);
}

function dropEmpty(state: BudgetState): void {
  state.holders = state.holders.filter(({ grants }) => grants.length > 0);
}

/** By any of its grants it may be sending at this moment. */
function heldBy({ grants }: Holder, endpoint: LimitedEndpoint): number {
  return Math.max(0, ...grants.map((grant) => grant[endpoint]));
}

function shareOf(state: BudgetState, holder: Holder, endpoint: LimitedEndpoint, now: number): Share {
  const limit = limitOf(state, endpoint);
  const taken = heldInAll(state, endpoint) - heldBy(holder, endpoint);
  const requestsPerSecond = Math.min(dueOf(state, holder, endpoint), Math.max(0, limit - taken));
  const pauseMs = Math.max(0, state.pausedUntil[endpoint] - now);
  return { requestsPerSecond, ofLimit: requestsPerSecond / limit, pauseMs };
}

function dueOf(state: BudgetState, holder: Holder, endpoint: LimitedEndpoint): number {
  const demands = state.holders.map(({ wishes }) => wishes[endpoint].demand);
  return fairShares(limitOf(state, endpoint), demands)[state.holders.indexOf(holder)] ?? 0;
}

function renewAfter(state: BudgetState, holder: Holder, now: number): number {
  const waits = LIMITED_ENDPOINTS.map((endpoint) => {
    if (givesUp(state, holder, endpoint) && othersLack(state, holder, endpoint)) return 0;
    if (lacks(state, holder, endpoint)) return untilFreed(state, holder, endpoint, now);
    const isContended = isMore(state, endpoint, holder.wishes[endpoint].demand, newest(holder, endpoint));
    return isContended ? LEASE.contendedMs : LEASE.renewMs;
  });
  return Math.min(...waits);
}

/** Whether its newest grant is less than what it may be sending by at this moment. */
function givesUp(state: BudgetState, holder: Holder, endpoint: LimitedEndpoint): boolean {
  return isMore(state, endpoint, heldBy(holder, endpoint), newest(holder, endpoint));
}

/** Whether its newest grant is less than its due. */
function lacks(state: BudgetState, holder: Holder, endpoint: LimitedEndpoint): boolean {
  return isMore(state, endpoint, dueOf(state, holder, endpoint), newest(holder, endpoint));
}

function othersLack(state: BudgetState, holder: Holder, endpoint: LimitedEndpoint): boolean {
  return state.holders.some((other) => other !== holder && lacks(state, other, endpoint));
}

/** When the next of those who hold more than their due is expected to give it up. */
function untilFreed(state: BudgetState, holder: Holder, endpoint: LimitedEndpoint, now: number): number {
  const waits = state.holders
    .filter((other) => isMore(state, endpoint, heldBy(other, endpoint), dueOf(state, other, endpoint)))
    .filter((other) => other !== holder)
    .map(({ renewsAt }) => renewsAt + LEASE.slackMs - now);
  return Math.max(LEASE.soonestMs, Math.min(LEASE.renewMs, ...waits));
}

function newest({ grants }: Holder, endpoint: LimitedEndpoint): number {
  return grants.at(-1)?.[endpoint] ?? 0;
}

function isMore(state: BudgetState, endpoint: LimitedEndpoint, more: number, less: number): boolean {
  return more - less > limitOf(state, endpoint) * NEGLIGIBLE;
}
