import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Client, type Connection } from '@temporalio/client';
import { type Outcome } from '../contract/errors';
import { connectClient } from '../process/connect-temporal';

/** What a command has of the world: given to it, so that tests give it something else. */
export interface CliIo {
  env: NodeJS.ProcessEnv;
  /** Where progress is shown; a bar only if it is a terminal. */
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
  /** One line of result. */
  print(line: string): void;
  /** One line for the person who watches; never part of the result. */
  tell(line: string): void;
  /** Reads a file, or standard input for `-`. */
  read(path: string): Promise<string>;
  connect(): Promise<Outcome<{ client: Client; connection: Connection }>>;
  /** Calls back once at Ctrl-C or SIGTERM; the answer stops listening. */
  onInterrupt(listener: () => void): () => void;
  /** How often a run's status is asked for. */
  pollMs: number;
}

/** The world of a real process. */
export function processIo(): CliIo {
  return {
    env: process.env,
    stderr: process.stderr,
    print: (line) => void process.stdout.write(`${line}\n`),
    tell: (line) => void process.stderr.write(`${line}\n`),
    read: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    connect: connectClient,
    onInterrupt,
    pollMs: 1_000,
  };
}

function onInterrupt(listener: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const stop = () => {
    for (const signal of signals) process.off(signal, heard);
  };
  const heard = () => {
    // A second Ctrl-C ends the process in the usual way.
    stop();
    listener();
  };
  for (const signal of signals) process.on(signal, heard);
  return stop;
}
