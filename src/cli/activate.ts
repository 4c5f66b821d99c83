import { type Command, Option } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import { DEFAULT_ATTRIBUTE, TERMS_VERSION } from '../contract/names';
import { type ActivationFlags, checkedActivation, mergeActivation } from './activation-input';
import { personName } from './option-values';
import { reportError, finish, type CommandHost, type CommonOptions, type Connected } from './host';
import { followRun } from './follow-run';
import { formatResult } from './format-run';
import { shellWord } from './next-steps';
import { createProgressDisplay } from './progress';
import { type RunEnd } from './run-end';

interface ActivateOptions extends CommonOptions, ActivationFlags {
  file?: string;
  workflowId?: string;
  detach?: true;
}

/** `brazier activate`: starts a run, watches it, tells how it ended. */
export function addActivate(program: Command, host: CommandHost): void {
  const command = program
    .command('activate')
    .description('Bring an audience up to date in Braze: start a run, watch it, and tell how it ended.')
    .option(
      '--file <path>',
      'input of activateAudience as JSON; - reads standard input. Flags override its fields',
    )
    .option('--workflow-id <id>', 'Temporal workflow id of the run (default: a fresh one)')
    .option('--detach', 'start the run and print its id instead of waiting for its end');
  addFieldOptions(command);
  finish(command, [
    'brazier activate --file gold.json',
    'brazier activate --integration shop --audience "Gold customers" --key exports/gold.csv.gz --accept-terms-by "Ada Example"',
    'brazier activate --file gold.json --dry-run --json',
  ]).action((options: ActivateOptions) => host.run(options, () => activate(host, options)));
}

/** The flags that stand for fields of an activation. */
export function addFieldOptions(command: Command): void {
  command
    .option('--integration <name>', 'integration to send through')
    .option('--audience <name>', 'audience: the value written to the attribute, at most 255 characters')
    .addOption(
      new Option('--key <key>', 'source: one object of the bucket').conflicts(['prefix', 'newestUnder']),
    )
    .addOption(new Option('--prefix <prefix>', 'source: all objects under a prefix').conflicts('newestUnder'))
    .option('--newest-under <prefix>', 'source: the newest complete folder under a prefix')
    .option('--skip-unchanged', 'do nothing if the source is as it was at the last whole run')
    .option('--bucket <name>', 'bucket of the source (default: the integration’s exchange bucket)')
    .option('--id-column <name>', 'column or field that holds the identifier (default: external_id)')
    .addOption(
      new Option('--identifier <kind>', 'how Braze finds the profile (default: external_id)').choices([
        'external_id',
        'user_alias',
        'braze_id',
        'email',
        'phone',
      ]),
    )
    .addOption(
      new Option(
        '--list-action <action>',
        'maintain the list, only add, or only remove (default: maintain)',
      ).choices(['maintain', 'add', 'remove']),
    )
    .option('--attribute <name>', `custom attribute (default: ${DEFAULT_ATTRIBUTE})`)
    .option('--create-profiles', 'let Braze create profiles for unknown identifiers')
    .option('--dry-run', 'plan only: say what would be sent, send nothing')
    .option('--accept-terms-by <name>', 'who accepts the terms (docs/terms.md)', personName)
    .option('--terms-version <version>', `version of the terms that is accepted (default: ${TERMS_VERSION})`)
    .addOption(
      new Option(
        '--confirmation <kind>',
        'who confirms: none, person (a link by mail), mail (default: person)',
      ).choices(['none', 'person', 'mail']),
    );
}

async function activate(host: CommandHost, options: ActivateOptions): Promise<number> {
  const file = options.file === undefined ? {} : await host.readJson(options.file);
  const input = checkedActivation(mergeActivation(file, options));
  const { workflowId } = options;
  return host.connected(async (connected) => {
    const run = await connected.brazier.activate(input, workflowId === undefined ? {} : { workflowId });
    if (!options.detach) return watch(host, connected, run, options);
    host.io.tell(`run ${run.workflowId}`);
    const ids = { workflowId: run.workflowId, runId: run.runId };
    host.io.print(options.json ? JSON.stringify(ids) : run.workflowId);
    return EXIT_CODES.ok;
  });
}

async function watch(
  host: CommandHost,
  connected: Connected,
  { workflowId, runId }: { workflowId: string; runId: string },
  options: CommonOptions,
): Promise<number> {
  const { io } = host;
  // From here on Ctrl-C leaves the run to itself, so it is listened for before the run is told of.
  const interrupted = host.interrupted();
  io.tell(`run ${workflowId}`);
  const display = createProgressDisplay(io);
  const watched = followRun(host, connected, { workflowId, runId }, display, interrupted);
  const end = await watched.finally(display.close);
  if (end) return tellEnd(host, options, end);
  io.tell(detachedSentence(workflowId));
  if (options.json) io.print(JSON.stringify({ workflowId, runId, detached: true }));
  return EXIT_CODES.ok;
}

/** What Ctrl-C leaves behind. */
export function detachedSentence(workflowId: string): string {
  const id = shellWord(workflowId);
  return `The run goes on without this command. Watch it: brazier status ${id} --watch. End it: brazier cancel ${id}.`;
}

/** Tells how a run ended: on standard output, and on standard error where somebody has to act on a failure. */
export function tellEnd(
  host: CommandHost,
  options: CommonOptions,
  { result, error, exitCode }: RunEnd,
): number {
  if (error) {
    if (result && !options.json) for (const line of formatResult(result)) host.io.print(line);
    reportError(host.io, options, error, result ? { run: result } : {});
  } else if (result) {
    for (const line of options.json ? [JSON.stringify(result)] : formatResult(result)) host.io.print(line);
  }
  return exitCode;
}
