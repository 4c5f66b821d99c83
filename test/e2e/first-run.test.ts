import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');

let stateDir: string;
let dev: ChildProcess;
const said: string[] = [];
const waiting = new Set<() => void>();

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'brazier-first-run-'));
  dev = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'cli.js'), 'dev', '--state-dir', stateDir], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (dev.stderr === null) throw new Error('dev says nothing');
  createInterface({ input: dev.stderr }).on('line', (line) => {
    said.push(line);
    for (const look of waiting) look();
  });
  await heard(/^Ctrl-C ends all of it/);
});

afterAll(async () => {
  const ended = once(dev, 'exit');
  dev.kill('SIGINT');
  await ended;
  await rm(stateDir, { recursive: true, force: true });
});

/** What dev says, now or later, that matches; `after` lines of it are passed over. */
async function heard(pattern: RegExp, after = 0): Promise<RegExpExecArray> {
  for (;;) {
    for (const line of said.slice(after)) {
      const match = pattern.exec(line);
      if (match) return match;
    }
    await new Promise<void>((resolve) => {
      const look = () => {
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
    });
  }
}

test('a worker and a gateway that are killed under dev are told of and started again', async () => {
  for (const name of ['worker', 'gateway']) {
    const [, pid = ''] = await heard(new RegExp(`^${name} is ready \\(process (\\d+)`));
    const before = said.length;
    process.kill(Number(pid), 'SIGKILL');
    await heard(new RegExp(`^The ${name} \\(process ${pid}\\) has ended by itself: SIGKILL`), before);
    await heard(new RegExp(`^${name} is ready`), before);
  }
});

test('the page on a first run can be followed to a value in Braze', async () => {
  const text = await readFile(join(ROOT, 'docs', 'first-run.md'), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([^]*?)\n```$/gm)].map(([, block = '']) => block);
  const script = blocks.join('\n').replace('/tmp/brazier-dev/dev.env', join(stateDir, 'dev.env'));
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: ROOT });
  expect(stdout).toContain('Integration "acme" was created.');
  expect(stdout).toContain('3 to enter, 0 to leave, 3 accepted; 3 read back, 2 match, 1 not in Braze.');
  expect(stdout).toContain('loyalty-tier version 1 passed: all 3 values read back');
  expect(stdout).toContain('"third-purchase" is active everywhere');
  expect(stdout).toContain('{"accepted":3,"duplicates":0,"refused":[]}');
  expect(stdout).toMatch(/third-purchase {2}entry {2}order-3 {2}delivered/);
  expect(stdout).toMatch(/"c-17","custom_attributes":\{"last_amount":12.5,"loyalty_tier":"regular"/);
  expect(stdout).toContain('{"lexer_audience":["Active customers"]}');
});
