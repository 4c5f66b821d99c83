import { type Command } from 'commander';
import { type RunListing } from '../client/find-run';
import { EXIT_CODES } from '../contract/errors';
import { tellEnd } from './activate';
import { formatStatus } from './format-run';
import { finish, type CommandHost, type CommonOptions, type Connected } from './host';
import { wholeNumber } from './option-values';
import { findOtherRun, tellOtherRun } from './other-run';
import { readRunEnd } from './run-end';
import { readRunView } from './run-view';
import { formatTable } from './table';

interface ListOptions extends CommonOptions {
  running?: true;
  limit: number;
}

/** `brazier runs`: what runs and what has run. */
export function addRuns(program: Command, host: CommandHost): void {
  const group = program.command('runs').description('List runs, or show one.');
  const list = group
    .command('list')
    .description('List runs of audiences, newest first, as long as Temporal keeps them.')
    .option('--running', 'only those under way')
    .option('--limit <count>', 'at most so many', wholeNumber(1, 10_000), 20);
  finish(list, ['brazier runs list --running', 'brazier runs list --limit 100 --json']).action(
    (options: ListOptions) => host.runConnected(options, ({ brazier }) => listRuns(host, brazier, options)),
  );
  const show = group
    .command('show')
    .description('Show a run: where it is, or how it ended. Exits by its outcome once it has ended.')
    .argument('<workflowId>', 'id of the run');
  finish(show, ['brazier runs show activate/shop/1']).action((workflowId: string, options: CommonOptions) =>
    host.runConnected(options, (connected) => showRun(host, connected, workflowId, options)),
  );
}

async function listRuns(
  host: CommandHost,
  brazier: Connected['brazier'],
  options: ListOptions,
): Promise<number> {
  const { json, limit, running } = options;
  const all: RunListing[] = [];
  for await (const run of brazier.runs(running ? { running } : {})) {
    all.push(run);
    if (json) host.io.print(JSON.stringify(run));
    if (all.length >= limit) break;
  }
  if (json) return EXIT_CODES.ok;
  const lines = formatTable<RunListing>(
    [
      { title: 'RUN', of: ({ workflowId }) => workflowId },
      { title: 'STATUS', of: ({ status }) => status.toLowerCase() },
      { title: 'STARTED', of: ({ startedAt }) => startedAt },
      { title: 'ENDED', of: ({ endedAt }) => endedAt },
    ],
    all,
  );
  for (const line of all.length === 0 ? ['There is no run.'] : lines) host.io.print(line);
  return EXIT_CODES.ok;
}

async function showRun(
  host: CommandHost,
  { temporal, brazier }: Connected,
  workflowId: string,
  options: CommonOptions,
): Promise<number> {
  const other = await findOtherRun(temporal, workflowId);
  if (other) return tellOtherRun(host, temporal, other, options);
  const { status: temporalStatus } = await temporal.workflow.getHandle(workflowId).describe();
  if (temporalStatus.name !== 'RUNNING') {
    return tellEnd(host, options, await readRunEnd(brazier, workflowId, brazier.result(workflowId)));
  }
  const { status } = await readRunView(temporal, workflowId);
  for (const line of options.json ? [JSON.stringify(status)] : formatStatus(status)) host.io.print(line);
  return EXIT_CODES.ok;
}
