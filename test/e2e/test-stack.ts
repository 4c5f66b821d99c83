import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type Bucket } from '../../src/adapters/bucket/bucket';
import { createBucket } from '../../src/adapters/bucket/s3-bucket';
import { audienceKey } from '../../src/activities/check-input';
import { BrazierClient } from '../../src/client/brazier-client';
import { type ActivateAudienceInput } from '../../src/contract/activation';
import { type SetupIntegrationInput } from '../../src/contract/integration';
import { audienceWorkflowId, TERMS_VERSION } from '../../src/contract/names';
import { type RunPhase } from '../../src/contract/phases';
import { type RunStatus } from '../../src/contract/run';
import { type DevStack, type DevStackOptions, startDevStack } from '../../src/dev/dev-stack';
import { createTestDatabaseUrl, dropTestDatabase } from '../postgres/database';

/** A whole Brazier on real servers, with what tests do to it. */
export interface TestStack {
  stack: DevStack;
  client: BrazierClient;
  temporal: Client;
  exchange: Bucket;
  /** Where the logs of worker and gateway are. */
  stateDir: string;
  close(): Promise<void>;
}

/** The attribute that activations write to unless they name another. */
export const ATTRIBUTE = 'lexer_audience';

const PROCESS_ENTRY = join(__dirname, '..', '..', 'dist', 'src', 'dev', 'process-main.js');

