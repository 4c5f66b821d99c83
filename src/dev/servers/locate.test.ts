import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pins from '../../../scripts/servers.json';
import { locateServer, type Environment } from './locate';

const pinned = pins.servers.temporal.version;
let dir: string;

beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'brazier-locate-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function program(path: string, output = ''): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${output}'\n`);
  await chmod(path, 0o755);
  return path;
}

const environment = (more: Environment = {}): Environment => ({
  PATH: join(dir, 'bin'),
  BRAZIER_CACHE_DIR: join(dir, 'cache'),
  ...more,
});

test('a temporal of the pinned version on the PATH is used', async () => {
  await program(join(dir, 'bin', 'temporal'), `temporal version ${pinned} (Server 1.0.0)`);
  await expect(locateServer('temporal', environment())).resolves.toEqual({ ok: true, path: 'temporal' });
});

test('an older temporal on the PATH gives way to the cached one', async () => {
  await program(join(dir, 'bin', 'temporal'), 'temporal version 1.5.99 (Server 1.0.0)');
  const cached = await program(join(dir, 'cache', `temporal-${pinned}`, 'temporal'));
  await expect(locateServer('temporal', environment())).resolves.toEqual({ ok: true, path: cached });
});

test('a path that was chosen by hand is used, or refused by name, never passed over', async () => {
  await program(join(dir, 'cache', `temporal-${pinned}`, 'temporal'));
  const chosen = await program(join(dir, 'mine'), 'temporal version 10.0.0');
  const located = await locateServer('temporal', environment({ TEMPORAL_CLI_PATH: chosen }));
  expect(located).toEqual({ ok: true, path: chosen });

  const refused = await locateServer('temporal', environment({ TEMPORAL_CLI_PATH: join(dir, 'nothing') }));
  expect(refused.ok ? '' : refused.error.message).toContain('TEMPORAL_CLI_PATH');
});

test('what is nowhere is said in a sentence that names the command to run', async () => {
  const located = await locateServer('rclone', environment());
  expect(located.ok ? '' : located.error.message).toMatch(
    /^rclone .* is not installed .*bootstrap\.mjs install/,
  );
  expect(located.ok ? '' : located.error.failure).toBe('notInstalled');
});
