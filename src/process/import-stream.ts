import { type Client } from '@temporalio/client';
import { readBacklog } from '../adapters/postgres/backlog';
import { createIntake } from '../adapters/postgres/intake';
import { type ImportStream } from '../activities/import-profiles';
import { type Deployment } from './deployment';
import { type StreamMetrics } from '../observability/stream-metrics';
import { createStreamStarter } from '../activities/stream-start';

/** After this an import's attempt ends and the next one waits; a restart of the database is over sooner. */
const PATIENCE_MS = 20_000;

/** The way of imports into the event log; nothing where a deployment has no database. */
export function openImportStream(
  { database, config: { stream } }: Pick<Deployment, 'database' | 'config'>,
  client: Client,
  metrics: Pick<StreamMetrics, 'captured'>,
): ImportStream | undefined {
  if (database === undefined) return undefined;
  const intake = createIntake(database, { shards: stream.shards, patienceMs: PATIENCE_MS });
  return {
    async intake(integration, events) {
      const outcome = await intake(integration, events);
      if (outcome.ok) {
        const { isDuplicate } = outcome.value;
        metrics.captured(integration, isDuplicate.filter((duplicate) => !duplicate).length);
      }
      return outcome;
    },
    readBacklog: (integration) => readBacklog(database, integration),
    maxBacklog: stream.maxBacklog,
    ensureStream: createStreamStarter(client),
  };
}
