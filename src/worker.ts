import { join } from 'node:path';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { type Logger } from 'pino';
import { loadConfig } from './config/config';
import { success, type Outcome } from './contract/errors';
import { DATA_TASK_QUEUE, SEND_TASK_QUEUE, TASK_QUEUE } from './contract/names';
import { createLogger } from './observability/logger';
import { connectClient } from './process/connect-temporal';
import { connectWorker } from './process/connect-worker';
import { openDeployment } from './process/deployment';
import { createWorkerActivities } from './process/worker-activities';

/** A worker process under way. */
export interface RunningWorker {
  /** Resolves when every queue's worker has stopped. */
  done: Promise<void>;
  /** Stops taking work and waits for activities to hand theirs back. */
  stop(): Promise<void>;
}

/** Long enough for requests in flight to Braze to end and a receipt to be written. */
const SHUTDOWN_GRACE = '45s';
/** Slices and read-backs at once; each keeps its own list of lines in memory. */
const SEND_CONCURRENCY = 8;

/** Starts the worker process by the environment: workflows, light activities, data and sending. */
export async function startWorker(env: NodeJS.ProcessEnv): Promise<Outcome<RunningWorker>> {
  const config = loadConfig(env);
  if (!config.ok) return config;
  const logger = createLogger(config.value.logLevel, 'worker');
  installRuntime(logger);
  const deployment = await openDeployment(config.value);
  if (!deployment.ok) return deployment;
  const linkSecret = await deployment.value.ownSecrets.resolve(config.value.gateway.linkSecret);
  if (!linkSecret.ok) return linkSecret;
  const temporal = await connectWorker();
  if (!temporal.ok) return temporal;
  const client = await connectClient();
  if (!client.ok) return client;
  const activities = createWorkerActivities(deployment.value, {
    client: client.value.client,
    linkSecret: linkSecret.value,
    duckdbEntry: join(__dirname, 'adapters', 'duckdb', 'child.js'),
  });
  const { connection, namespace } = temporal.value;
  const common: WorkerOptions = {
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    shutdownGraceTime: SHUTDOWN_GRACE,
  };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      workflowBundle: {
        codePath: config.value.workflowBundle ?? join(__dirname, '..', 'workflow-bundle.js'),
      },
      activities: activities.light,
      maxCachedWorkflows: config.value.maxCachedWorkflows,
    }),
    Worker.create({
      ...common,
      taskQueue: DATA_TASK_QUEUE,
      activities: activities.data,
      maxConcurrentActivityTaskExecutions: 1,
    }),
    Worker.create({
      ...common,
      taskQueue: SEND_TASK_QUEUE,
      activities: activities.send,
      maxConcurrentActivityTaskExecutions: SEND_CONCURRENCY,
    }),
  ]);
  const runs = workers.map((worker) => worker.run());
  const close = async () => {
    await activities.close();
    await client.value.connection.close();
    await connection.close();
  };
  const done = Promise.all(runs).then(close);
  logger.info({ namespace }, 'worker is ready');
  return success({
    done,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await done;
    },
  });
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** One runtime a process: Temporal's own logs go where ours go. */
function installRuntime(logger: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) =>
      logger[LEVELS[level]](meta ?? {}, message),
    ),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) } },
  });
}
