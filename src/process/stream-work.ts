import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Client } from '@temporalio/client';
import { CALL_PATHS } from '../domain/stream/call-paths';
import { type Database } from '../adapters/postgres/database';
import { createLogListener } from '../adapters/postgres/log-listener';
import { createRegistry } from '../adapters/postgres/registry';
import { createShardStore, type ShardStore } from '../adapters/postgres/shard-store';
import { listStreams, readLayouts, setShards } from '../adapters/postgres/stream-layout';
import { type SecretStore } from '../adapters/secrets/secrets';
import { type BrazeDoor } from '../activities/sending-call';
import { createShardActivities, SHARD_TIMING } from '../activities/run-shard';
import { type ReadDoor } from '../activities/shard-witness';
import { createStreamActivities } from '../activities/stream-layouts';
import { createStreamStarter } from '../activities/stream-start';
import { success, type Outcome } from '../contract/errors';
import { type StreamMetrics } from '../observability/stream-metrics';
import { type BrazeAccounts } from './braze-accounts';
import { Cached } from './cached';
import { createCallFactory } from './stream-calls';
import { createStreamSettings } from './stream-settings';
import { createTestCalls } from './test-calls';

/** What the streaming part of a worker is made from. */
export interface StreamWorkOptions {
  database: Database;
  client: Client;
  accounts: BrazeAccounts;
  secrets: SecretStore;
  metrics: StreamMetrics;
}

/** Requests of one shard at once; all shards of a process share the workspace's connections. */
const MOST_AT_ONCE = 16;
const READING_SETTINGS_MS = 60_000;

/** Activities of the `brazier-stream` queue. */
export function createStreamWork({ database, client, accounts, secrets, metrics }: StreamWorkOptions) {
  const listener = createLogListener(database.url);
  const settingsOf = createStreamSettings(client);
  // Each question to the entity costs, and what is looked for is a sample.
  const readingSettings = new Cached(settingsOf, () => READING_SETTINGS_MS);
  const calls = createCallFactory({ registry: createRegistry(database), secrets });

  const openBraze = async (integration: string): Promise<Outcome<BrazeDoor>> => {
    const settings = await settingsOf(integration);
    if (!settings.ok) return settings;
    const { braze } = settings.value;
    const account = await accounts.open(integration, braze);
    if (!account.ok) return account;
    const { connection, budget } = account.value;
    return success({
      objectsPerRequest: braze.objectsPerRequest,
      concurrency: Math.min(MOST_AT_ONCE, braze.connections),
      requestTimeoutMs: braze.requestTimeoutSeconds * 1_000,
      budget,
      send: (endpoint, body) => connection.request({ method: 'POST', path: CALL_PATHS[endpoint], body }),
    });
  };

  const openReading = async (integration: string): Promise<Outcome<ReadDoor | undefined>> => {
    const settings = await readingSettings.get(integration);
    if (!settings.ok) return settings;
    const { braze, features } = settings.value;
    if (!features.readBack) return success(undefined);
    const account = await accounts.open(integration, braze);
    if (!account.ok) return account;
    const single = createTestCalls(account.value);
    return success({
      applyLagMs: braze.applyLagSeconds * 1_000,
      read: (identifier, signal) => single.read(identifier, signal),
    });
  };

  return {
    activities: {
      ...createStreamActivities({
        read: (integration) => readLayouts(database, integration),
        setShards: (integration, shards) => setShards(database, integration, shards),
      }),
      ...createShardActivities({
        storeOf: (key) => counting(createShardStore(database, key), key.integration, metrics),
        calls,
        openBraze,
        openReading,
        async requestTimeoutMs(integration) {
          const settings = await settingsOf(integration);
          return settings.ok ? success(settings.value.braze.requestTimeoutSeconds * 1_000) : settings;
        },
        listen: (key, wake) => listener.listen(key, wake),
        watch: (key, progress) => metrics.watch(key, progress),
        owner: `${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`,
        timing: SHARD_TIMING,
      }),
    },
    close: () => listener.close(),
  };
}

/** Counts what is written. */
function counting(store: ShardStore, integration: string, metrics: StreamMetrics): ShardStore {
  return {
    ...store,
    async commit(epoch, commit) {
      const written = await store.commit(epoch, commit);
      if (written.ok && written.value !== false) metrics.committed(integration, commit);
      return written;
    },
  };
}

/** Has every stream of the database run: idempotent, and done by each worker as it starts. */
export async function ensureStreams(database: Database, client: Client): Promise<Outcome<void>> {
  const streams = await listStreams(database);
  if (!streams.ok) return streams;
  const ensureStream = createStreamStarter(client);
  for (const integration of streams.value) await ensureStream(integration);
  return success(undefined);
}
