import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { createBucket } from '../src/adapters/bucket/s3-bucket';
import { BrazierClient } from '../src/client/brazier-client';
import { Engagements } from '../src/client/engagements';
import { type ActivateAudienceInput } from '../src/contract/activation';
import {
  engagementWorkflowId,
  FORGET_EVENTS_ID,
  integrationWorkflowId,
  shardWorkflowId,
  streamWorkflowId,
  TERMS_VERSION,
  WATCH_SCHEDULE_ID,
  WORKFLOW_TYPES,
  workspaceBudgetWorkflowId,
} from '../src/contract/names';
import { type RunPhase } from '../src/contract/phases';
import { type SetShardsRequest, STREAM_MESSAGES, type StreamLayouts } from '../src/contract/stream';
import { type DevStack, QUIET, startDevStack } from '../src/dev/dev-stack';
import { openWorkspace } from './demo/workspace';
import { anonymous, leaks } from './histories/anonymous';
import { recordedEngagement, recordedTest } from './histories/recorded-engagement';

const FOLDER = join(__dirname, '..', '..', 'test', 'histories');
const INTEGRATION = 'shop';
/** Part of every member's id, so that one that gets into a history is found. */
const MEMBER_MARK = 'member-of-the-recording';

/** Records the histories that `test/replay.test.ts` replays: real runs on embedded servers and tiny data. */
async function main(): Promise<void> {
  Object.assign(process.env, QUIET);
  const stateDir = await mkdtemp(join(tmpdir(), 'brazier-histories-'));
  const stack = await startDevStack({ stateDir, sandbox: { applyLagMs: 100 } });
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    const client = new Client({ connection, namespace: stack.temporal.namespace });
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    await upload(stack);
    await new Recorder(stack, client).recordAll();
  } finally {
    await connection.close();
    await stack.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}

const SOURCES = { 'leads.csv': [0, 20], 'few.csv': [0, 2], 'others.csv': [20, 25] } as const;

