import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';

/** A directory and a signal that both end with the attempt. */
export interface Scratch {
  directory: string;
  /** Aborted when the activity is cancelled or its worker shuts down. */
  signal: AbortSignal;
  /** A path inside the directory. */
  file: (name: string) => string;
}

/** Well inside any heartbeat time-out that makes sense for work of minutes. */
const HEARTBEAT_EVERY_MS = 2_000;

/**
 * Gives one attempt a directory of its own, so that a retry on the same machine can never meet the files of a zombie, and
 * heartbeats while the work is under way, with the progress that there is: that is also how a cancellation arrives.
 */
export async function withScratch<T>(
  workDir: string,
  work: (scratch: Scratch) => Promise<T>,
  progress?: () => unknown,
): Promise<T> {
  const context = Context.current();
  await mkdir(workDir, { recursive: true });
  const directory = await mkdtemp(join(workDir, 'attempt-'));
  const beat = setInterval(() => context.heartbeat(progress?.()), HEARTBEAT_EVERY_MS);
  try {
    const file = (name: string) => join(directory, name);
    return await work({ directory, signal: context.cancellationSignal, file });
  } finally {
    clearInterval(beat);
    await rm(directory, { recursive: true, force: true });
  }
}
