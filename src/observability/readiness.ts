import { type ErrorCode, type Outcome } from '../contract/errors';

/** Something that has to work for a process to do its part. */
export interface ReadinessCheck {
  name: string;
  run: (signal: AbortSignal) => Promise<Outcome<unknown>>;
}

/** What `/readyz` answers: each check by name. Codes only, since messages may name addresses. */
export interface Readiness {
  status: 'ready' | 'notReady' | 'stopping';
  checks: { name: string; ok: boolean; code?: ErrorCode | 'TIMED_OUT' | 'FAILED' }[];
}

/** What readiness is made of. */
export interface ReadinessOptions {
  checks: readonly ReadinessCheck[];
  isStopping: () => boolean;
  /** Bound of a single check. */
  timeoutMs?: number;
  /** An answer this young is given again: probes, however many, can't hammer what they ask about. */
  keptMs?: number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

const TIMEOUT_MS = 2_000;
const KEPT_MS = 2_000;

/** Answers whether a process is ready; callers at the same time share one round of checks. */
export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const { checks, isStopping, timeoutMs = TIMEOUT_MS, keptMs = KEPT_MS } = options;
  const now = options.now ?? (() => performance.now());
  let kept: { startedAt: number; results: Promise<Readiness['checks']> } | undefined;
  return async () => {
    if (!kept || now() - kept.startedAt >= keptMs) {
      const results = Promise.all(checks.map((check) => runCheck(check, timeoutMs)));
      kept = { startedAt: now(), results };
    }
    const results = await kept.results;
    if (isStopping()) return { status: 'stopping', checks: results };
    return { status: results.every(({ ok }) => ok) ? 'ready' : 'notReady', checks: results };
  };
}

async function runCheck(
  { name, run }: ReadinessCheck,
  timeoutMs: number,
): Promise<Readiness['checks'][number]> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<'expired'>((resolve) => {
    timer = setTimeout(() => resolve('expired'), timeoutMs);
  });
  try {
    const outcome = await Promise.race([run(ending.signal), expired]);
    if (outcome === 'expired') return { name, ok: false, code: 'TIMED_OUT' };
    return outcome.ok ? { name, ok: true } : { name, ok: false, code: outcome.fault.code };
  } catch {
    // A client's own error may repeat an address or a credential; that it failed is what a probe can use.
    return { name, ok: false, code: 'FAILED' };
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}
