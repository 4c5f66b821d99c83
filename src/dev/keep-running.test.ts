import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrazierProcess, startBrazierProcess } from './brazier-process';
import { keepRunning } from './keep-running';

let dir: string;
const started: BrazierProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'brazier-keep-'));
  await writeFile(join(dir, 'entry.js'), `process.send('ready'); setInterval(() => {}, 1000);`);
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
  await rm(dir, { recursive: true, force: true });
});

async function start(): Promise<BrazierProcess> {
  const one = await startBrazierProcess({
    kind: 'worker',
    env: {},
    logFile: join(dir, 'log'),
    entry: join(dir, 'entry.js'),
  });
  started.push(one);
  return one;
}

test('a process that was killed is told of and started again, each time', async () => {
  const said: string[] = [];
  const again: ((one: BrazierProcess) => void)[] = [];
  const nextStart = () => new Promise<BrazierProcess>((resolve) => again.push(resolve));
  const running = await start();
  const stop = keepRunning(
    [
      {
        name: 'worker',
        running,
        start: async () => {
          const one = await start();
          again.shift()?.(one);
          return one;
        },
      },
    ],
    (line) => said.push(line),
  );
  const second = nextStart();
  process.kill(running.pid, 'SIGKILL');
  const third = nextStart();
  process.kill((await second).pid, 'SIGTERM');
  expect((await third).pid).not.toBe((await second).pid);
  await stop();
  expect(said).toEqual([
    `The worker (process ${running.pid}) has ended by itself: SIGKILL. It is being started again.`,
    `The worker (process ${(await second).pid}) has ended by itself: SIGTERM. It is being started again.`,
  ]);
});

test('one that does not start is tried again, and why it did not is told', async () => {
  const said: string[] = [];
  const running = await start();
  let tries = 0;
  const back = new Promise<void>((resolve) => {
    const stop = keepRunning(
      [
        {
          name: 'gateway',
          running,
          start: async () => {
            tries += 1;
            if (tries === 1) throw new Error('Its port is taken.');
            const one = await start();
            setImmediate(() => void stop().then(resolve));
            return one;
          },
        },
      ],
      (line) => said.push(line),
    );
  });
  process.kill(running.pid, 'SIGKILL');
  await back;
  expect(said.slice(1)).toEqual([
    'The gateway could not be started again. Its port is taken. It is tried again.',
  ]);
});

test('one that does not become ready says why', async () => {
  const entry = join(dir, 'broken.js');
  await writeFile(
    entry,
    `console.error('{"level":30}\\nBRAZIER_X: is missing.\\n{}'); process.exitCode = 1;`,
  );
  const logFile = join(dir, 'log');
  await expect(startBrazierProcess({ kind: 'gateway', env: {}, logFile, entry })).rejects.toThrow(
    `The gateway did not start: BRAZIER_X: is missing (see ${logFile}).`,
  );
});

test('whoever has stopped it may end the process', async () => {
  const said: string[] = [];
  const running = await start();
  const stop = keepRunning(
    [{ name: 'worker', running, start: () => Promise.reject(new Error('not asked for')) }],
    (line) => said.push(line),
  );
  await stop();
  await running.close();
  await running.ended;
  expect(said).toEqual([]);
});
