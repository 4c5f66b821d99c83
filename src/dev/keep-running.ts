import { setTimeout as delay } from 'node:timers/promises';
import { type BrazierProcess } from './brazier-process';

/** A process that is to be there as long as the stack is. */
export interface KeptProcess {
  /** What it is called when it is spoken of. */
  name: string;
  running: BrazierProcess;
  start: () => Promise<BrazierProcess>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Starts processes again whenever one ends by itself, as a deployment's supervisor would, and tells each time. The
 * function that it answers stops that, and resolves when nothing is being started any more.
 */
export function keepRunning(
  processes: readonly KeptProcess[],
  tell: (line: string) => void,
): () => Promise<void> {
  const stop = new AbortController();
  const stopped = new Promise<undefined>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(undefined)),
  );
  const kept = processes.map(async ({ name, running, start }) => {
    for (let now = running; ;) {
      const how = await Promise.race([now.ended, stopped]);
      if (how === undefined || stop.signal.aborted) return;
      tell(`The ${name} (process ${now.pid}) has ended by itself: ${how}. It is being started again.`);
      const next = await startAgain(name, start, tell, stop.signal);
      if (next === undefined) return;
      now = next;
    }
  });
  return async () => {
    stop.abort();
    await Promise.all(kept);
  };
}

/** Tries until it runs, each time after a longer pause: what it needs may be away as well. */
async function startAgain(
  name: string,
  start: () => Promise<BrazierProcess>,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<BrazierProcess | undefined> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
    try {
      return await start();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell(`The ${name} could not be started again. ${reason} It is tried again.`);
    }
  }
}
