import { type LimitWindow, type SandboxSettings } from './settings';

/** What a limit says about one request. */
export interface RateVerdict {
  allowed: boolean;
  limit: number;
  remaining: number;
  resetAtMs: number;
}

interface Window {
  startedAtMs: number;
  used: number;
}

/**
 * Counts requests in fixed windows that start at whole multiples of their length, so an hourly one is the clock hour
 * (https://www.braze.com/docs/api/api_limits, read 2026-09-02). A refused request is not counted.
 */
export class RateWindows {
  private readonly windows = new Map<string, Window>();

  private readonly clock: () => number;

  constructor(clock: () => number) {
    this.clock = clock;
  }

  /** Counts one request against every named limit, or against none of them if one is used up. The first limit is the one reported. */
  take(limits: readonly NamedLimit[]): RateVerdict {
    const nowMs = this.clock();
    const current = limits.map((limit) => ({ limit, window: this.windowOf(limit, nowMs) }));
    const full = current.find(({ limit, window }) => window.used >= limit.requests);
    if (full === undefined) for (const { window } of current) window.used += 1;
    const reported = full ?? current[0];
    if (reported === undefined) return { allowed: true, limit: 0, remaining: 0, resetAtMs: nowMs };
    return {
      allowed: full === undefined,
      limit: reported.limit.requests,
      remaining: Math.max(0, reported.limit.requests - reported.window.used),
      resetAtMs: reported.window.startedAtMs + reported.limit.windowMs,
    };
  }

  private windowOf(limit: NamedLimit, nowMs: number): Window {
    const startedAtMs = nowMs - (nowMs % limit.windowMs);
    const known = this.windows.get(limit.name);
    if (known?.startedAtMs === startedAtMs) return known;
    const fresh = { startedAtMs, used: 0 };
    this.windows.set(limit.name, fresh);
    return fresh;
  }
}

/** A limit window with the name under which its requests are counted. */
export interface NamedLimit extends LimitWindow {
  name: string;
}

/**
 * The rate headers in the workspace's dialect, in lower case as Braze sends them. MAU contracts say the seconds left, and
 * on a 429 only when to come back (https://www.braze.com/docs/ja/api/endpoints/user_data/post_user_track/, read 2026-11-21).
 */
export function rateHeaders(
  dialect: SandboxSettings['rateHeaders'],
  verdict: RateVerdict,
  nowMs: number,
): Record<string, string> {
  const leftS = String(Math.max(1, Math.ceil((verdict.resetAtMs - nowMs) / 1000)));
  if (dialect === 'mau' && !verdict.allowed) return { 'x-ratelimit-retry-after': leftS };
  return {
    'x-ratelimit-limit': String(verdict.limit),
    'x-ratelimit-remaining': String(verdict.remaining),
    'x-ratelimit-reset': dialect === 'mau' ? leftS : String(Math.ceil(verdict.resetAtMs / 1000)),
  };
}
