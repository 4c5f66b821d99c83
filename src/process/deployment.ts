import { readFile } from 'node:fs/promises';
import { type BrazeConnectionOpener, createConnectionOpener } from '../adapters/braze/connection-opener';
import { createBucket } from '../adapters/bucket/s3-bucket';
import { type Bucket } from '../adapters/bucket/bucket';
import { type Database, openDatabase } from '../adapters/postgres/database';
import { migrateDatabase } from '../adapters/postgres/migrate';
import { createSecretStore, type SecretStore } from '../adapters/secrets/secrets';
import { type Config } from '../config/config';
import { fault, success, type Outcome } from '../contract/errors';
import { type BucketSettings, type SecretReference } from '../contract/integration';
import { allowsOrigin } from '../domain/endpoint';
import { USER_AGENT } from './version';

/** What a deployment's processes share: where secrets come from, where state lies, how Braze is reached. */
export interface Deployment {
  config: Config;
  /** Secrets that inputs may name. */
  inputSecrets: SecretStore;
  /** Secrets of the deployment itself. */
  ownSecrets: SecretStore;
  stateBucket: Bucket;
  /** Of the streaming half; absent where none is configured. */
  database: Database | undefined;
  openBucket: (settings: BucketSettings) => Promise<Outcome<Bucket>>;
  openConnection: BrazeConnectionOpener;
}

/** Opens a deployment by its configuration; nothing is sent anywhere yet. `observe` sees what goes to Braze. */
export async function openDeployment(
  config: Config,
  observe: (open: BrazeConnectionOpener) => BrazeConnectionOpener = (open) => open,
): Promise<Outcome<Deployment>> {
  const storeOf = (declared: SecretReference[]) =>
    createSecretStore({ declared, env: process.env, readFile: (path) => readFile(path, 'utf8') });
  const inputSecrets = storeOf(config.secrets.inputs);
  const ownSecrets = storeOf(config.secrets.deployment);
  const stateBucket = await openWith(ownSecrets, config.stateBucket);
  if (!stateBucket.ok) return stateBucket;
  const database = await openOwnDatabase(config, ownSecrets);
  if (!database.ok) {
    stateBucket.value.close();
    return database;
  }
  const openConnection = observe(
    createConnectionOpener({
      secrets: inputSecrets,
      allowedHosts: config.allowedHosts,
      userAgent: USER_AGENT,
    }),
  );
  return success({
    config,
    inputSecrets,
    ownSecrets,
    stateBucket: stateBucket.value,
    database: database.value,
    openBucket: (settings) => openAllowed(config, inputSecrets, settings),
    openConnection,
  });
}

/**
 * Opens the database and brings its tables up to date. One that is away keeps no process from starting, as everything
 * else works without it: its tables are then seen to before the first statement.
 */
async function openOwnDatabase(
  { stream: { databaseUrl } }: Config,
  secrets: SecretStore,
): Promise<Outcome<Database | undefined>> {
  if (databaseUrl === undefined) return success(undefined);
  const url = await secrets.resolve(databaseUrl);
  if (!url.ok) return url;
  const database = openDatabase({ url: url.value, applicationName: 'brazier', prepare: migrateDatabase });
  if (!database.ok) return database;
  const prepared = await database.value.prepare();
  if (prepared.ok || prepared.fault.code === 'DATABASE_UNAVAILABLE') return database;
  await database.value.close();
  return prepared;
}

async function openAllowed(
  config: Config,
  secrets: SecretStore,
  settings: BucketSettings,
): Promise<Outcome<Bucket>> {
  const { endpoint } = settings;
  if (endpoint !== undefined && !allowsOrigin(config.allowedS3Endpoints, endpoint)) {
    return fault(
      'HOST_NOT_ALLOWED',
      `${endpoint} is not among BRAZIER_ALLOWED_S3_ENDPOINTS, so it is sent no keys`,
    );
  }
  return openWith(secrets, settings);
}

async function openWith(secrets: SecretStore, settings: BucketSettings): Promise<Outcome<Bucket>> {
  const { accessKeyId, secretAccessKey } = settings;
  if (accessKeyId === undefined || secretAccessKey === undefined) return success(createBucket({ settings }));
  const id = await secrets.resolve(accessKeyId);
  if (!id.ok) return id;
  const secret = await secrets.resolve(secretAccessKey);
  if (!secret.ok) return secret;
  return success(
    createBucket({ settings, credentials: { accessKeyId: id.value, secretAccessKey: secret.value } }),
  );
}
