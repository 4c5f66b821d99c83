import { setTimeout as delay } from 'node:timers/promises';
import { type Command } from 'commander';
import { findProfile } from '../adapters/postgres/profile-lookup';
import { type ProfileImportHandle } from '../client/profile-import';
import { EXIT_CODES } from '../contract/errors';
import { type ImportProfilesInput } from '../contract/profile-import';
import { parseProfileImport } from '../contract/schemas/profile-import';
import { describeImport } from '../domain/stream/describe-import';
import { openDatabaseOf } from '../process/own-database';
import { given, isObject, refuseBadInput } from './activation-input';
import { cliErrorOf, unwrap } from './cli-error';
import { endOrInterrupt, finish, type CommandHost, type CommonOptions, type Connected } from './host';
import { shellWord } from './next-steps';
import { personName } from './option-values';
import { formatProfile, progressLine } from './profile-format';

interface ImportOptions extends CommonOptions {
  file: string;
  by?: string;
  workflowId?: string;
  detach?: true;
}

interface ShowOptions extends CommonOptions {
  integration: string;
  externalId?: string;
  email?: string;
  phone?: string;
  anonymousId?: string;
}

/** `brazier profile`: unified profiles, brought in by a file and looked at one by one. */
export function addProfile(program: Command, host: CommandHost): void {
  const group = program
    .command('profile')
    .description('Unified profiles: import a file of people, and show what is known of one.');
  addImport(group, host);
  addShow(group, host);
}

function addImport(group: Command, host: CommandHost): void {
  const command = group
    .command('import')
    .description('Take one S3 object of people into the event log: traits, each row once.')
    .requiredOption('--file <path>', 'input of importProfiles as JSON; - reads standard input')
    .option('--by <name>', 'who imports, in place of the file’s', personName)
    .option('--workflow-id <id>', 'Temporal workflow id (default: a fresh one)')
    .option('--detach', 'start it and print its id instead of waiting for its end');
  finish(command, [
    'brazier profile import --file people.json --by "Ada Example"',
    'brazier profile import --file people.json --detach --json',
  ]).action((options: ImportOptions) => host.run(options, () => importFile(host, options)));
}

async function importFile(host: CommandHost, options: ImportOptions): Promise<number> {
  const file = await host.readJson(options.file);
  const raw = isObject(file) ? { ...file, ...given({ by: options.by }) } : file;
  // Checked before anything leaves this machine: a pasted secret must not reach Temporal.
  refuseBadInput(parseProfileImport(raw), raw);
  return host.connected(async ({ brazier, temporal }) => {
    // The schema has just accepted exactly this value; the workflow fills in the defaults itself.
    const run = await brazier.importProfiles(raw as ImportProfilesInput, { workflowId: options.workflowId });
    if (!options.detach) return follow(host, temporal, run, options);
    const { workflowId, runId } = run;
    host.io.tell(`import ${workflowId}`);
    host.io.print(options.json ? JSON.stringify({ workflowId, runId }) : workflowId);
    return EXIT_CODES.ok;
  });
}

async function follow(
  host: CommandHost,
  temporal: Connected['temporal'],
  run: ProfileImportHandle,
  { json }: CommonOptions,
): Promise<number> {
  const { io } = host;
  const interrupted = host.interrupted();
  io.tell(`import ${run.workflowId}`);
  const watching = new AbortController();
  void showProgress(io, run, watching.signal);
  try {
    const result = await endOrInterrupt(temporal, () => run.result(), interrupted);
    if (result) {
      for (const line of json ? [JSON.stringify(result)] : describeImport(result)) io.print(line);
      return EXIT_CODES.ok;
    }
    const id = shellWord(run.workflowId);
    io.tell(`The import goes on without this command, as ${id}. End it: brazier cancel ${id}`);
    if (json) io.print(JSON.stringify({ workflowId: run.workflowId, detached: true }));
    return EXIT_CODES.ok;
  } finally {
    watching.abort();
  }
}

/** Tells each place that the import gets to, until it is no longer watched. */
async function showProgress(
  io: CommandHost['io'],
  run: ProfileImportHandle,
  signal: AbortSignal,
): Promise<void> {
  let told = '';
  const tell = (line: string) => {
    if (signal.aborted || line === told) return;
    io.tell(line);
    told = line;
  };
  while (!signal.aborted) {
    try {
      const progress = await run.progress();
      if (progress !== undefined) tell(progressLine(progress));
    } catch (error) {
      tell(cliErrorOf(error).message);
    }
    await delay(io.pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function addShow(group: Command, host: CommandHost): void {
  const command = group
    .command('show')
    .description('Show one unified profile on this terminal: identifiers, traits, events, engagements.')
    .requiredOption('--integration <name>', 'integration that the person belongs to')
    .option('--external-id <id>', 'look by external id')
    .option('--email <address>', 'look by e-mail address')
    .option('--phone <number>', 'look by phone number')
    .option('--anonymous-id <id>', 'look by anonymous id');
  finish(command, [
    'brazier profile show --integration shop --external-id c-17',
    'brazier profile show --integration shop --email ann@example.com --json',
  ]).action((options: ShowOptions) => {
    const { externalId, email, phone, anonymousId, integration, json } = options;
    const identifiers = given({ externalId, email, phone, anonymousId });
    if (Object.keys(identifiers).length !== 1)
      command.error('error: name one of --external-id, --email, --phone and --anonymous-id');
    return host.run(options, async () => {
      const database = unwrap(await openDatabaseOf(host.io.env));
      try {
        const profile = unwrap(await findProfile(database, integration, identifiers));
        for (const line of json ? [JSON.stringify(profile)] : formatProfile(profile)) host.io.print(line);
        return EXIT_CODES.ok;
      } finally {
        await database.close();
      }
    });
  });
}
