import { type Command } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import { detachedSentence, tellEnd } from './activate';
import { followRun } from './follow-run';
import { formatStatus } from './format-run';
import { reportError, finish, type CommandHost, type CommonOptions, type Connected } from './host';
import { findOtherRun, tellOtherRun } from './other-run';
import { createProgressDisplay } from './progress';
import { readRunView, type RunView } from './run-view';

interface StatusOptions extends CommonOptions {
  watch?: true;
}

/** `brazier status`: where a run is, once or until its end. */
export function addStatus(program: Command, host: CommandHost): void {
  const command = program
    .command('status')
    .description('Say where a run is, what it moves and what it waits for.')
    .argument('<workflowId>', 'id of the run, or of an import')
    .option('--watch', 'go on until the run ends and exit by its outcome; with --json one status a line');
  finish(command, ['brazier status activate/shop/1', 'brazier status activate/shop/1 --watch --json']).action(
    (workflowId: string, options: StatusOptions) =>
      host.runConnected(options, async (connected) => {
        const other = await findOtherRun(connected.temporal, workflowId);
        if (other) return tellOtherRun(host, connected.temporal, other, options);
        if (options.watch) return watch(host, connected, workflowId, options);
        const { status } = await readRunView(connected.temporal, workflowId);
        for (const line of options.json ? [JSON.stringify(status)] : formatStatus(status))
          host.io.print(line);
        return EXIT_CODES.ok;
      }),
  );
}

async function watch(
  host: CommandHost,
  connected: Connected,
  workflowId: string,
  options: StatusOptions,
): Promise<number> {
  const { io } = host;
  const display = options.json
    ? createJsonDisplay(
        (line) => io.print(line),
        (line) => io.tell(line),
      )
    : createProgressDisplay(io);
  const end = await followRun(host, connected, { workflowId }, display).finally(display.close);
  if (end && options.json) return endLine(host, end);
  if (end) return tellEnd(host, options, end);
  io.tell(detachedSentence(workflowId));
  return EXIT_CODES.ok;
}

/** The last line of a watched run says how it ended; a failure is told besides. */
function endLine(host: CommandHost, { result, error, exitCode }: Parameters<typeof tellEnd>[2]): number {
  if (result) host.io.print(JSON.stringify(result));
  if (error) reportError(host.io, result ? {} : { json: true }, error);
  return exitCode;
}

function createJsonDisplay(print: (line: string) => void, trouble: (line: string) => void) {
  let last = '';
  return {
    show({ status, members }: RunView) {
      const line = JSON.stringify(members ? { ...status, members } : status);
      // The end is told by the run's result, which says more.
      if (line === last || status.phase === 'ended') return;
      last = line;
      print(line);
    },
    trouble,
    close: () => undefined,
  };
}
