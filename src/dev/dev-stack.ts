import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '../sandbox/server';
import { type SandboxOptions } from '../sandbox/settings';
import { type BrazierProcess, startBrazierProcess } from './brazier-process';
import { type Mailbox, startMailbox } from './servers/mailbox';
import { freePort } from './servers/ports';
import { type PostgresServer, startPostgresServer } from './servers/postgres';
import { type S3Server, startS3Server } from './servers/rclone';
import { startTemporalServer, type TemporalServer } from './servers/temporal';
import { keptKeys, type StackKeys } from './stack-keys';

/** What of a stack can be chosen. */
export interface DevStackOptions {
  /** Where everything is kept; kept afterwards. */
  stateDir: string;
  ports?: {
    temporal?: number;
    temporalUi?: number;
    /** The Temporal server's own metrics; off without it. */
    temporalMetrics?: number;
    s3?: number;
    postgres?: number;
    smtp?: number;
    mailbox?: number;
    sandbox?: number;
    gateway?: number;
  };
  worker?: boolean;
  gateway?: boolean;
  /** Keeps Temporal's state on disk: slower, but it survives a restart of the stack. */
  durable?: boolean;
  sandbox?: Partial<SandboxOptions>;
  /** Address of a database to use, where the stack is not to start a server for it. */
  databaseUrl?: string;
  /** Overrides of the processes' environment. */
  env?: Readonly<Record<string, string>>;
  log?: (line: string) => void;
  /** Compiled entry of worker and gateway, for callers that do not run compiled themselves. */
  processEntry?: string;
}

/** Everything that Brazier needs, on this machine: real servers, and a sandbox in Braze's place. */
export interface DevStack {
  temporal: TemporalServer;
  s3: S3Server;
  /** Absent where the stack was given a database's address. */
  postgres: PostgresServer | undefined;
  mailbox: Mailbox;
  sandbox: Sandbox;
  gatewayUrl: string;
  /** Environment of worker, gateway and command line; holds the stack's secrets. */
  env: Readonly<Record<string, string>>;
  /** Settings of an integration on this stack, by references that the environment resolves. */
  integration: DevIntegration;
  worker: BrazierProcess | undefined;
  gateway: BrazierProcess | undefined;
  startWorker(): Promise<BrazierProcess>;
  startGateway(): Promise<BrazierProcess>;
  /** Resolves with the name of the first of its servers that has ended, by itself or by `close`. */
  serverEnded: Promise<string>;
  close(): Promise<void>;
}

/** The parts of `setupIntegration`'s input that the stack decides. */
export interface DevIntegration {
  braze: { endpoint: string; restKey: 'env:BRAZIER_DEV_BRAZE_KEY' };
  exchange: {
    bucket: string;
    region: string;
    endpoint: string;
    accessKeyId: 'env:BRAZIER_DEV_S3_ACCESS_KEY_ID';
    secretAccessKey: 'env:BRAZIER_DEV_S3_SECRET_ACCESS_KEY';
  };
}

/** What the S3 client says about the next Node at each start is for those who build Brazier, not for those who try it. */
export const QUIET = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

const REGION = 'us-east-1';
const S3_KEY_ID = 'brazier-dev';
const EXCHANGE_BUCKET = 'braze-exchange';
const STATE_BUCKET = 'brazier-state';

/** Starts the stack; on a failure whatever has started is ended again. */
export async function startDevStack(options: DevStackOptions): Promise<DevStack> {
  const closing: (() => Promise<void>)[] = [];
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    closing.unshift(() => part.close());
    return part;
  };
  const close = async () => {
    for (const end of closing.splice(0)) await end();
  };
  try {
    return await assemble(options, keep, close);
  } catch (error) {
    await close();
    throw error;
  }
}

type Keep = <T extends { close(): Promise<void> }>(part: T) => T;

