import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Watches the resident memory of a process together with all its descendants. */
interface ResidentWatch {
  /** Ends the watch; the largest sum that was seen. */
  stop(): Promise<number>;
}

interface ProcessRow {
  pid: number;
  parent: number;
  residentBytes: number;
}

const INTERVAL_MS = 200;
const KIB = 1_024;

/** Samples every 200 ms; the sum counts pages that two processes share twice. */
export function watchResident(pid: number): ResidentWatch {
  const list = process.platform === 'linux' ? listFromProc : listFromPs;
  let peak = 0;
  let stopped = false;
  const watch = async () => {
    while (!stopped) {
      peak = Math.max(peak, residentOfTree(pid, await list()));
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  };
  const watching = watch();
  return {
    async stop() {
      stopped = true;
      await watching;
      return peak;
    },
  };
}

function residentOfTree(root: number, rows: readonly ProcessRow[]): number {
  const tree = new Set([root]);
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const { pid, parent } of rows) if (tree.has(parent)) tree.add(pid);
  }
  return rows.reduce((sum, { pid, residentBytes }) => (tree.has(pid) ? sum + residentBytes : sum), 0);
}

async function listFromProc(): Promise<ProcessRow[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(
    names.map(async (name) => {
      // A process may end between the listing and the reading.
      const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
      const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      const residentBytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * KIB;
      return { pid: Number(name), parent, residentBytes };
    }),
  );
  return rows;
}

const run = promisify(execFile);

async function listFromPs(): Promise<ProcessRow[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,rss=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, kib] = line.trim().split(/\s+/).map(Number);
    if (pid === undefined || parent === undefined || kib === undefined) return [];
    return [{ pid, parent, residentBytes: kib * KIB }];
  });
}