/** Makes processes of a stack notice in seconds, by the product's rules, that another is dead. */
export const QUICK_TIMES = {
  BRAZIER_WORKFLOW_BUNDLE: process.env['BRAZIER_TEST_QUICK_BUNDLE'] ?? '',
  NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, '..', 'setup', 'hurry.cjs'))}`,
};

/** Starts everything; worker and gateway run as processes of their own, so that they can be killed. */
export async function startTestStack(options: Partial<DevStackOptions> = {}): Promise<TestStack> {
  const ownDir = await mkdtemp(join(tmpdir(), 'brazier-e2e-'));
  const stateDir = options.stateDir ?? ownDir;
  // A state folder of the caller's own is served again by another stack, with the database that belongs to it.
  const ownDatabase = options.stateDir === undefined ? await createTestDatabaseUrl() : undefined;
  const stack = await startDevStack({
    processEntry: PROCESS_ENTRY,
    ...(ownDatabase === undefined ? {} : { databaseUrl: ownDatabase }),
    ...options,
    env: { ...QUICK_TIMES, ...options.env },
    stateDir,
  });
  const connection = await Connection.connect({ address: stack.temporal.address });
  const temporal = new Client({ connection, namespace: stack.temporal.namespace });
  const {
    BRAZIER_DEV_S3_ACCESS_KEY_ID: accessKeyId = '',
    BRAZIER_DEV_S3_SECRET_ACCESS_KEY: secretAccessKey = '',
  } = stack.env;
  const exchange = createBucket({
    settings: { ...stack.integration.exchange, path: '' },
    credentials: { accessKeyId, secretAccessKey },
  });
  return {
    stack,
    temporal,
    exchange,
    stateDir,
    client: new BrazierClient(temporal),
    async close() {
      exchange.close();
      await connection.close();
      await stack.close();
      if (ownDatabase !== undefined) await dropTestDatabase(ownDatabase);
      await rm(ownDir, { recursive: true, force: true });
    },
  };
}

/** Sets an integration up that needs seconds where a real one needs minutes. */
export async function setUp(
  { client, stack }: TestStack,
  name: string,
  braze: Partial<SetupIntegrationInput['braze']> = {},
  exchange: Partial<SetupIntegrationInput['exchange']> = {},
): Promise<void> {
  const result = await client.setup({
    name,
    braze: { ...stack.integration.braze, applyLagSeconds: 1, requestTimeoutSeconds: 5, ...braze },
    exchange: { ...stack.integration.exchange, ...exchange },
  });
  expect(result.steps.filter(({ status }) => status === 'fail')).toEqual([]);
  expect(result.ok).toBe(true);
}

/** An activation of the file under `key`, with nobody to ask. */
export function activation(
  integration: string,
  audience: string,
  key: string,
  more: Partial<ActivateAudienceInput> = {},
): ActivateAudienceInput {
  return {
    integration,
    audience,
    source: { key },
    terms: { acceptedBy: 'Ada', version: TERMS_VERSION },
    confirmation: { kind: 'none' },
    verification: { entering: 50, leaving: 50, deadlineSeconds: 60 },
    ...more,
  };
}

/** `user-<from>` to `user-<to - 1>`. */
export function userIds(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `user-${from + index}`);
}

/** Puts a CSV of identifiers into the exchange bucket. */
export async function putIds({ exchange }: TestStack, key: string, ids: readonly string[]): Promise<void> {
  const put = await exchange.put(key, `external_id\n${ids.join('\n')}\n`);
  expect(put.ok).toBe(true);
}

/** Makes Braze know these people. */
export async function loadProfiles({ stack }: TestStack, ids: readonly string[]): Promise<void> {
  const body = ids.map((id) => `${JSON.stringify({ external_id: id })}\n`).join('');
  const answer = await fetch(`${stack.sandbox.url}/_sandbox/profiles`, { method: 'POST', body });
  expect(answer.status).toBe(200);
}

/** Every profile's external id that holds the value, after everything accepted was applied. */
export async function holdersOf({ stack }: TestStack, attribute: string, value: string): Promise<string[]> {
  await fetch(`${stack.sandbox.url}/_sandbox/flush`, { method: 'POST' });
  const dump = await (await fetch(`${stack.sandbox.url}/_sandbox/profiles`)).text();
  return dump
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { external_id: string; custom_attributes?: Record<string, unknown> })
    .filter(({ custom_attributes: attributes }) => {
      const values = attributes?.[attribute];
      return Array.isArray(values) && values.includes(value);
    })
    .map(({ external_id: id }) => id)
    .sort();
}

/** Every look costs the servers something that the tests beside this one need. */
const LOOK_MS = 100;

/** Waits until a run is in one of the phases. */
export async function awaitPhase(
  { client }: TestStack,
  workflowId: string,
  phases: readonly RunPhase[],
): Promise<RunStatus> {
  for (;;) {
    const status = await client.status(workflowId);
    if (phases.includes(status.phase)) return status;
    if (status.phase === 'ended')
      throw new Error(`the run has ended: ${JSON.stringify(status.error ?? status.outcome)}`);
    await sleep(LOOK_MS);
  }
}

/** Id of the workflow that runs this audience, once it has been started. */
export function childOf(integration: string, audience: string): string {
  return audienceWorkflowId(integration, audienceKey(ATTRIBUTE, audience, 'external_id'));
}

/** Braze takes so long for every answer of `path`, and is quick everywhere else; what it was asked is done at once. */
export function slowBraze({ stack }: TestStack, delayMs: number, path = '/users/track'): void {
  quickBraze({ stack });
  stack.sandbox.workspace.faults.add({ path, match: { every: 1 }, fault: { kind: 'slow', delayMs } });
}

/** Braze answers as quickly as it can again. */
export function quickBraze({ stack }: Pick<TestStack, 'stack'>): void {
  stack.sandbox.workspace.faults.clear();
}

/** How many changes of members Braze has accepted so far; those whose answer it still holds back are among them. */
export function acceptedBy({ stack }: TestStack): number {
  return stack.sandbox.workspace.statistics.objects.attributes;
}

/** Waits until a slice is being sent and Braze has accepted more changes than `before`. */
export async function awaitSending(test: TestStack, workflowId: string, before: number): Promise<void> {
  expect(await awaitActivity(test, workflowId, 'sendSlice')).toBe(true);
  while (acceptedBy(test) === before) await sleep(20);
}

/** `PENDING_ACTIVITY_STATE_STARTED` (https://github.com/temporalio/api, temporal/api/enums/v1/workflow.proto, read 2026-11-21). */
const STARTED = 2;

/** Waits until a worker has an activity of that type under way; false if the workflow ended without that being seen. */
export async function awaitActivity(
  { temporal }: TestStack,
  workflowId: string,
  type: string,
): Promise<boolean> {
  for (;;) {
    const { raw, status } = await temporal.workflow.getHandle(workflowId).describe();
    const pending = raw.pendingActivities ?? [];
    if (pending.some(({ activityType, state }) => activityType?.name === type && Number(state) === STARTED))
      return true;
    if (status.name !== 'RUNNING') return false;
    await sleep(LOOK_MS);
  }
}
