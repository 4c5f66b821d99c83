import { setMaxListeners } from 'node:events';
import { type Command, CommanderError } from 'commander';
import { type Client } from '@temporalio/client';
import { BrazierClient } from '../client/brazier-client';
import { EXIT_CODES } from '../contract/errors';
import { cliErrorOf, errorSentence, FaultError, unwrap, type CliError } from './cli-error';
import { type CliIo } from './io';

/** Options that every command has. */
export interface CommonOptions {
  json?: true;
}

/** A client of a connected Temporal. */
export interface Connected {
  temporal: Client;
  brazier: BrazierClient;
}

/** Runs what commands do, and keeps how it ended. */
export class CommandHost {
  exitCode: number = EXIT_CODES.ok;
  readonly io: CliIo;

  constructor(io: CliIo) {
    this.io = io;
  }

  /** Runs a command's action; it answers the exit code, and whatever it throws is reported here. */
  async run(options: CommonOptions, action: () => Promise<number>): Promise<void> {
    try {
      this.exitCode = await action();
    } catch (error) {
      // What was typed wrong is told by the parser, also where only the work itself could find it.
      if (error instanceof CommanderError) throw error;
      this.exitCode = reportError(this.io, options, cliErrorOf(error));
    }
  }

  /** The same with a client of Temporal. */
  async runConnected(
    options: CommonOptions,
    action: (connected: Connected) => Promise<number>,
  ): Promise<void> {
    await this.run(options, () => this.connected(action));
  }

  /** Does something with a client of Temporal, which is closed afterwards. */
  async connected<T>(action: (connected: Connected) => Promise<T>): Promise<T> {
    const { client, connection } = unwrap(await this.io.connect());
    try {
      return await action({ temporal: client, brazier: new BrazierClient(client) });
    } finally {
      await connection.close();
    }
  }

  /** Reads a file of one JSON value; `-` is standard input. */
  async readJson(path: string): Promise<unknown> {
    const where = path === '-' ? 'standard input' : path;
    let content: string;
    try {
      content = await this.io.read(path);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
      throw new FaultError({ code: 'INPUT_INVALID', message: `${where} cannot be read (${reason}).` });
    }
    try {
      return JSON.parse(content);
    } catch {
      // Not the parser's own words: they repeat the text, which may hold a secret.
      throw new FaultError({ code: 'INPUT_INVALID', message: `${where} is not JSON.` });
    }
  }

  /** Resolves at Ctrl-C or SIGTERM. */
  interrupted(): Promise<void> {
    return new Promise((resolve) => void this.io.onInterrupt(resolve));
  }
}

/**
 * Waits for an end, unless the person who watches has had enough before: nothing then. The question for the end is taken back,
 * since Temporal's client would ask it again on a connection that is closed by then, and fail where nobody can catch it.
 */
export async function endOrInterrupt<T>(
  temporal: Client,
  end: () => Promise<T>,
  interrupted: Promise<void>,
): Promise<T | undefined> {
  const asking = new AbortController();
  // One for each time that Temporal lets the question wait.
  setMaxListeners(0, asking.signal);
  const ended = temporal.withAbortSignal(asking.signal, end);
  try {
    return await Promise.race([ended, interrupted.then(() => undefined)]);
  } finally {
    ended.catch(() => undefined);
    asking.abort();
  }
}

/** Tells a failure: a sentence on standard error or, with `--json`, one object on standard output. */
export function reportError(io: CliIo, { json }: CommonOptions, error: CliError, extra: object = {}): number {
  io.tell(errorSentence(error));
  if (json) io.print(JSON.stringify({ error, ...extra }));
  return error.exitCode;
}

/** Gives a command the option that every command has, and its examples. */
export function finish(command: Command, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ ${example}`).join('\n');
  return command
    .option('--json', 'print JSON and nothing else on standard output: one object, or one a line for lists')
    .addHelpText('after', `\nExamples:\n${shown}`);
}
