import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SetupIntegrationInput } from '../contract/integration';
import type { DevStack } from '../dev/dev-stack';
import { DEV_INTEGRATION } from './dev-sources';
import { shellWord } from './next-steps';

/** What `dev` leaves in its folder for whoever works with it. */
export interface DevFiles {
  /** Environment of other shells; holds the stack's secrets. */
  env: string;
  /** Input of `brazier setup` for this stack; holds references only. */
  setup: string;
}

/** The sandbox applies a write at once; this only is how long reading back waits at most. */
const APPLY_LAG_SECONDS = 5;

/** Where these files lie in a folder. */
export function devFiles(stateDir: string): DevFiles {
  return { env: join(stateDir, 'dev.env'), setup: join(stateDir, `${DEV_INTEGRATION}.json`) };
}

/** The stack's environment, and what only people and their shells ask for. */
export function shellEnvironment(
  {
    env,
    sandbox,
    s3,
    mailbox,
    integration,
  }: Pick<DevStack, 'env' | 'sandbox' | 's3' | 'mailbox' | 'integration'>,
  files: DevFiles,
): Record<string, string> {
  return {
    ...env,
    BRAZIER_DEV_SETUP_FILE: files.setup,
    BRAZIER_DEV_EXCHANGE_URL: `${s3.endpoint}/${integration.exchange.bucket}`,
    BRAZIER_DEV_BRAZE_URL: sandbox.url,
    BRAZIER_DEV_MAILBOX_URL: mailbox.webUrl,
  };
}

/** Writes the environment to a file that only its owner can read, together with the command itself. */
export async function writeEnvFile(
  path: string,
  env: Readonly<Record<string, string>>,
  cli: string,
): Promise<void> {
  const lines = [
    `# The environment of "brazier dev", for other shells: . ${shellWord(path)}`,
    '# It holds the secrets of this stack, and is written anew at each of its starts.',
    ...exportLines(env),
    '# The command line that has started it, whether or not it is on the PATH.',
    `brazier() { ${shellWord(process.execPath)} ${shellWord(cli)} "$@"; }`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  // The mode above is for a file that is made; one that was there keeps its own.
  await chmod(path, 0o600);
}

/** Writes what `brazier setup` needs for the integration that the examples are about. */
export async function writeSetupFile(path: string, { integration }: DevStack): Promise<void> {
  const input: SetupIntegrationInput = {
    name: DEV_INTEGRATION,
    braze: { ...integration.braze, applyLagSeconds: APPLY_LAG_SECONDS },
    exchange: integration.exchange,
    attributes: ['lexer_audience'],
  };
  await writeFile(path, `${JSON.stringify(input, null, 2)}\n`);
}

/** Lines that a POSIX shell takes the environment from. */
export function exportLines(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`);
}
