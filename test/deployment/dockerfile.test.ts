import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

/** Instructions with their continuation lines joined, without comments. */
const instructions = read('Dockerfile')
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .join('\n')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '');

const stages = instructions.reduce<string[][]>((found, line) => {
  if (line.startsWith('FROM ')) found.push([]);
  found.at(-1)?.push(line);
  return found;
}, []);
const release = stages.at(-1) ?? [];

/** Everything that is copied from the clone. */
const copied = instructions
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  .flatMap((line) => line.split(' ').slice(1, -1));

test('what is copied exists and is not kept out by .dockerignore', () => {
  const allowed = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  expect(copied.length).toBeGreaterThan(5);
  for (const path of copied) {
    expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    expect([path, allowed.includes(path)]).toEqual([path, true]);
  }
});

test('the last stage holds no build tool, is no root’s, and is entered without a shell', () => {
  expect(release.some((line) => /^RUN .*npm/.test(line))).toBe(false);
  expect(stages[1]?.join('\n')).toContain('npm ci --omit=dev');
  expect(release.find((line) => line.startsWith('COPY --from=packages'))).toBeDefined();
  expect(release.find((line) => line.startsWith('USER '))).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
  expect(release.at(-2)).toBe('ENTRYPOINT ["node", "dist/src/cli.js"]');
  expect(release.find((line) => line.startsWith('HEALTHCHECK '))).toContain('CMD ["node"');
});

test('the base image is pinned to one release of the Node that is supported, on glibc', () => {
  expect(instructions[0]).toMatch(/^ARG NODE_VERSION=\d+\.\d+\.\d+$/);
  for (const [from] of stages) expect(from).toMatch(/^FROM node:\$\{NODE_VERSION\}-bookworm-slim AS \w+$/);
});
