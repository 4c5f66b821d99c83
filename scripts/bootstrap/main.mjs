import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { become } from './command.mjs';
import { withLock } from './lock.mjs';
import { installPackages, packagesAreInstalled } from './packages.mjs';
import { BootstrapError } from './say.mjs';
import { installServers, missingServers } from './servers.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const USAGE =
  'usage: node scripts/bootstrap.mjs install | demo [args] | test [jest args] | bench <name> [args] | chaos [args]';

async function prepare() {
  await withLock(join(ROOT, '.brazier', 'bootstrap.lock'), async () => {
    if (!(await packagesAreInstalled(ROOT))) await installPackages(ROOT);
    const missing = await missingServers();
    if (missing.length > 0) await installServers(ROOT, missing);
    await build(ROOT);
  });
}

async function benchProgram([name, ...rest]) {
  const dir = join(ROOT, 'dist', 'scripts', 'bench');
  const files = await readdir(dir).catch(() => []);
  const names = files.filter((file) => file.endsWith('.js')).map((file) => file.slice(0, -'.js'.length));
  if (name === undefined || !names.includes(name)) {
    throw new BootstrapError(`name one of the benchmarks: ${names.join(', ') || 'there are none'}.`, 2);
  }
  return [join(dir, `${name}.js`), ...rest];
}

async function programFor(what, args) {
  switch (what) {
    case 'demo':
      return [join(ROOT, 'dist', 'scripts', 'demo.js'), ...args];
    case 'test':
      return [join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), ...args];
    case 'chaos':
      return [join(ROOT, 'dist', 'scripts', 'chaos.js'), ...args];
    case 'bench':
      return benchProgram(args);
    default:
      return undefined;
  }
}

/** Prepares the clone, then becomes the program that was asked for. */
export async function main([what, ...rest]) {
  if (!['install', 'demo', 'test', 'bench', 'chaos'].includes(what)) throw new BootstrapError(USAGE, 2);
  await prepare();
  const program = await programFor(what, rest[0] === '--' ? rest.slice(1) : rest);
  if (program !== undefined) await become(program);
}
