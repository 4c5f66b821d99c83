import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

/** One of Brazier's own processes, started beside this one. */
export interface BrazierProcess {
  pid: number;
  /** How it has ended, once it has: a signal's name, or its exit code. */
  ended: Promise<string>;
  /** Ends it politely. */
  close(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** How such a process is started. */
export interface BrazierProcessOptions {
  kind: 'worker' | 'gateway';
  env: Readonly<Record<string, string>>;
  /** What it logs is appended here. */
  logFile: string;
  /** Arguments of Node itself. */
  execArgv?: string[];
  /** The compiled entry, where this file itself does not run compiled. */
  entry?: string;
}

/** The process did not become ready; its log says why. */
export class ProcessNotReadyError extends Error {
  override readonly name = 'ProcessNotReadyError';
}

const SAID_CHARACTERS = 4_000;

/** The last line that is no entry of a log: the sentence with which worker and gateway end. */
function lastSentence(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('{'));
  const last = lines.at(-1)?.trim().replace(/\.$/, '');
  return last === undefined ? '' : `: ${last}`;
}

/** Most of what an event makes is garbage at once: with room for it, far less of it is copied before it is found dead. */
const YOUNG_GENERATION = '--max-semi-space-size=64';

/** Starts a worker or gateway with nothing of this process's environment but what it needs to run at all. */
export async function startBrazierProcess(options: BrazierProcessOptions): Promise<BrazierProcess> {
  const { kind, env, logFile, execArgv = [], entry = join(__dirname, 'process-main.js') } = options;
  const { PATH = '', HOME = '' } = process.env;
  const child = fork(entry, [kind], {
    env: { PATH, HOME, ...env },
    execArgv: [YOUNG_GENERATION, ...execArgv],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C reaches only the parent, which ends its processes in its own order.
    detached: true,
  });
  child.stderr?.pipe(createWriteStream(logFile, { flags: 'a' }));
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    // Only what it says before it is ready is of interest: why it is not.
    if (said.length < SAID_CHARACTERS) said += chunk.toString();
  });
  const exited = once(child, 'exit');
  const saidAll = once(child, 'close');
  const ended = exited.then(() => child.signalCode ?? `exit code ${child.exitCode}`);
  const ready = await Promise.race([once(child, 'message').then(() => true), exited.then(() => false)]);
  if (!ready || child.pid === undefined) {
    await saidAll;
    throw new ProcessNotReadyError(`The ${kind} did not start${lastSentence(said)} (see ${logFile}).`);
  }
  return {
    pid: child.pid,
    ended,
    close: () => end(child, exited, 'SIGTERM'),
    kill: () => end(child, exited, 'SIGKILL'),
  };
}

async function end(
  child: ChildProcess,
  exited: Promise<unknown>,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await exited;
}
