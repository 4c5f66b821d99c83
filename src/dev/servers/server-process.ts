import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from './embedded-server-error';

const KEPT_OUTPUT_CHARACTERS = 4_000;
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 25;
const STOP_TIMEOUT_MS = 5_000;
const START_ATTEMPTS = 3;

/**
 * Waits for the end of its standard input, which comes when this process ends in whatever way, SIGKILL included,
 * and then ends the server: none of the servers watches its parent by itself.
 */
const WATCHDOG = 'while read -r _; do :; done; kill -TERM "$1"; sleep 2; kill -KILL "$1"';

/** A server that runs as a child process and can't outlive this one. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<void>;
  /** Ends it politely, by force if it takes too long, and resolves when it is gone. */
  readonly close: () => Promise<void>;
  /** Ends it as a crash would, without warning, and resolves when it is gone. */
  readonly kill: () => Promise<void>;
}

interface LaunchOptions {
  /** What messages call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whom it runs as, if not as this process's own user. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly cwd?: string | undefined;
  /** What asks it politely to end; by default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals | undefined;
  /** Tells whether the server answers yet; a rejection counts as a no. */
  readonly isReady: () => Promise<boolean>;
}

interface Exit {
  readonly done: Promise<void>;
  hasHappened: boolean;
}

function watchExit(child: ChildProcess): Exit {
  const exit: Exit = {
    hasHappened: false,
    done: new Promise((resolve) => {
      const end = (): void => {
        exit.hasHappened = true;
        resolve();
      };
      child.once('exit', end).once('error', end);
    }),
  };
  return exit;
}

function keepLastOutput(child: ChildProcess): () => string {
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT_CHARACTERS);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return () => output.trim();
}

function guardWithWatchdog(pid: number, exit: Exit): void {
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  void exit.done.then(() => watchdog.kill('SIGKILL'));
}

async function stop(child: ChildProcess, exit: Exit, signal: NodeJS.Signals): Promise<void> {
  if (exit.hasHappened) return;
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exit.done;
  clearTimeout(force);
}

async function waitUntilReady(options: LaunchOptions, exit: Exit, lastOutput: () => string): Promise<void> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (!(await options.isReady().catch(() => false))) {
    if (exit.hasHappened) {
      throw new EmbeddedServerError(
        'exitedEarly',
        `${options.name} ended while starting. It said: ${lastOutput()}`,
      );
    }
    if (performance.now() > deadlineMs) {
      const seconds = READY_TIMEOUT_MS / 1_000;
      throw new EmbeddedServerError(
        'notReady',
        `${options.name} did not answer within ${seconds} s. It said: ${lastOutput()}`,
      );
    }
    await sleep(READY_POLL_MS);
  }
}

/**
 * Starts a server and resolves when it answers. It gets a process group of its own, so that Ctrl-C in a terminal
 * reaches only this process, which then closes its servers in the order it wants.
 */
export async function launchServer(options: LaunchOptions): Promise<ServerProcess> {
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...options.user,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const exit = watchExit(child);
  const lastOutput = keepLastOutput(child);
  if (child.pid === undefined) {
    throw new EmbeddedServerError('notInstalled', `${options.name} can't be run from ${options.command}.`);
  }
  guardWithWatchdog(child.pid, exit);
  try {
    await waitUntilReady(options, exit, lastOutput);
  } catch (error) {
    await stop(child, exit, 'SIGKILL');
    throw error;
  }
  return {
    pid: child.pid,
    ended: exit.done,
    close: () => stop(child, exit, options.stopSignal ?? 'SIGTERM'),
    kill: () => stop(child, exit, 'SIGKILL'),
  };
}

/** Tries again, with ports picked anew, when another program was quicker to take one of them. */
export async function retryOnLostPort<Started>(start: () => Promise<Started>): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      const portMayBeLost = error instanceof EmbeddedServerError && error.failure === 'exitedEarly';
      if (!portMayBeLost || attempt === START_ATTEMPTS) throw error;
    }
  }
}
