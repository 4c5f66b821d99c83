import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import { type Sandbox, startSandbox } from '../sandbox/server';
import { type SandboxOptions } from '../sandbox/settings';
import { FaultError } from './cli-error';
import { finish, type CommandHost, type CommonOptions } from './host';
import { commaList, givenFields, wholeNumber } from './option-values';

interface SandboxFlags extends CommonOptions {
  host: string;
  port: number;
  key?: string;
  keyFile?: string;
  scopes: string[];
  applyLagMs?: number;
  applyJitterMs?: number;
  rateHeaders?: 'epoch' | 'mau';
  errorWording?: 'sentence' | 'enum';
  errorsWithoutIndex?: true;
  fieldsToExportRequired?: true;
  defaultArrayLength?: number;
  stateFile?: string;
  seed?: number;
}

const DAY_MS = 86_400_000;

/** `brazier sandbox`: a Braze workspace on this machine. */
export function addSandbox(program: Command, host: CommandHost): void {
  const command = program
    .command('sandbox')
    .description(
      'Run a Braze workspace on this machine until Ctrl-C (docs/sandbox-differences.md says where it is not Braze).',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .addOption(
      new Option('--key <key>', 'REST key that it accepts (default: a fresh one)').conflicts('keyFile'),
    )
    .option('--key-file <path>', 'file that holds the REST key; other processes cannot see it there')
    .option(
      '--scopes <list>',
      'scopes of the key, comma-separated, e.g. users.track,segments.list; all for every one',
      commaList,
      ['all'],
    )
    .option('--apply-lag-ms <ms>', 'milliseconds until an accepted write shows', wholeNumber(0, DAY_MS))
    .option('--apply-jitter-ms <ms>', 'up to so many milliseconds more, at random', wholeNumber(0, DAY_MS))
    .addOption(
      new Option('--rate-headers <kind>', 'rate-limit headers of this contract kind').choices([
        'epoch',
        'mau',
      ]),
    )
    .addOption(new Option('--error-wording <kind>', 'how refusals are worded').choices(['sentence', 'enum']))
    .option('--errors-without-index', 'leave the index out of per-record errors')
    .option('--fields-to-export-required', 'refuse exports that name no fields')
    .option('--default-array-length <count>', 'values that a new array attribute holds', wholeNumber(1, 500))
    .option('--state-file <path>', 'keep the workspace in this file between runs')
    .option('--seed <number>', 'seed of everything random', wholeNumber(0, 4_294_967_295));
  finish(command, [
    'brazier sandbox --port 8090',
    'brazier sandbox --port 8090 --key-file key.txt --scopes users.track,segments.list --apply-lag-ms 2000 --state-file workspace.json',
  ]).action((flags: SandboxFlags) => host.run(flags, () => runSandbox(host, flags)));
}

async function runSandbox(host: CommandHost, flags: SandboxFlags): Promise<number> {
  const { io } = host;
  const interrupted = host.interrupted();
  const fromFile = flags.keyFile === undefined ? undefined : await readKey(host, flags.keyFile);
  const key = fromFile ?? flags.key ?? randomUUID();
  const sandbox = await start(sandboxOptions(flags, key), flags);
  // A key from a file stays there; a fresh one is told once, for nobody could know it otherwise.
  const told = fromFile === undefined ? { key } : { keyFile: flags.keyFile };
  if (flags.json) io.print(JSON.stringify({ url: sandbox.url, ...told }));
  else {
    io.print(`Braze sandbox  ${sandbox.url}`);
    io.print(`REST key       ${fromFile === undefined ? key : `from ${flags.keyFile ?? ''}`}`);
    io.tell('Ctrl-C ends it.');
  }
  await interrupted;
  await sandbox.close();
  return EXIT_CODES.ok;
}

/** What the flags say; what they leave open stays the sandbox's own default. */
export function sandboxOptions(flags: SandboxFlags, key: string): SandboxOptions {
  const { scopes, stateFile } = flags;
  const chosen = givenFields<Omit<SandboxOptions, 'keys'>>({
    host: flags.host,
    port: flags.port,
    statePath: stateFile,
    applyLagMs: flags.applyLagMs,
    applyJitterMs: flags.applyJitterMs,
    rateHeaders: flags.rateHeaders,
    errorWording: flags.errorWording,
    errorsWithoutIndex: flags.errorsWithoutIndex,
    fieldsToExportRequired: flags.fieldsToExportRequired,
    defaultArrayLength: flags.defaultArrayLength,
    seed: flags.seed,
  });
  return { ...chosen, keys: [{ key, scopes: scopes.includes('all') ? 'all' : scopes }] };
}

async function readKey({ io }: CommandHost, path: string): Promise<string> {
  try {
    const key = (await io.read(path)).trim();
    if (key !== '') return key;
  } catch {
    // Told below: an empty file and an unreadable one are mended the same way.
  }
  throw new FaultError(
    { code: 'SECRET_UNREADABLE', message: `${path} holds no key that can be read.` },
    'Name a file that does.',
  );
}

async function start(options: SandboxOptions, { host, port }: SandboxFlags): Promise<Sandbox> {
  try {
    return await startSandbox(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FaultError({
      code: 'INPUT_INVALID',
      message: `The sandbox cannot start on ${host}:${port}: ${reason}`,
    });
  }
}
