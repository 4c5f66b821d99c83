import { join } from 'node:path';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { type Client } from '@temporalio/client';
import { type Logger } from 'pino';
import { ensureEventRetention } from './client/event-retention';
import { type Database } from './adapters/postgres/database';
import { ensureScheduleWatch } from './client/schedule-watch';
import { loadConfig, type Config } from './config/config';
import { fault, success, type Outcome } from './contract/errors';
import { DATA_TASK_QUEUE, SEND_TASK_QUEUE, STREAM_TASK_QUEUE, TASK_QUEUE } from './contract/names';
import { createActivityScopes } from './observability/activity-scope';
import { watchActivities } from './observability/activity-interceptor';
import { createLogger } from './observability/logger';
import { createRegistry, WorkerMetrics } from './observability/metrics';
import { observeOpener } from './observability/observed-ports';
import { createOperationsServer, type Operations } from './observability/operation-routes';
import { createReadiness } from './observability/readiness';
import { connectClient } from './process/connect-temporal';
import { connectWorker } from './process/connect-worker';
import { openDeployment } from './process/deployment';
import { databaseChecks, pollersCheck, stateBucketCheck, temporalCheck } from './process/readiness-checks';
import { ensureStreams } from './process/stream-work';
import { createWorkerActivities, type WorkerActivities } from './process/worker-activities';

/** A worker process under way. */
export interface RunningWorker {
  /** Resolves when every queue's worker has stopped. */
  done: Promise<void>;
  /** Stops taking work and waits for activities to hand theirs back. */
  stop(): Promise<void>;
}

/** Long enough for requests in flight to Braze to end and a receipt to be written. */
const SHUTDOWN_GRACE = '45s';
/**
 * From the same moment: activities are told to stop only after the grace, and a request then still has its time-out, if that is the
 * default or a little more. What takes longer is taken over as from a worker that was killed.
 */
const SHUTDOWN_FORCE = '90s';
/** Slices and read-backs at once; each keeps its own list of lines in memory. */
const SEND_CONCURRENCY = 8;
/** Shards at once: each mostly waits for its log and for Braze. */
const STREAM_CONCURRENCY = 64;

/** States of a worker that takes no more work. */
const ENDING: ReadonlySet<string> = new Set(['STOPPING', 'DRAINING', 'DRAINED', 'STOPPED', 'FAILED']);

/** What a start has opened so far, each by how to end it. */
type Opened = (() => unknown)[];

/** Starts the worker process by the environment: workflows, light activities, data and sending. */
export async function startWorker(env: NodeJS.ProcessEnv): Promise<Outcome<RunningWorker>> {
  const config = loadConfig(env);
  if (!config.ok) return config;
  const logger = createLogger(config.value.logLevel, 'worker');
  const installed = installRuntime(logger, config.value);
  if (!installed.ok) return installed;
  const opened: Opened = [];
  let started: Outcome<RunningWorker> | undefined;
  try {
    started = await start(config.value, logger, opened);
    return started;
  } finally {
    if (!started?.ok) await closeAll(opened, logger);
  }
}

async function start(config: Config, logger: Logger, opened: Opened): Promise<Outcome<RunningWorker>> {
  const registry = createRegistry();
  const metrics = new WorkerMetrics(registry);
  const scopes = createActivityScopes();
  const deployment = await openDeployment(config, (open) => observeOpener(open, metrics, scopes));
  if (!deployment.ok) return deployment;
  opened.push(() => deployment.value.stateBucket.close());
  opened.push(() => deployment.value.database?.close());
  const linkSecret = await deployment.value.ownSecrets.resolve(config.gateway.linkSecret);
  if (!linkSecret.ok) return linkSecret;
  const temporal = await connectWorker();
  if (!temporal.ok) return temporal;
  const { connection, namespace } = temporal.value;
  opened.push(() => connection.close());
  const client = await connectClient();
  if (!client.ok) return client;
  opened.push(() => client.value.connection.close());
  const activities = createWorkerActivities(deployment.value, {
    client: client.value.client,
    linkSecret: linkSecret.value,
    duckdbEntry: join(__dirname, 'adapters', 'duckdb', 'child.js'),
    metrics,
    onBudgetTrouble: (integration, error) =>
      logger.warn({ error, integration }, 'the request budget is out of reach; sending waits for it'),
  });
  opened.push(() => activities.close());
  const interceptors = { activity: [watchActivities({ scopes, metrics })] };
  const workers = await createWorkers(config, activities, { connection, namespace, interceptors }, opened);
  const stopAll = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  await ensureScheduleWatch(client.value.client).catch((error: unknown) =>
    logger.warn({ error }, 'scheduled refreshes are not watched by this worker'),
  );
  const { database } = deployment.value;
  if (database !== undefined) {
    await ensureEventRetention(client.value.client).catch((error: unknown) =>
      logger.warn({ error }, 'old events are not deleted by this worker'),
    );
    await startStreams(database, client.value.client, logger);
  }
  // Last of all, hence first to be closed, but only after the queues have ended: until then it tells that they are ending.
  const readiness = createReadiness({
    checks: [
      temporalCheck(client.value.client),
      stateBucketCheck(deployment.value.stateBucket),
      ...databaseChecks(deployment.value.database),
      pollersCheck(workers),
    ],
    isStopping: () => workers.some((worker) => ENDING.has(worker.getState())),
  });
  const listening = await listenForOperations(config.worker, { readiness, registry }, opened);
  if (!listening.ok) return listening;
  const done = runAll(workers, stopAll).finally(() => closeAll(opened, logger));
  logger.info({ namespace, operationsUrl: listening.value }, 'worker is ready');
  return success({
    done,
    async stop() {
      stopAll();
      await done;
    },
  });
}

