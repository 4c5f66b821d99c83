import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { capture } from './command.mjs';
import { BootstrapError, step } from './say.mjs';

const COMPILED_FROM = ['src', 'test', 'scripts', 'tsconfig.json', 'package-lock.json'];
const BUNDLED_FROM = ['src/workflows', 'src/contract', 'src/domain', 'scripts', 'package-lock.json'];

async function* filesUnder(path) {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return;
  if (!info.isDirectory()) yield [path, info];
  else for (const name of (await readdir(path)).sort()) yield* filesUnder(join(path, name));
}

/** Changes when a file is added, removed or written; reading every file's content would cost more than it tells. */
async function fingerprint(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for await (const [file, { size, mtimeMs }] of filesUnder(join(root, path)))
      hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

async function runWhenChanged({ root, label, from, stamp, produces, args, failure }) {
  const current = await fingerprint(root, from);
  const previous = await readFile(stamp, 'utf8').catch(() => '');
  const exists = await stat(produces).then(
    () => true,
    () => false,
  );
  if (exists && previous === current) return;
  await step(label, async () => {
    const result = await capture(process.execPath, args, { cwd: root });
    if (result.code !== 0) {
      process.stderr.write(result.output);
      throw new BootstrapError(failure, 70);
    }
    await mkdir(dirname(stamp), { recursive: true });
    await writeFile(stamp, current);
  });
}

/** Compiles to dist/ and bundles the workflows, each only when something that it is made from has changed. */
export async function build(root) {
  const dist = join(root, 'dist');
  await runWhenChanged({
    root,
    label: 'compiling',
    from: COMPILED_FROM,
    stamp: join(dist, '.compiled-from'),
    produces: join(dist, 'src'),
    args: [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root],
    failure: 'the sources do not compile (the compiler’s words are above).',
  });
  await runWhenChanged({
    root,
    label: 'bundling workflows',
    from: BUNDLED_FROM,
    stamp: join(dist, '.bundled-from'),
    produces: join(dist, 'workflow-bundle.js'),
    args: [join(dist, 'scripts', 'build-workflow-bundle.js')],
    failure: 'the workflows could not be bundled (the bundler’s words are above).',
  });
}
