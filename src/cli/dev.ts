import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command } from 'commander';
import { EXIT_CODES, type Fault } from '../contract/errors';
import type { DevStack, DevStackOptions } from '../dev/dev-stack';
import type { KeptProcess } from '../dev/keep-running';
import { FaultError, unwrap } from './cli-error';
import {
  devFiles,
  type DevFiles,
  exportLines,
  shellEnvironment,
  writeEnvFile,
  writeSetupFile,
} from './dev-files';
import { firstRunLines } from './dev-first-run';
import { DEV_INTEGRATION, DEV_SOURCE, devEventSources } from './dev-sources';
import { finish, type CommandHost, type CommonOptions } from './host';
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
      'Run Temporal, PostgreSQL, S3, a mailbox, a Braze sandbox, worker and gateway on this machine until Ctrl-C.',
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
    .option('--save-env <path>', 'write those lines to this file too, which only you can read');
  for (const [flag, what] of PORTS) {
    command.option(`--${flag} <port>`, `port of ${what} (default: a free one)`, wholeNumber(1, 65_535));
  }
  finish(command, [
    'brazier dev',
    'brazier dev --save-env dev.env   # elsewhere: . ./dev.env && brazier runs list',
  ])
    .addHelpText('after', WHAT_THERE_IS)
    .action((options: DevOptions) => host.run(options, () => runDev(host, options)));
}

const WHAT_THERE_IS = `
In --state-dir lie:
  dev.env        the environment for other shells (Temporal, PostgreSQL, S3, keys of the HTTP API and of events), and
                 the command brazier itself
  ${DEV_INTEGRATION}.json      input of "brazier setup" for the integration "${DEV_INTEGRATION}", which the examples are about
  keys.json      the secrets, kept for the next start
  worker.log, gateway.log

The gateway takes events of the source "${DEV_SOURCE}" of "${DEV_INTEGRATION}", by the key $BRAZIER_DEV_EVENT_KEY of dev.env, and those of
$BRAZIER_EVENT_SOURCES where that is set. A worker or gateway that ends by itself is started again.
Once it runs, the commands of a first run are printed; docs/first-run.md explains them.`;

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
  const sources = unwrap(devEventSources(io.env));
  // Loaded on demand: no other command may need the embedded servers.
  const { startDevStack } = await import('../dev/dev-stack.js');
  const { keepRunning } = await import('../dev/keep-running.js');
  const stack = await startDevStack({
    ...stackOptions(options),
    env: sources,
    log: (line) => io.tell(line),
  }).catch((error: unknown) => {
    throw isForThisMachine(error) ? new FaultError(cannotStart(error.message), MEND_IT) : error;
  });
  const stopKeeping = keepRunning(keptOf(stack), (line) => io.tell(line));
  try {
    const files = devFiles(resolve(options.stateDir));
    const env = shellEnvironment(stack, files);
    await writeSetupFile(files.setup, stack);
    const envFiles = [files.env, ...(options.saveEnv === undefined ? [] : [resolve(options.saveEnv)])];
    for (const path of envFiles) await writeEnvFile(path, env, CLI);
    tellStack(host, { stack, files, env }, options);
    const lost = await Promise.race([interrupted.then(() => undefined), stack.serverEnded]);
    if (lost !== undefined)
      io.tell(`The ${lost} has ended by itself. Nothing works without it, so all of it ends.`);
    io.tell('ending …');
    return lost === undefined ? EXIT_CODES.ok : EXIT_CODES.settingsOwner;
  } finally {
    await stopKeeping();
    await stack.close();
  }
}

const MEND_IT = 'Mend that, and start it again.';

const cannotStart = (message: string): Fault => ({ code: 'INPUT_INVALID', message });

/** A server that is not there, or a setting that a process refuses: whoever typed the command can mend it. */
function isForThisMachine(error: unknown): error is Error {
  return error instanceof Error && ['EmbeddedServerError', 'ProcessNotReadyError'].includes(error.name);
}

/** The compiled command line, and the folder that the examples lie in. */
const CLI = join(__dirname, '..', 'cli.js');
const ROOT = join(__dirname, '..', '..', '..');

function keptOf(stack: DevStack): KeptProcess[] {
  const { worker, gateway } = stack;
  return [
    ...(worker === undefined ? [] : [{ name: 'worker', running: worker, start: () => stack.startWorker() }]),
    ...(gateway === undefined
      ? []
      : [{ name: 'gateway', running: gateway, start: () => stack.startGateway() }]),
  ];
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

interface Told {
  stack: DevStack;
  files: DevFiles;
  env: Readonly<Record<string, string>>;
}

function tellStack({ io }: CommandHost, { stack, files, env }: Told, options: DevOptions): void {
  const { temporal, mailbox, s3, sandbox, gatewayUrl, integration } = stack;
  const { bucket } = integration.exchange;
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
        exchangeBucket: bucket,
        envFile: files.env,
        setupFile: files.setup,
        ...(options.printEnv ? { env } : {}),
      }),
    );
    return;
  }
  const facts = formatFacts([
    ['Temporal', temporal.address],
    ['Temporal UI', temporal.uiUrl],
    ['mailbox', mailbox.webUrl],
    ['PostgreSQL', stack.postgres && `127.0.0.1:${stack.postgres.port}`],
    ['S3', `${s3.endpoint}, exchange bucket ${bucket}`],
    ['Braze sandbox', sandbox.url],
    ['gateway', gatewayUrl],
    [
      'events',
      `${gatewayUrl}/v1/events, of ${env['BRAZIER_EVENT_SOURCES']?.replaceAll(/=[^,]*/g, '') ?? ''}`,
    ],
    ['environment', files.env],
    ['integration', `${DEV_INTEGRATION}, to be set up by ${files.setup}`],
  ]);
  // With --print-env standard output is for `eval`, so the addresses go to the person who watches.
  for (const line of facts) {
    if (options.printEnv) io.tell(line);
    else io.print(line);
  }
  if (options.printEnv) for (const line of exportLines(env)) io.print(line);
  for (const line of ['', ...firstRunLines(files.env, ROOT, process.cwd()), '']) io.tell(line);
  io.tell('Ctrl-C ends all of it.');
}
