import { Command, CommanderError } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import { VERSION } from '../process/version';
import { addActivate } from './activate';
import { addAudiences } from './audiences';
import { addDeadLetters } from './dead-letters';
import { addDecisions } from './decisions';
import { addDev } from './dev';
import { addEngagement } from './engagement';
import { addExternalApi } from './external-api';
import { CommandHost } from './host';
import { addIntegrations } from './integrations';
import { type CliIo } from './io';
import { addProcesses } from './processes';
import { addProfile } from './profile';
import { addRuns } from './runs';
import { addSchedule } from './schedule';
import { addSandbox } from './sandbox';
import { addSegment } from './segment';
import { addSetup } from './setup';
import { addStatus } from './status';
import { addStream } from './stream';
import { withoutValues } from './usage-error';

/** Runs one command line and answers its exit code. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const host = new CommandHost(io);
  try {
    await createProgram(host).parseAsync([...args], { from: 'user' });
    return host.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_CODES.ok;
    const message = withoutValues(error.message.replace(/^error: /, ''));
    if (args.includes('--json')) {
      io.print(JSON.stringify({ error: { code: 'USAGE', message, exitCode: EXIT_CODES.usage } }));
    }
    return EXIT_CODES.usage;
  }
}

/** All commands. */
export function createProgram(host: CommandHost): Command {
  const { io } = host;
  // Before the first command: commands inherit these settings when they are made.
  const program = new Command('brazier')
    .description('Durable, provable audience activation into Braze.')
    .version(VERSION)
    // After a command its own options count: --version there is that of an External API.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(add --help for options and examples)')
    .configureOutput({
      writeOut: (text) => io.print(text.trimEnd()),
      writeErr: (text) => io.tell(text.trimEnd()),
      outputError: (text, write) => write(withoutValues(text)),
    })
    .addHelpText('after', EXIT_CODE_HELP);
  addDev(program, host);
  addSandbox(program, host);
  addProcesses(program, host);
  addSetup(program, host);
  addActivate(program, host);
  addStatus(program, host);
  addDecisions(program, host);
  addIntegrations(program, host);
  addAudiences(program, host);
  addRuns(program, host);
  addSchedule(program, host);
  addExternalApi(program, host);
  addEngagement(program, host);
  addSegment(program, host);
  addProfile(program, host);
  addDeadLetters(program, host);
  addStream(program, host);
  return program;
}

const EXIT_CODE_HELP = `
Exit codes say who must act: ${EXIT_CODES.ok} nobody, ${EXIT_CODES.usage} whoever typed the command, ${EXIT_CODES.credentialOwner} the credential owner,
${EXIT_CODES.settingsOwner} the settings owner, ${EXIT_CODES.dataOwner} the data owner, ${EXIT_CODES.wait} nobody: wait, ${EXIT_CODES.person} a person has to decide, ${EXIT_CODES.us} the makers of Brazier.

Examples:
  $ brazier dev
  $ brazier setup --file shop.json
  $ brazier activate --file gold.json`;
