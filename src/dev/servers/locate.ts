import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pins from '../../../scripts/servers.json';
import { EmbeddedServerError } from './embedded-server-error';

const run = promisify(execFile);

/** The programs that the bootstrap brings. */
export type ServerBinary = keyof typeof pins.servers;

/** Where to look: the process's environment, or a test's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a program is, or why it can't be used. */
export type Located =
  { readonly ok: true; readonly path: string } | { readonly ok: false; readonly error: EmbeddedServerError };

/** The folder that keeps downloaded programs between runs and clones. */
function cacheFolder(env: Environment): string {
  const chosen = env['BRAZIER_CACHE_DIR'] ?? '';
  return chosen === '' ? join(homedir(), '.cache', 'brazier') : chosen;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function temporalVersion(command: string, env: Environment): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, ['--version'], { env: { PATH: env['PATH'] } });
    return /^temporal version (\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
  } catch {
    // Not there or not Temporal's command line: either way it is not one to use.
    return undefined;
  }
}

async function isRecentTemporal(command: string, env: Environment): Promise<boolean> {
  const version = await temporalVersion(command, env);
  if (version === undefined) return false;
  return version.localeCompare(pins.servers.temporal.version, 'en', { numeric: true }) >= 0;
}

function notInstalled(sentence: string): Located {
  return { ok: false, error: new EmbeddedServerError('notInstalled', sentence) };
}

/**
 * Finds a server's program in the order that the bootstrap uses: for Temporal the path in `TEMPORAL_CLI_PATH`, then a
 * `temporal` on the PATH that is not older than the pinned one; then, for every server, the cache folder.
 */
export async function locateServer(binary: ServerBinary, env: Environment = process.env): Promise<Located> {
  const { version } = pins.servers[binary];
  const chosen = env['TEMPORAL_CLI_PATH'] ?? '';
  if (binary === 'temporal') {
    const own = chosen === '' ? 'temporal' : chosen;
    if (await isRecentTemporal(own, env)) return { ok: true, path: own };
    if (chosen !== '')
      return notInstalled(`TEMPORAL_CLI_PATH (${chosen}) is not a temporal ${version} or newer.`);
  }
  const cached = join(cacheFolder(env), `${binary}-${version}`, binary);
  if (await isExecutable(cached)) return { ok: true, path: cached };
  return notInstalled(
    `${binary} ${version} is not installed (looked for ${cached}): run "node scripts/bootstrap.mjs install" once.`,
  );
}

/** The same for callers that can't go on without it. */
export async function requireServer(binary: ServerBinary): Promise<string> {
  const located = await locateServer(binary);
  if (!located.ok) throw located.error;
  return located.path;
}
