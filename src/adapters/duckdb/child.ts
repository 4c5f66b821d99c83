import { openEngine, type Engine } from './engine';
import { correct, fold } from './fold-job';
import { freeze } from './freeze-job';
import { type Job, type JobRequest, type JobResults } from './jobs';
import { plan } from './plan-job';
import { sample } from './sample-job';
import { writeRows } from './rows-job';
import { JobFault } from './source-fault';

/** The process in which DuckDB runs, for one job: its memory goes back to the system when it ends. */
function main(): void {
  // The parent hangs up when it has the answer, or by dying; a job under way would outlive an ordinary exit.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.once('message', (request: JobRequest) => void answer(request));
}

async function answer(request: JobRequest): Promise<void> {
  const reply = await attempt(request).catch((error: unknown) => failure(error));
  process.send?.(reply);
}

async function attempt(request: JobRequest): Promise<unknown> {
  const { job, memoryLimitMiB, threads } = request;
  const engine = await openEngine({ scratch: job.scratch, memoryLimitMiB, threads });
  try {
    return { ok: true, value: await perform(engine, job) };
  } finally {
    engine.close();
  }
}

function perform(engine: Engine, job: Job): Promise<JobResults[Job['kind']]> {
  switch (job.kind) {
    case 'freeze':
      return freeze(engine, job);
    case 'plan':
      return plan(engine, job);
    case 'fold':
      return fold(engine, job);
    case 'correct':
      return correct(engine, job);
    case 'sample':
      return sample(engine, job);
    case 'rows':
      return writeRows(engine, job);
  }
}

/** DuckDB's texts quote data, so only their kind leaves the process; running out of memory is told in full. */
function failure(error: unknown): unknown {
  if (error instanceof JobFault) return { ok: false, fault: error.fault };
  const message = error instanceof Error ? error.message : 'unknown failure';
  const kind = /^[A-Za-z ]{1,40}(?=:)/.exec(message)?.[0] ?? 'failure';
  return { ok: false, error: message.startsWith('Out of Memory') ? message.split('\n')[0] : kind };
}

main();