async function upload(stack: DevStack): Promise<void> {
  const members = Array.from({ length: 25 }, (_, index) => `${MEMBER_MARK}-${index}`);
  await openWorkspace(stack.sandbox.url).load(members);
  const bucket = createBucket({
    settings: { ...stack.integration.exchange, path: '' },
    credentials: {
      accessKeyId: stack.env['BRAZIER_DEV_S3_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: stack.env['BRAZIER_DEV_S3_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  for (const [key, [first, end]] of Object.entries(SOURCES)) {
    const put = await bucket.put(key, ['external_id', ...members.slice(first, end), ''].join('\n'));
    if (!put.ok) throw new Error(put.fault.message);
  }
  bucket.close();
}

function activation(key: string, change: Partial<ActivateAudienceInput> = {}): ActivateAudienceInput {
  return {
    integration: INTEGRATION,
    audience: 'Leads',
    source: { key },
    terms: { acceptedBy: 'Ada', version: TERMS_VERSION },
    confirmation: { kind: 'none' },
    verification: { deadlineSeconds: 10 },
    ...change,
  };
}

class Recorder {
  private readonly stack: DevStack;
  private readonly client: Client;
  private readonly brazier: BrazierClient;

  constructor(stack: DevStack, client: Client) {
    this.stack = stack;
    this.client = client;
    this.brazier = new BrazierClient(client);
  }

  async recordAll(): Promise<void> {
    await this.setUp();
    await this.activate('done', activation('leads.csv', { confirmation: { kind: 'person' } }), async (id) => {
      await this.reaches(id, 'awaitingConfirmation');
      await this.brazier.confirm(id, { by: 'Grace' });
    });
    await this.activate('dry-run', activation('few.csv', { dryRun: true }));
    await this.activate('approved', activation('few.csv'), async (id) => {
      const { planHash = '' } = await this.reaches(id, 'awaitingApproval');
      await this.brazier.approve(id, { planHash, by: 'Grace' });
    });
    await this.activate('nothing-to-do', activation('few.csv'));
    await this.activate('failed', activation('missing.csv'));
    await this.activate('cancelled', activation('others.csv'), async (id) => {
      await this.reaches(id, 'awaitingApproval');
      await this.brazier.cancel(id);
    });
    await this.importPeople();
    await this.stream();
    await this.trigger(WATCH_SCHEDULE_ID, 'watchSchedules');
    await this.trigger(FORGET_EVENTS_ID, 'forgetEvents');
    await this.record('integration', integrationWorkflowId(INTEGRATION));
    await this.record('workspaceBudget', workspaceBudgetWorkflowId(INTEGRATION));
  }

  private async importPeople(): Promise<void> {
    const run = await this.brazier.importProfiles({
      integration: INTEGRATION,
      source: { key: 'few.csv' },
      identifiers: { externalId: 'external_id' },
      by: 'Ada',
    });
    await run.result();
    await this.record('importProfiles', run.workflowId);
  }

  /** An External API, an engagement that uses it through its life, and the stream below both. */
  private async stream(): Promise<void> {
    const { passed, summary } = await this.brazier.testExternalApi(recordedTest(INTEGRATION));
    if (!passed) throw new Error(`the test of the External API failed: ${summary}`);
    await this.record('testExternalApi', await this.newest(WORKFLOW_TYPES.testExternalApi));
    const engagements = new Engagements(this.client);
    const input = recordedEngagement(INTEGRATION);
    const activation = await engagements.activate(input);
    process.stdout.write(`engagement: ${(await activation.result()).summary}\n`);
    await this.record('activateEngagement', activation.workflowId);
    const key = { integration: INTEGRATION, name: input.name };
    for (const change of ['pause', 'resume', 'stop'] as const)
      await engagements[change](key, { by: 'Grace' });
    await this.record('engagement', engagementWorkflowId(INTEGRATION, input.name));
    const { setShards } = STREAM_MESSAGES;
    const stream = this.client.workflow.getHandle(streamWorkflowId(INTEGRATION));
    const { layout } = await stream.executeUpdate<StreamLayouts, [SetShardsRequest]>(setShards, {
      args: [{ shards: 2 }],
    });
    const drained = shardWorkflowId(INTEGRATION, layout - 1, 0);
    await this.client.workflow.getHandle(drained).result();
    await this.record('streamShard', drained);
    await this.record('stream', streamWorkflowId(INTEGRATION));
  }

  /** One workflow of a Temporal Schedule, now. */
  private async trigger(scheduleId: string, type: 'watchSchedules' | 'forgetEvents'): Promise<void> {
    await this.client.schedule.getHandle(scheduleId).trigger();
    const started = await this.newest(WORKFLOW_TYPES[type]);
    await this.client.workflow.getHandle(started).result();
    await this.record(type, started);
  }

  private async setUp(): Promise<void> {
    const { braze, exchange } = this.stack.integration;
    const result = await this.brazier.setup({
      name: INTEGRATION,
      braze: { ...braze, applyLagSeconds: 1 },
      exchange,
    });
    if (!result.ok) throw new Error(`the set-up failed: ${JSON.stringify(result.steps)}`);
    await this.record('setupIntegration', await this.newest(WORKFLOW_TYPES.setupIntegration));
  }

  /** One activation: its own history and that of the child that held the audience. */
  private async activate(
    name: string,
    input: ActivateAudienceInput,
    meanwhile: (workflowId: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const workflowId = `recorded-${name}`;
    const started = await this.brazier.activate(input, { workflowId });
    await meanwhile(workflowId);
    const ended = await started.result().then(
      ({ outcome }) => outcome,
      () => 'without a result',
    );
    process.stdout.write(`${name}: ${ended}\n`);
    await this.record(`activateAudience.${name}`, workflowId);
    await this.record(`runAudience.${name}`, await this.newest(WORKFLOW_TYPES.runAudience));
  }

  private async reaches(workflowId: string, phase: RunPhase) {
    for (;;) {
      const status = await this.brazier.status(workflowId);
      if (status.phase === phase) return status;
      if (status.phase === 'ended') throw new Error(`${workflowId} ended before it was ${phase}`);
      await delay(100);
    }
  }

  private async newest(type: string): Promise<string> {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      for await (const { workflowId } of this.client.workflow.list({ query: `WorkflowType = '${type}'` })) {
        return workflowId;
      }
      await delay(100);
    }
    throw new Error(`there is no ${type}`);
  }

  private async record(name: string, workflowId: string): Promise<void> {
    const history = await this.client.workflow.getHandle(workflowId).fetchHistory();
    const json = anonymous(JSON.parse(historyToJSON(history)));
    const secrets = Object.entries(this.stack.env).filter(([key]) => /(KEY|SECRET|TOKEN)$/.test(key));
    const values = secrets
      .map(([, value]) => value)
      .filter((value) => !/^(env|file):|^brazier-dev$/.test(value));
    const found = leaks(json, [MEMBER_MARK, `@${hostname()}`, ...values]);
    if (found.length > 0) throw new Error(`${name} holds what must not be kept: ${found.join('; ')}`);
    await writeFile(join(FOLDER, `${name}.json`), `${JSON.stringify(json)}\n`);
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(70);
  },
);
