import { fork, type ChildProcess } from 'node:child_process';
import { type Fault, type Outcome } from '../../contract/errors';
import { type Job, type JobRequest, type JobResults } from './jobs';

/** How jobs are run; `childEntry` is the compiled `child.js`. */
export interface DuckDbOptions {
  childEntry: string;
  /** What DuckDB may use before it spills; resident memory goes about half above it. */
  memoryLimitMiB?: number;
  threads?: number;
}

/** Runs jobs, each in a process of its own. */
export interface DuckDb {
  /** The job's answer or a fault of the data. Throws {@link DuckDbProcessError} when the process itself failed. */
  run<J extends Job>(job: J, signal?: AbortSignal): Promise<Outcome<JobResults[J['kind']]>>;
}

/** The database process ended or failed for a reason that is not the data's: out of memory, out of disk, killed. */
export class DuckDbProcessError extends Error {
  override name = 'DuckDbProcessError';
}

type Reply<T> = { ok: true; value: T } | { ok: false; fault: Fault } | { ok: false; error: string };

const DEFAULTS = { memoryLimitMiB: 256, threads: 2 };

/** DuckDB behind processes that die with this one, and with the job's signal. */
export function createDuckDb(options: DuckDbOptions): DuckDb {
  const { childEntry, memoryLimitMiB, threads } = { ...DEFAULTS, ...options };
  return {
    run: async <J extends Job>(job: J, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      // Inherited flags (inspector ports, loaders) would collide or slow the child's start.
      const child = fork(childEntry, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      const request: JobRequest = { job, memoryLimitMiB, threads };
      const reply = await exchange<JobResults[J['kind']]>(child, request, signal);
      if (reply.ok) return reply;
      if ('fault' in reply) return { ok: false, fault: reply.fault };
      throw new DuckDbProcessError(`DuckDB ${job.kind} job failed: ${reply.error}.`);
    },
  };
}

function exchange<T>(child: ChildProcess, request: JobRequest, signal?: AbortSignal): Promise<Reply<T>> {
  return new Promise((resolve, reject) => {
    let reply: Reply<T> | undefined;
    const abort = () => child.kill('SIGKILL');
    signal?.addEventListener('abort', abort, { once: true });
    // The two ends are one program: what the child sends is what its job's type says.
    child.on('message', (message) => {
      reply = message as Reply<T>;
      // It ends itself when the channel closes.
      child.disconnect();
    });
    child.on('error', reject);
    child.on('exit', (code, killedBy) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted === true) reject(new DOMException('The job was cancelled.', 'AbortError'));
      else if (reply !== undefined) resolve(reply);
      else
        reject(
          new DuckDbProcessError(
            `DuckDB ${request.job.kind} process ended early (${killedBy ?? code ?? '?'}).`,
          ),
        );
    });
    child.send(request, (error) => {
      if (error !== null) child.kill('SIGKILL');
    });
  });
}
