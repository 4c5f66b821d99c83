import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { Client as DatabaseClient } from 'pg';
import { BrazierClient } from '../../../src/client/brazier-client';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../../src/contract/names';
import { type DevStack, startDevStack } from '../../../src/dev/dev-stack';
import { freePort } from '../../../src/dev/servers/ports';
import { say } from '../million/say';
import { type ServerChild, startServerChild } from '../million/server-child';
import { benchEngagement } from './engagement';

/** The integration that events are posted for, and the name of their source. */
export const INTEGRATION = 'bench';
export const SOURCE = 'load';

/** Everything that a stream runs through, each in a process of its own, and all of it on disk. */
export interface Stage {
  stack: DevStack;
  braze: ServerChild;
  database: DatabaseClient;
  temporal: TemporalClient;
  stateDir: string;
  metricsPort: number;
  /** Sent with each post of events. */
  sourceKey: string;
}

/** The sandbox applies a write this late, and the integration is told a bound above it. */
const SANDBOX_LAG_MS = 200;
const APPLY_LAG_SECONDS = 1;

/** Starts all parts with the engagement active, lets them be used, and ends them. */
export async function withStage<T>(use: (stage: Stage) => Promise<T>): Promise<T> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    const stage = await assemble((end) => closing.unshift(end));
    await activate(stage);
    return await use(stage);
  } finally {
    for (const end of closing) await end();
  }
}

async function assemble(onClose: (end: () => Promise<unknown>) => void): Promise<Stage> {
  const stateDir = await mkdtemp(join(tmpdir(), 'brazier-bench-'));
  onClose(() => rm(stateDir, { recursive: true, force: true }));
  const [key, sourceKey] = [randomBytes(18).toString('hex'), randomBytes(24).toString('hex')];
  const braze = await startServerChild('sandbox-process', {
    key,
    applyLagMs: SANDBOX_LAG_MS,
    recordOrder: true,
  });
  onClose(() => braze.close());
  const metricsPort = await freePort();
  const stack = await startDevStack({
    stateDir,
    durable: true,
    ports: { temporalMetrics: metricsPort },
    env: {
      BRAZIER_DEV_BRAZE_KEY: key,
      BRAZIER_ALLOWED_HOSTS: braze.url,
      BRAZIER_EVENT_SOURCES: `${SOURCE}:${INTEGRATION}=env:BRAZIER_DEV_SOURCE_KEY`,
      BRAZIER_DEV_SOURCE_KEY: sourceKey,
    },
  });
  onClose(() => stack.close());
  const connection = await Connection.connect({ address: stack.temporal.address });
  onClose(() => connection.close());
  const database = new DatabaseClient({ connectionString: stack.postgres?.url });
  await database.connect();
  onClose(() => database.end());
  const temporal = new TemporalClient({ connection, namespace: stack.temporal.namespace });
  return { stack, braze, database, temporal, stateDir, metricsPort, sourceKey };
}

async function activate({ stack, braze, temporal }: Stage): Promise<void> {
  const { ok, steps } = await new BrazierClient(temporal).setup({
    name: INTEGRATION,
    braze: { ...stack.integration.braze, endpoint: braze.url, applyLagSeconds: APPLY_LAG_SECONDS },
    exchange: stack.integration.exchange,
  });
  const failed = steps.filter(({ status }) => status === 'fail').map(({ message }) => message);
  if (!ok) throw new Error(`the integration was not set up: ${failed.join('; ')}`);
  const result = await temporal.workflow.execute<(input: unknown) => Promise<{ summary: string }>>(
    WORKFLOW_TYPES.activateEngagement,
    { taskQueue: TASK_QUEUE, workflowId: 'activate-bench', args: [benchEngagement(INTEGRATION)] },
  );
  say(`stream: ${result.summary}`);
}