/** A database or a Temporal that is away keeps no worker from starting: streams that ran before go on by themselves. */
async function startStreams(database: Database, client: Client, logger: Logger): Promise<void> {
  const told = 'streams of events were not started by this worker; those that run go on';
  try {
    const started = await ensureStreams(database, client);
    if (!started.ok) logger.warn({ code: started.fault.code }, told);
  } catch (error) {
    logger.warn({ error }, told);
  }
}

/** Answers where the worker listens for probes and scrapes, if it shall. */
async function listenForOperations(
  { host, port }: Config['worker'],
  operations: Operations,
  opened: Opened,
): Promise<Outcome<string | undefined>> {
  if (port === undefined) return success(undefined);
  const server = createOperationsServer(operations);
  opened.push(() => server.close());
  try {
    return success(await server.listen({ host, port }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fault(
      'INPUT_INVALID',
      `The worker cannot listen on ${host}:${port} (BRAZIER_WORKER_HOST, BRAZIER_WORKER_PORT): ${reason}`,
    );
  }
}

/** One after the other, the one with the bundle first: what is most likely to fail leaves no other to be ended. */
async function createWorkers(
  { workflowBundle, maxCachedWorkflows }: Config,
  { light, data, send, stream }: WorkerActivities,
  temporal: Pick<WorkerOptions, 'connection' | 'namespace' | 'interceptors'>,
  opened: Opened,
): Promise<Worker[]> {
  const workers: Worker[] = [];
  const create = async (options: WorkerOptions) => {
    const worker = await Worker.create({
      ...temporal,
      shutdownGraceTime: SHUTDOWN_GRACE,
      shutdownForceTime: SHUTDOWN_FORCE,
      ...options,
    });
    workers.push(worker);
    // One that never ran holds on to the connection until it has run and ended.
    opened.push(() => worker.getState() === 'INITIALIZED' && worker.runUntil(Promise.resolve()));
  };
  const codePath = workflowBundle ?? join(__dirname, '..', 'workflow-bundle.js');
  await create({
    taskQueue: TASK_QUEUE,
    workflowBundle: { codePath },
    activities: light,
    maxCachedWorkflows,
  });
  await create({ taskQueue: DATA_TASK_QUEUE, activities: data, maxConcurrentActivityTaskExecutions: 1 });
  await create({
    taskQueue: SEND_TASK_QUEUE,
    activities: send,
    maxConcurrentActivityTaskExecutions: SEND_CONCURRENCY,
  });
  if (stream !== undefined)
    await create({
      taskQueue: STREAM_TASK_QUEUE,
      activities: stream,
      maxConcurrentActivityTaskExecutions: STREAM_CONCURRENCY,
      // A shard hands itself back within moments, and another worker is to have it at once.
      shutdownGraceTime: 0,
    });
  return workers;
}

/** A process that serves some queues only would look healthy: when one worker fails, the others end with it. */
async function runAll(workers: readonly Worker[], stopAll: () => void): Promise<void> {
  const runs = workers.map((worker) => worker.run().finally(stopAll));
  await Promise.allSettled(runs);
  await Promise.all(runs);
}

/** The last first; one that does not end well keeps no other open. */
async function closeAll(opened: Opened, logger: Logger): Promise<void> {
  for (const close of opened.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      logger.warn({ error }, 'a part of the worker did not end well');
    }
  }
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** One runtime a process: Temporal's own logs go where ours go, its figures to a port of their own. */
function installRuntime(logger: Logger, { worker: { host, sdkMetricsPort } }: Config): Outcome<void> {
  const metrics =
    sdkMetricsPort === undefined
      ? {}
      : {
          metrics: {
            prometheus: {
              bindAddress: `${host}:${sdkMetricsPort}`,
              countersTotalSuffix: true,
              unitSuffix: true,
              useSecondsForDurations: true,
            },
          },
        };
  try {
    Runtime.install({
      logger: new DefaultLogger('INFO', ({ level, message, meta }) =>
        logger[LEVELS[level]](meta ?? {}, message),
      ),
      telemetryOptions: {
        logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) },
        ...metrics,
      },
    });
    return success(undefined);
  } catch (error) {
    // What else could go wrong here is no setting of anybody's.
    if (sdkMetricsPort === undefined) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return fault(
      'INPUT_INVALID',
      `Temporal’s figures cannot be offered on ${host}:${sdkMetricsPort} (BRAZIER_WORKER_HOST, BRAZIER_SDK_METRICS_PORT): ${reason}`,
    );
  }
}