async function assemble(options: DevStackOptions, keep: Keep, close: () => Promise<void>): Promise<DevStack> {
  const { stateDir, ports = {}, log = () => undefined, processEntry: entry } = options;
  await mkdir(join(stateDir, 'work'), { recursive: true });
  const keys = await keptKeys(stateDir);
  const [temporal, s3, postgres, mailbox, sandbox] = await Promise.all([
    startTemporalServer({
      port: ports.temporal,
      uiPort: ports.temporalUi,
      metricsPort: ports.temporalMetrics,
      ...(options.durable ? { stateFile: join(stateDir, 'temporal.db') } : {}),
    }).then(keep),
    startS3Server({
      dir: join(stateDir, 's3'),
      port: ports.s3,
      accessKeyId: S3_KEY_ID,
      secretAccessKey: keys.s3,
      buckets: [EXCHANGE_BUCKET, STATE_BUCKET],
    }).then(keep),
    options.databaseUrl === undefined
      ? startPostgresServer({ dir: join(stateDir, 'postgres'), port: ports.postgres }).then(keep)
      : undefined,
    startMailbox({
      dir: join(stateDir, 'mailbox'),
      smtpPort: ports.smtp,
      webPort: ports.mailbox,
    }).then(keep),
    startSandbox({
      keys: [{ key: keys.braze, scopes: 'all' }],
      // The state bucket outlives this process, so the people that its ledgers speak of have to as well.
      statePath: join(stateDir, 'workspace.json'),
      ...(ports.sandbox === undefined ? {} : { port: ports.sandbox }),
      ...options.sandbox,
    }).then(keep),
  ]);
  log(
    `Temporal ${temporal.uiUrl}, S3 ${s3.endpoint}, mailbox ${mailbox.webUrl}, Braze sandbox ${sandbox.url}`,
  );
  const gatewayPort = ports.gateway ?? (await freePort());
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const databaseUrl = options.databaseUrl ?? postgres?.url ?? '';
  const env = {
    ...environment({ temporal, s3, databaseUrl, mailbox, sandbox, gatewayPort, stateDir, keys }),
    ...options.env,
  };
  const start = async (kind: 'worker' | 'gateway') => {
    const logFile = join(stateDir, `${kind}.log`);
    const started = keep(
      await startBrazierProcess({ kind, env, logFile, ...(entry === undefined ? {} : { entry }) }),
    );
    log(`${kind} is ready (process ${started.pid}, log ${logFile})`);
    return started;
  };
  const stack: DevStack = {
    temporal,
    s3,
    postgres,
    mailbox,
    sandbox,
    gatewayUrl,
    env,
    integration: integrationOn(sandbox.url, s3.endpoint),
    worker: undefined,
    gateway: undefined,
    startWorker: async () => (stack.worker = await start('worker')),
    startGateway: async () => (stack.gateway = await start('gateway')),
    serverEnded: Promise.race([
      temporal.ended.then(() => 'Temporal server'),
      s3.ended.then(() => 'S3 server'),
      mailbox.ended.then(() => 'mailbox'),
      ...(postgres === undefined ? [] : [postgres.ended.then(() => 'PostgreSQL server')]),
    ]),
    close,
  };
  await Promise.all([
    options.worker === false ? undefined : stack.startWorker(),
    options.gateway === false ? undefined : stack.startGateway(),
  ]);
  return stack;
}

interface Parts {
  temporal: TemporalServer;
  s3: S3Server;
  databaseUrl: string;
  mailbox: Mailbox;
  sandbox: Sandbox;
  gatewayPort: number;
  stateDir: string;
  keys: StackKeys;
}

function environment(parts: Parts): Record<string, string> {
  const { temporal, s3, databaseUrl, mailbox, sandbox, gatewayPort, stateDir, keys } = parts;
  return {
    ...QUIET,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    BRAZIER_STATE_BUCKET: STATE_BUCKET,
    BRAZIER_STATE_REGION: REGION,
    BRAZIER_STATE_ENDPOINT: s3.endpoint,
    BRAZIER_STATE_ACCESS_KEY_ID: 'env:BRAZIER_DEV_STATE_ACCESS_KEY_ID',
    BRAZIER_STATE_SECRET_ACCESS_KEY: 'env:BRAZIER_DEV_STATE_SECRET_ACCESS_KEY',
    BRAZIER_SMTP_URL: mailbox.smtpUrl,
    BRAZIER_MAIL_FROM: 'brazier@example.com',
    BRAZIER_OPERATORS: 'operators@example.com',
    BRAZIER_GATEWAY_URL: `http://127.0.0.1:${gatewayPort}`,
    BRAZIER_GATEWAY_HOST: '127.0.0.1',
    BRAZIER_GATEWAY_PORT: String(gatewayPort),
    BRAZIER_LINK_SECRET: 'env:BRAZIER_DEV_LINK_SECRET',
    BRAZIER_HOOK_TOKEN: 'env:BRAZIER_DEV_HOOK_TOKEN',
    BRAZIER_API_KEYS: 'dev=env:BRAZIER_DEV_API_KEY',
    BRAZIER_DATABASE_URL: 'env:BRAZIER_DEV_DATABASE_URL',
    BRAZIER_SECRETS:
      'env:BRAZIER_DEV_BRAZE_KEY,env:BRAZIER_DEV_S3_ACCESS_KEY_ID,env:BRAZIER_DEV_S3_SECRET_ACCESS_KEY',
    BRAZIER_ALLOWED_HOSTS: sandbox.url,
    BRAZIER_ALLOWED_S3_ENDPOINTS: s3.endpoint,
    BRAZIER_WORK_DIR: join(stateDir, 'work'),
    BRAZIER_DEV_BRAZE_KEY: keys.braze,
    BRAZIER_DEV_S3_ACCESS_KEY_ID: S3_KEY_ID,
    BRAZIER_DEV_S3_SECRET_ACCESS_KEY: keys.s3,
    BRAZIER_DEV_STATE_ACCESS_KEY_ID: S3_KEY_ID,
    BRAZIER_DEV_STATE_SECRET_ACCESS_KEY: keys.s3,
    BRAZIER_DEV_DATABASE_URL: databaseUrl,
    BRAZIER_DEV_LINK_SECRET: keys.link,
    BRAZIER_DEV_HOOK_TOKEN: keys.hook,
    BRAZIER_DEV_API_KEY: keys.api,
    BRAZIER_DEV_EVENT_KEY: keys.events,
  };
}

function integrationOn(endpoint: string, s3Endpoint: string): DevIntegration {
  return {
    braze: { endpoint, restKey: 'env:BRAZIER_DEV_BRAZE_KEY' },
    exchange: {
      bucket: EXCHANGE_BUCKET,
      region: REGION,
      endpoint: s3Endpoint,
      accessKeyId: 'env:BRAZIER_DEV_S3_ACCESS_KEY_ID',
      secretAccessKey: 'env:BRAZIER_DEV_S3_SECRET_ACCESS_KEY',
    },
  };
}
