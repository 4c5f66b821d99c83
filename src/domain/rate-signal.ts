/** Response headers by lower-case name, as an HTTP client hands them over. */
export type ReplyHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What a reply says about the pace that Braze wants. */
export interface RateSignal {
  /** Requests per window. */
  limit?: number | undefined;
  /** Requests left in this window. */
  remaining?: number | undefined;
  /** Until the window starts anew. */
  resetInMs?: number | undefined;
  /** Only after a 429, and only if Braze named it: send nothing for so long. */
  pauseMs?: number | undefined;
}

/** Braze's longest window is the clock hour: after that a request is tried, whatever anybody said. */
export const LONGEST_PAUSE_MS = 3_600_000;
/** Above this a reset is a moment in epoch seconds, below it a number of seconds to go. */
const EPOCH_THRESHOLD_SECONDS = 1_000_000_000;

/**
 * Reads both dialects: epoch seconds in `x-ratelimit-reset`, or, on contracts by active users, seconds left and on a 429
 * nothing but a retry-after header. https://www.braze.com/docs/api/api_limits (read 2026-11-21)
 */
export function readRateSignal(headers: ReplyHeaders, status: number, nowMs: number): RateSignal {
  const limit = count(headers['x-ratelimit-limit']);
  const remaining = count(headers['x-ratelimit-remaining']);
  const reset = count(headers['x-ratelimit-reset']);
  const resetInMs = reset === undefined ? undefined : untilReset(reset, nowMs);
  if (status !== 429) return { limit, remaining, resetInMs };
  const retryAfter = headers['x-ratelimit-retry-after'] ?? headers['retry-after'];
  return { limit, remaining, resetInMs, pauseMs: pauseOf(retryAfter, nowMs) ?? resetInMs };
}

function untilReset(resetSeconds: number, nowMs: number): number {
  return resetSeconds > EPOCH_THRESHOLD_SECONDS
    ? Math.max(0, resetSeconds * 1000 - nowMs)
    : resetSeconds * 1000;
}

function pauseOf(header: string | string[] | undefined, nowMs: number): number | undefined {
  const seconds = count(header);
  if (seconds !== undefined) return seconds * 1000;
  // The general HTTP header may also hold a date (RFC 9110, section 10.2.3).
  const date = typeof header === 'string' && /[a-z]{3}/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function count(header: string | string[] | undefined): number | undefined {
  const text = typeof header === 'string' ? header : header?.[0];
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
