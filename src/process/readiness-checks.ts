import { type Client } from '@temporalio/client';
import { type Bucket } from '../adapters/bucket/bucket';
import { type Database } from '../adapters/postgres/database';
import { fault, success } from '../contract/errors';
import { type ReadinessCheck } from '../observability/readiness';

/** Asks for the namespace, which needs the connection, the credentials and the namespace itself. */
export function temporalCheck(client: Client): ReadinessCheck {
  const { namespace } = client.options;
  return {
    name: 'temporal',
    run: async (signal) =>
      success(
        await client.withAbortSignal(signal, () =>
          client.connection.workflowService.describeNamespace({ namespace }),
        ),
      ),
  };
}

/** Lists a place where nothing lies: it takes the bucket, its credentials and the right that every read relies on. */
export function stateBucketCheck(bucket: Bucket): ReadinessCheck {
  const prefix = [bucket.path, 'readiness-probe/'].filter((part) => part !== '').join('/');
  return { name: 'stateBucket', run: (signal) => bucket.list(prefix, signal) };
}

/** Asks the database something, once its tables are up to date; no check where none is configured. */
export function databaseChecks(database: Database | undefined): ReadinessCheck[] {
  if (database === undefined) return [];
  return [{ name: 'database', run: () => database.run((queries) => queries.query('SELECT 1')) }];
}

/** Whether every queue is polled. */
export function pollersCheck(workers: readonly { getState(): string }[]): ReadinessCheck {
  const isRunning = () => workers.every((worker) => worker.getState() === 'RUNNING');
  return {
    name: 'pollers',
    run: () =>
      Promise.resolve(
        isRunning() ? success(undefined) : fault('TEMPORAL_UNAVAILABLE', 'a queue is not polled'),
      ),
  };
}
