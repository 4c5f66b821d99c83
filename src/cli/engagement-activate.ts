import { setTimeout as delay } from 'node:timers/promises';
import { type Command } from 'commander';
import { type EngagementActivationHandle } from '../client/engagements';
import { type ActivateEngagementInput, type ActivateEngagementResult } from '../contract/engagement';
import { EXIT_CODES } from '../contract/errors';
import { parseEngagement } from '../contract/schemas/engagement';
import { stageLine } from '../domain/stream/describe-activation';
import { given, isObject, refuseBadInput } from './activation-input';
import { cliErrorOf } from './cli-error';
import { endOrInterrupt, finish, type CommandHost, type CommonOptions, type Connected } from './host';
import { shellWord } from './next-steps';
import { personName } from './option-values';

interface ActivateOptions extends CommonOptions {
  file: string;
  integration?: string;
  name?: string;
  by?: string;
  includeCurrent?: true;
  workflowId?: string;
  detach?: true;
}

/** `brazier engagement activate`: from one JSON object to an engagement that is active. */
export function addEngagementActivate(group: Command, host: CommandHost): void {
  const command = group
    .command('activate')
    .description(
      'Save an engagement with what belongs to it, test what has not been tested here, activate it, and tell how that went.',
    )
    .requiredOption('--file <path>', 'input of activateEngagement as JSON; - reads standard input')
    .option('--integration <name>', 'integration, in place of the file’s')
    .option('--name <name>', 'name of the engagement, in place of the file’s')
    .option('--by <name>', 'who activates it, in place of the file’s', personName)
    .option('--include-current', 'also send the people who are in the segment already')
    .option('--workflow-id <id>', 'Temporal workflow id (default: a fresh one)')
    .option('--detach', 'start it and print its id instead of waiting for its end');
  finish(command, [
    'brazier engagement activate --file third-purchase.json',
    'brazier engagement activate --file third-purchase.json --integration shop-eu --by "Ada Example"',
  ]).action((options: ActivateOptions) => host.run(options, () => activate(host, options)));
}

async function activate(host: CommandHost, options: ActivateOptions): Promise<number> {
  const input = checkedEngagement(merged(await host.readJson(options.file), options));
  const { workflowId } = options;
  return host.connected(async ({ brazier, temporal }) => {
    const run = await brazier.engagements.activate(input, { workflowId });
    if (!options.detach) return follow(host, temporal, run, options);
    host.io.tell(`run ${run.workflowId}`);
    const ids = { workflowId: run.workflowId, runId: run.runId };
    host.io.print(options.json ? JSON.stringify(ids) : run.workflowId);
    return EXIT_CODES.ok;
  });
}

function merged(file: unknown, { integration, name, by, includeCurrent }: ActivateOptions): unknown {
  if (!isObject(file)) return file;
  return { ...file, ...given({ integration, name, activatedBy: by, includeCurrent }) };
}

/** Checked before anything leaves this machine: a pasted secret must not reach Temporal. */
function checkedEngagement(raw: unknown): ActivateEngagementInput {
  refuseBadInput(parseEngagement(raw), raw);
  // The schema has just accepted exactly this value; the workflow fills in the defaults itself.
  return raw as ActivateEngagementInput;
}

/** Tells every stage once as it ends, until the whole has ended or the person who watches has had enough. */
async function follow(
  host: CommandHost,
  temporal: Connected['temporal'],
  run: EngagementActivationHandle,
  options: CommonOptions,
): Promise<number> {
  const { io } = host;
  const interrupted = host.interrupted();
  io.tell(`run ${run.workflowId}`);
  const told = new Set<string>();
  const watching = new AbortController();
  void interrupted.then(() => watching.abort());
  void showStages(io, run, told, watching.signal);
  const ended = async () => {
    const result = run.result();
    await result.catch(() => undefined);
    // A failed activation has stages as well; nothing is asked for whoever has left.
    return { result, stages: watching.signal.aborted ? [] : await run.stages().catch(() => []) };
  };
  const end = await endOrInterrupt(temporal, ended, interrupted).finally(() => watching.abort());
  if (end) {
    tellStages(io, end.stages, told);
    return tellResult(host, options, await end.result);
  }
  io.tell(`The activation goes on without this command, as ${shellWord(run.workflowId)}.`);
  if (options.json) io.print(JSON.stringify({ workflowId: run.workflowId, detached: true }));
  return EXIT_CODES.ok;
}

async function showStages(
  io: CommandHost['io'],
  run: EngagementActivationHandle,
  told: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => signal.aborted;
  while (!isOver()) {
    try {
      const stages = await run.stages();
      if (!isOver()) tellStages(io, stages, told);
    } catch (error) {
      if (!isOver()) io.tell(cliErrorOf(error).message);
    }
    await delay(io.pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Each stage once, when it has ended. */
function tellStages(
  io: CommandHost['io'],
  stages: Awaited<ReturnType<EngagementActivationHandle['stages']>>,
  told: Set<string>,
): void {
  for (const stage of stages) {
    const line = stageLine(stage);
    if (stage.state === 'waiting' || told.has(line)) continue;
    told.add(line);
    io.tell(line);
  }
}

function tellResult(host: CommandHost, { json }: CommonOptions, result: ActivateEngagementResult): number {
  host.io.print(json ? JSON.stringify(result) : result.summary);
  return EXIT_CODES.ok;
}
