import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.mjs';

const POLL_MS = 500;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function tryLock(path) {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** Runs `work` while no other bootstrap of this clone does; a lock left by a process that died is taken over. */
export async function withLock(path, work) {
  await mkdir(dirname(path), { recursive: true });
  for (let waits = 0; !(await tryLock(path)); waits += 1) {
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    // The same id as ours can only be a leftover of another container that had these files mounted.
    if (holder === process.pid || (holder > 0 && !isAlive(holder))) {
      await rm(path, { force: true });
      continue;
    }
    if (waits === 0) say(`another run is setting up this folder, waiting until it removes ${path}`);
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
