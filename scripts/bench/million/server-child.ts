import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';

/** A server in a process of its own, so that its work is not counted as the sender's. */
export interface ServerChild {
  url: string;
  pid: number;
  close(): Promise<void>;
}

const readySchema = z.object({ url: z.url() });
/** Nothing that a benchmark started may outlive it by more than this. */
const LIFETIME_MS = 30 * 60_000;

/** Starts one of the `…-process` programs beside this file; it ends with this process at the latest. */
export async function startServerChild(
  program: 'sandbox-process' | 'sink-process',
  options: object,
): Promise<ServerChild> {
  const child = fork(join(__dirname, `${program}.js`), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const first = await Promise.race([
    once(child, 'message').then(([message]: unknown[]) => message),
    exited.then(() => undefined),
  ]);
  return {
    url: readySchema.parse(first).url,
    pid: child.pid ?? 0,
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** The child's side: its options, as given by the parent. */
export function childOptions(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** The child's side: tells where it listens and ends as soon as the parent lets go of it. */
export function serveUntilLetGo(url: string): void {
  process.on('disconnect', () => process.exit(0));
  setTimeout(() => process.exit(1), LIFETIME_MS).unref();
  process.send?.({ url });
}
