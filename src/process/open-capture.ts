import { type Client } from '@temporalio/client';
import { type Logger } from 'pino';
import { type Registry } from 'prom-client';
import { readBacklog } from '../adapters/postgres/backlog';
import { createIntake } from '../adapters/postgres/intake';
import { type Capture } from '../gateway/events/capture';
import { CaptureMetrics } from '../observability/capture-metrics';
import { type Deployment } from './deployment';
import { createEventCapture } from './event-capture';
import { createHasIntegration } from './integration-registry';
import { createStreamStarter } from '../activities/stream-start';

/** Whoever posts waits for the answer: longer than a restart of the database, shorter than a client's patience. */
const PATIENCE_MS = 20_000;

/** Capture as a deployment has it; nothing where it has no database. */
export function openCapture(
  { database, config: { stream } }: Deployment,
  { client, registry, logger }: { client: Client; registry: Registry; logger: Logger },
): Capture | undefined {
  if (database === undefined) return undefined;
  return createEventCapture({
    intake: createIntake(database, { shards: stream.shards, patienceMs: PATIENCE_MS }),
    hasIntegration: createHasIntegration(client),
    readBacklog: (integration) => readBacklog(database, integration),
    maxBacklog: stream.maxBacklog,
    ensureStream: createStreamStarter(client),
    metrics: new CaptureMetrics(registry),
    logger,
  });
}
