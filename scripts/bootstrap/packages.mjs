import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capture } from './command.mjs';
import { BootstrapError, step } from './say.mjs';

async function readPackages(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Whether node_modules is what package-lock.json asks for, by the record that npm itself leaves there when it has
 * finished. Only optional packages (other platforms' binaries) may be missing from it.
 */
export async function packagesAreInstalled(root) {
  const wanted = await readPackages(join(root, 'package-lock.json'));
  const present = await readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, devOptional, peer }]) => {
    if (path === '') return true;
    const installed = present[path];
    return installed === undefined ? Boolean(optional || devOptional || peer) : installed.version === version;
  });
}

/** Installs exactly what the lockfile says. npm's own output is shown only when it failed. */
export async function installPackages(root) {
  await step('installing packages', async () => {
    const npm = await capture('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
    if (npm.code === 0) return;
    if (npm.code === null)
      throw new BootstrapError('npm was not found: install the npm that comes with Node.', 11);
    process.stderr.write(npm.output);
    throw new BootstrapError('npm ci failed (its own words are above): mend that, then run this again.', 13);
  });
}
