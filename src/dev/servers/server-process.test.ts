import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchServer, retryOnLostPort } from './server-process';

const COMPILED = join(process.cwd(), 'dist', 'src', 'dev', 'servers', 'server-process.js');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(20);
}

const sleeper = { name: 'sleeper', command: 'sleep', args: ['600'], isReady: () => Promise.resolve(true) };

test('a server is gone when close resolves', async () => {
  const server = await launchServer(sleeper);
  expect(isAlive(server.pid)).toBe(true);
  await server.close();
  expect(isAlive(server.pid)).toBe(false);
  await server.close();
});

test('a server does not outlive a parent that was killed', async () => {
  const program = `require(${JSON.stringify(COMPILED)}).launchServer({
    name: 'sleeper', command: 'sleep', args: ['600'], isReady: async () => true,
  }).then((server) => console.log(server.pid))`;
  const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await untilGone(pid);
});

test('a server that ends while starting is tried again, and then its own words are shown', async () => {
  let attempts = 0;
  const failing = {
    ...sleeper,
    command: 'sh',
    args: ['-c', 'echo the port is taken >&2; exit 1'],
    isReady: () => Promise.resolve(false),
  };
  const start = retryOnLostPort(() => {
    attempts += 1;
    return launchServer(failing);
  });
  await expect(start).rejects.toMatchObject({
    failure: 'exitedEarly',
    message: expect.stringContaining('the port is taken'),
  });
  expect(attempts).toBe(3);
});

test('a program that is not there is named', async () => {
  const missing = launchServer({ ...sleeper, command: '/nowhere/at/all' });
  await expect(missing).rejects.toMatchObject({
    failure: 'notInstalled',
    message: "sleeper can't be run from /nowhere/at/all.",
  });
});
