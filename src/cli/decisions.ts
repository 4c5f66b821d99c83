import { type Command } from 'commander';
import { type BrazierClient } from '../client/brazier-client';
import { EXIT_CODES } from '../contract/errors';
import { type ConfirmationResult, type RunStatus } from '../contract/run';
import { isRunEnded } from '../process/client-faults';
import { FaultError } from './cli-error';
import { formatStatus, planFacts } from './format-run';
import { finish, type CommandHost, type CommonOptions, type Connected } from './host';
import { nextSteps, shellWord } from './next-steps';
import { personName } from './option-values';
import { cancelSentence, findOtherRun } from './other-run';
import { formatFacts } from './table';

interface DecisionOptions extends CommonOptions {
  by: string;
}
interface ApprovalOptions extends CommonOptions {
  by?: string;
  planHash?: string;
}

/** Commands by which a person decides on a run. */
export function addDecisions(program: Command, host: CommandHost): void {
  addApproval(program, host, 'approve', 'Approve the plan of a run that waits for it.');
  addApproval(program, host, 'reject', 'Reject the plan of a run that waits for approval; nothing is sent.');
  addConfirmation(program, host, 'confirm', 'Confirm that the audience is right in Braze.');
  addConfirmation(program, host, 'dispute', 'Say that the audience is not right; nothing is rolled back.');
  addPause(program, host, 'pause', 'Pause sending; slices under way finish first.');
  addPause(program, host, 'resume', 'Resume a paused run.');
  addCancel(program, host);
}

function addApproval(
  program: Command,
  host: CommandHost,
  word: 'approve' | 'reject',
  description: string,
): void {
  const command = program
    .command(word)
    .description(`${description} Without --plan-hash the plan is shown, and nothing is decided.`)
    .argument('<workflowId>', 'id of the run')
    .option('--plan-hash <hash>', 'hash of the plan that was looked at')
    .option('--by <name>', 'who decides', personName);
  finish(command, [
    `brazier ${word} activate/shop/1`,
    `brazier ${word} activate/shop/1 --plan-hash 3f0c… --by "Ada Example"`,
  ]).action((workflowId: string, options: ApprovalOptions) =>
    host.runConnected(options, ({ brazier }) => decide(host, brazier, word, workflowId, options)),
  );
}

async function decide(
  host: CommandHost,
  brazier: Connected['brazier'],
  word: 'approve' | 'reject',
  workflowId: string,
  options: ApprovalOptions,
): Promise<number> {
  const { planHash, by } = options;
  if (planHash === undefined || by === undefined)
    return showPlan(host, await brazier.status(workflowId), word, options);
  const status = await brazier[word](workflowId, { planHash, by });
  printStatus(host, options, status);
  return EXIT_CODES.ok;
}

/** Nobody decides on what was not looked at: the plan is shown, with the command that names it. */
function showPlan(host: CommandHost, status: RunStatus, word: string, options: CommonOptions): number {
  const { workflowId, phase, planHash, plan, forecast, approvalReasons } = status;
  if (phase !== 'awaitingApproval') {
    const message = `The run is not waiting for approval (phase: ${phase}).`;
    throw new FaultError(
      { code: 'INPUT_INVALID', message },
      `Look at it: brazier status ${shellWord(workflowId)}`,
    );
  }
  if (options.json) {
    host.io.print(JSON.stringify({ workflowId, decided: false, planHash, plan, forecast, approvalReasons }));
  } else {
    for (const line of formatFacts(planFacts(status))) host.io.print(line);
  }
  const repeat = nextSteps(status).find((step) => step.startsWith(`brazier ${word} `));
  host.io.tell(`Nothing was decided. To ${word} exactly this plan:\n  ${repeat ?? ''}`);
  return EXIT_CODES.person;
}

function addConfirmation(
  program: Command,
  host: CommandHost,
  word: 'confirm' | 'dispute',
  description: string,
): void {
  finish(named(program.command(word).description(description)), [
    `brazier ${word} activate/shop/1 --by "Ada Example"`,
  ]).action((workflowId: string, options: DecisionOptions) =>
    host.runConnected(options, async ({ brazier }) => {
      const { by } = options;
      const result = await answerOrRecorded(brazier, word, workflowId, by);
      host.io.print(options.json ? JSON.stringify(result) : confirmationSentence(result));
      const counts = result.answer === (word === 'confirm' ? 'right' : 'notRight');
      return counts ? EXIT_CODES.ok : EXIT_CODES.person;
    }),
  );
}

/** A run that has ended takes no answer any more; whoever answers then hears the one that was given, if one was. */
async function answerOrRecorded(
  brazier: BrazierClient,
  word: 'confirm' | 'dispute',
  workflowId: string,
  by: string,
): Promise<ConfirmationResult> {
  try {
    return await brazier[word](workflowId, { by, via: 'update' });
  } catch (error) {
    const { confirmation } = isRunEnded(error) ? await brazier.status(workflowId) : {};
    if (confirmation) return confirmation;
    throw error;
  }
}

/** The answer that counts: the first one, whoever gave it. */
export function confirmationSentence({ answer, by, at }: ConfirmationResult): string {
  return `The answer that counts: ${answer}${by ? ` by ${by}` : ''}${at ? ` on ${at}` : ''}.`;
}

function addPause(program: Command, host: CommandHost, word: 'pause' | 'resume', description: string): void {
  finish(named(program.command(word).description(description)), [
    `brazier ${word} activate/shop/1 --by "Ada Example"`,
  ]).action((workflowId: string, options: DecisionOptions) =>
    host.runConnected(options, async ({ brazier }) => {
      printStatus(host, options, await brazier[word](workflowId, { by: options.by }));
      return EXIT_CODES.ok;
    }),
  );
}

function addCancel(program: Command, host: CommandHost): void {
  const command = program
    .command('cancel')
    .description('Ask a run or an import to end; what was sent is settled and committed first.')
    .argument('<workflowId>', 'id of the run or the import');
  finish(command, ['brazier cancel activate/shop/1']).action((workflowId: string, options: CommonOptions) =>
    host.runConnected(options, async ({ brazier, temporal }) => {
      const other = await findOtherRun(temporal, workflowId);
      await brazier.cancel(workflowId);
      const sentence =
        other === undefined
          ? `The run was asked to end. Watch it settle: brazier status ${shellWord(workflowId)} --watch`
          : cancelSentence(other);
      host.io.print(options.json ? JSON.stringify({ workflowId, cancelRequested: true }) : sentence);
      return EXIT_CODES.ok;
    }),
  );
}

function named(command: Command): Command {
  return command
    .argument('<workflowId>', 'id of the run')
    .requiredOption('--by <name>', 'who decides', personName);
}

function printStatus(host: CommandHost, options: CommonOptions, status: RunStatus): void {
  for (const line of options.json ? [JSON.stringify(status)] : formatStatus(status)) host.io.print(line);
}
