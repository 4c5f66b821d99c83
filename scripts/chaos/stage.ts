import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { audienceKey } from '../../src/activities/check-input';
import { type Bucket } from '../../src/adapters/bucket/bucket';
import { createBucket } from '../../src/adapters/bucket/s3-bucket';
import { BrazierClient } from '../../src/client/brazier-client';
import { DEFAULT_ATTRIBUTE } from '../../src/contract/names';
import { type DevStack, startDevStack } from '../../src/dev/dev-stack';
import { ChaosAudience, everybody, REFUSED_PREFIX } from './audience';
import { Crew, gatewayPost, type KillReport, temporalPost, workerPost } from './crew';
import { People } from './people';
import { Passage } from './passage';
import { SentRecord } from './sent-record';
import { SOURCE_DOOR, watchBraze, watchBucket } from './sights';
import { type Reached, Triggers } from './triggers';

/** The integration of every chaos run. */
export const INTEGRATION = 'chaos';
/** Both workers, by the names of their doors. */
export const WORKERS = ['worker-1', 'worker-2'] as const;

/** Real servers, two workers and a gateway, every way between them watched. */
export interface Stage {
  stack: DevStack;
  crew: Crew;
  connection: Connection;
  temporal: Client;
  client: BrazierClient;
  exchange: Bucket;
  state: Bucket;
  audiences: readonly ChaosAudience[];
  triggers: Triggers;
  record: SentRecord;
  /** Workflow id of each audience's run, and of second starts of it. */
  current: Map<string, string>;
  intruders: Map<string, string[]>;
  people: People;
  scratch: string;
  close(): Promise<void>;
}

/** What a stage is set up with. */
export interface StageOptions {
  seed: number;
  audiences: number;
  strike: (stage: Stage, reached: Reached) => Promise<void>;
  report: KillReport;
  /** Compiled entry of worker and gateway, for callers that do not run compiled themselves. */
  entry?: string | undefined;
  /** Overrides of the processes' environment. */
  env?: Readonly<Record<string, string>>;
}

/** Starts everything, loads the people, sets the integration up. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0)) await end();
  };
  try {
    return await assemble(options, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  options: StageOptions,
  closing: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Stage> {
  const { seed, entry, report } = options;
  const stateDir = await mkdtemp(join(tmpdir(), 'brazier-chaos-'));
  closing.unshift(() => rm(stateDir, { recursive: true, force: true }));
  const audiences = Array.from({ length: options.audiences }, (_, index) => new ChaosAudience(index, seed));
  const byKey = new Map(
    audiences.map(({ name }) => [audienceKey(DEFAULT_ATTRIBUTE, name, 'external_id'), name]),
  );
  const triggers: Triggers = new Triggers((reached) => options.strike(stage, reached));
  const passage = new Passage(watchBucket({ audiences, byKey, triggers }));
  closing.unshift(() => passage.close());
  const sourceUrl = await passage.openDoor(SOURCE_DOOR);
  const stack = await startDevStack({
    stateDir,
    durable: true,
    worker: false,
    gateway: false,
    sandbox: {
      applyLagMs: 300,
      applyJitterMs: 500,
      trackOverlaps: true,
      // Nothing starts the sandbox again, and writing tens of thousands of profiles costs something each time.
      snapshotEveryMs: 3_600_000,
      refuse: [{ externalIdPrefix: REFUSED_PREFIX }],
    },
    env: { ...options.env, BRAZIER_ALLOWED_S3_ENDPOINTS: sourceUrl, BRAZIER_LOG_LEVEL: 'warn' },
  });
  closing.unshift(() => stack.close());
  passage.leadTo(stack.s3.endpoint);
  const crew = new Crew(report);
  closing.unshift(() => crew.close());
  await crew.add(temporalPost(stack, stateDir), stack.temporal);
  const doors = await Promise.all(WORKERS.map((name) => passage.openDoor(name)));
  const workers = WORKERS.map((name, index) =>
    workerPost(stack, stateDir, { name, entry, stateEndpoint: doors[index] ?? '' }),
  );
  await Promise.all([...workers, gatewayPost(stack, stateDir, entry)].map((post) => crew.add(post)));
  const connection = await Connection.connect({ address: stack.temporal.address });
  closing.unshift(() => connection.close());
  const temporal = new Client({ connection, namespace: stack.temporal.namespace });
  const bucket = (name: string) => openBucket(stack, name);
  const record = new SentRecord();
  const stage: Stage = {
    ...{ stack, crew, connection, temporal, audiences, triggers, record, close },
    ...{ current: new Map(), intruders: new Map(), scratch: join(stateDir, 'look') },
    client: new BrazierClient(temporal),
    exchange: bucket(stack.integration.exchange.bucket),
    state: bucket(stack.env['BRAZIER_STATE_BUCKET'] ?? ''),
    people: new People(
      stack.sandbox.url,
      everybody(audiences),
      audiences.map(({ name }) => name),
    ),
  };
  closing.unshift(() => {
    stage.exchange.close();
    stage.state.close();
    return Promise.resolve();
  });
  stack.sandbox.workspace.beforeAnswer = watchBraze({ audiences, byKey, triggers }, record);
  await stage.people.load();
  await setUp(stage, sourceUrl);
  return stage;
}

function openBucket({ env, integration }: DevStack, bucket: string): Bucket {
  const {
    BRAZIER_DEV_S3_ACCESS_KEY_ID: accessKeyId = '',
    BRAZIER_DEV_S3_SECRET_ACCESS_KEY: secretAccessKey = '',
  } = env;
  const settings = { ...integration.exchange, bucket, path: '' };
  return createBucket({ settings, credentials: { accessKeyId, secretAccessKey } });
}

/** Small requests make many of them of few members, and slices of 1,400. */
async function setUp({ client, stack }: Stage, sourceUrl: string): Promise<void> {
  const { braze, exchange } = stack.integration;
  const result = await client.setup({
    name: INTEGRATION,
    braze: { ...braze, objectsPerRequest: 2, connections: 4, applyLagSeconds: 2, requestTimeoutSeconds: 5 },
    exchange: { ...exchange, endpoint: sourceUrl },
  });
  if (result.ok) return;
  throw new Error(`the integration could not be set up: ${JSON.stringify(result.steps)}`);
}
