import { type Command } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import { type SetupIntegrationResult, type SetupStep } from '../contract/integration';
import { checkedSetup } from './activation-input';
import { whoActs } from './cli-error';
import { finish, type CommandHost, type CommonOptions } from './host';

interface SetupOptions extends CommonOptions {
  file: string;
}

/** `brazier setup`: creates or changes an integration once every part of it has been used successfully. */
export function addSetup(program: Command, host: CommandHost): void {
  const command = program
    .command('setup')
    .description('Set up an integration, or change it: everything is validated by using it.')
    .requiredOption('--file <path>', 'input of setupIntegration as JSON; - reads standard input');
  finish(command, ['brazier setup --file shop.json', 'cat shop.json | brazier setup --file - --json']).action(
    (options: SetupOptions) =>
      host.run(options, async () => {
        const input = checkedSetup(await host.readJson(options.file));
        const result = await host.connected(({ brazier }) => brazier.setup(input));
        for (const line of options.json ? [JSON.stringify(result)] : formatSetup(result)) host.io.print(line);
        return setupExitCode(result.steps);
      }),
  );
}

const MARKS = { pass: '✓', fail: '✗', skipped: '–' } as const;

/** Every step with what was seen and, where something is to be done, by whom. */
export function formatSetup({ integration, ok, change, steps }: SetupIntegrationResult): string[] {
  const lines = steps.flatMap((step) => [
    `${MARKS[step.status]} ${step.step}: ${step.message}`,
    ...actionLine(step),
  ]);
  const failed = steps.filter(({ status }) => status === 'fail').length;
  const end = ok
    ? `Integration "${integration}" was ${change}.`
    : `Integration "${integration}" was not changed: ${failed} of ${steps.length} steps failed.`;
  return [...lines, '', end];
}

function actionLine({ action, actor, code }: SetupStep): string[] {
  const parts = [actor && whoActs(actor), action, code && `(${code})`].filter((part) => part !== undefined);
  return parts.length === 0 ? [] : [`    ${parts.join(' — ').replace(/ — \(/, ' (')}`];
}

/** 0, or by who must act on the first step that failed. */
export function setupExitCode(steps: readonly SetupStep[]): number {
  const failed = steps.find(({ status }) => status === 'fail');
  return failed ? EXIT_CODES[failed.actor ?? 'us'] : EXIT_CODES.ok;
}
