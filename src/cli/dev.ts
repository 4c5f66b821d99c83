import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import type { DevStack, DevStackOptions } from '../dev/dev-stack';
import { finish, type CommandHost, type CommonOptions } from './host';
import { shellWord } from './next-steps';
import { givenFields, wholeNumber } from './option-values';
import { formatFacts } from './table';

interface DevOptions extends CommonOptions {
  stateDir: string;
  durable?: true;
  worker: boolean;
  gateway: boolean;
  printEnv?: true;
  saveEnv?: string;
  temporalPort?: number;
  uiPort?: number;
  s3Port?: number;
  smtpPort?: number;
  mailboxPort?: number;
  sandboxPort?: number;
  gatewayPort?: number;
}

/** `brazier dev`: everything that Brazier needs, on this machine. */
export function addDev(program: Command, host: CommandHost): void {
  const command = program
    .command('dev')
    .description(
      'Run Temporal, S3, a mailbox, a Braze sandbox, worker and gateway on this machine until Ctrl-C.',
    )
    .option('--state-dir <path>', 'folder that everything is kept in', join(tmpdir(), 'brazier-dev'))
    .option('--durable', 'keep Temporal’s state on disk too')
    .option('--no-worker', 'start no worker')
    .option('--no-gateway', 'start no gateway')
    .option(
      '--print-env',
      'print the environment for other shells as export lines; it holds the secrets of this stack',
    )
    // Not --env-file: Node 20 takes that name for its own wherever it stands.
    .option('--save-env <path>', 'write those lines to a file that only you can read');
  for (const [flag, what] of PORTS) {
    command.option(`--${flag} <port>`, `port of ${what} (default: a free one)`, wholeNumber(1, 65_535));
  }
  finish(command, [
    'brazier dev',
    'brazier dev --save-env dev.env   # elsewhere: . ./dev.env && brazier runs list',
  ]).action((options: DevOptions) => host.run(options, () => runDev(host, options)));
}

const PORTS = [
  ['temporal-port', 'Temporal'],
  ['ui-port', 'Temporal’s Web UI'],
  ['s3-port', 'the S3 server'],
  ['smtp-port', 'the mail server'],
  ['mailbox-port', 'the mailbox'],
  ['sandbox-port', 'the Braze sandbox'],
  ['gateway-port', 'the gateway'],
] as const;

async function runDev(host: CommandHost, options: DevOptions): Promise<number> {
  const { io } = host;
  const interrupted = host.interrupted();
  // Loaded on demand: no other command may need the embedded servers.
  const { startDevStack } = await import('../dev/dev-stack.js');
  const stack = await startDevStack({ ...stackOptions(options), log: (line) => io.tell(line) });
  try {
    if (options.saveEnv !== undefined) {
      await writeFile(options.saveEnv, `${exportLines(stack.env).join('\n')}\n`, { mode: 0o600 });
    }
    tellStack(host, stack, options);
    await interrupted;
    io.tell('ending …');
  } finally {
    await stack.close();
  }
  return EXIT_CODES.ok;
}

function stackOptions(options: DevOptions): DevStackOptions {
  const { worker, gateway, durable } = options;
  const ports = givenFields<NonNullable<DevStackOptions['ports']>>({
    temporal: options.temporalPort,
    temporalUi: options.uiPort,
    s3: options.s3Port,
    smtp: options.smtpPort,
    mailbox: options.mailboxPort,
    sandbox: options.sandboxPort,
    gateway: options.gatewayPort,
  });
  return {
    stateDir: resolve(options.stateDir),
    worker,
    gateway,
    durable: durable ?? false,
    ports,
  };
}

function tellStack({ io }: CommandHost, stack: DevStack, options: DevOptions): void {
  const { temporal, mailbox, s3, sandbox, gatewayUrl, env } = stack;
  if (options.json) {
    const addresses = {
      temporal: temporal.address,
      ui: temporal.uiUrl,
      mailbox: mailbox.webUrl,
      s3: s3.endpoint,
    };
    io.print(
      JSON.stringify({
        ...addresses,
        sandbox: sandbox.url,
        gateway: gatewayUrl,
        ...(options.printEnv ? { env } : {}),
      }),
    );
    return;
  }
  const facts = formatFacts([
    ['Temporal', temporal.address],
    ['Temporal UI', temporal.uiUrl],
    ['mailbox', mailbox.webUrl],
    ['S3', s3.endpoint],
    ['Braze sandbox', sandbox.url],
    ['gateway', gatewayUrl],
  ]);
  // With --print-env standard output is for `eval`, so the addresses go to the person who watches.
  for (const line of facts) {
    if (options.printEnv) io.tell(line);
    else io.print(line);
  }
  if (options.printEnv) for (const line of exportLines(env)) io.print(line);
  io.tell('Ctrl-C ends all of it.');
}

/** Lines that a POSIX shell takes the environment from. */
export function exportLines(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`);
}
