import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

interface ProcessTime {
  pid: number;
  parent: number;
  /** Its own, and that of children which have ended. */
  seconds: number;
}

const TICKS_PER_SECOND = 100;
const run = promisify(execFile);

/** Seconds of CPU time that a process and everything below it have used so far. */
export async function cpuSecondsOf(root: number): Promise<number> {
  const rows = process.platform === 'linux' ? await listFromProc() : await listFromPs();
  const tree = new Set([root]);
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const { pid, parent } of rows) if (tree.has(parent)) tree.add(pid);
  }
  return rows.reduce((sum, { pid, seconds }) => (tree.has(pid) ? sum + seconds : sum), 0);
}

/** Fields of /proc/<pid>/stat behind the command, from `state`: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (read 2026-11-22). */
const PARENT = 1;
const TIMES = [11, 12, 13, 14] as const;

async function listFromProc(): Promise<ProcessTime[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    names.map(async (name) => {
      // A process may end between the listing and the reading.
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = TIMES.reduce((sum, at) => sum + Number(fields[at] ?? 0), 0);
      return { pid: Number(name), parent: Number(fields[PARENT] ?? 0), seconds: ticks / TICKS_PER_SECOND };
    }),
  );
}

async function listFromPs(): Promise<ProcessTime[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,time=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, time] = line.trim().split(/\s+/);
    if (pid === undefined || parent === undefined || time === undefined) return [];
    const seconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
    return [{ pid: Number(pid), parent: Number(parent), seconds }];
  });
}
