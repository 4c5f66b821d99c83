import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { request } from 'undici';
import { createBucket } from '../../../src/adapters/bucket/s3-bucket';
import { BrazierClient } from '../../../src/client/brazier-client';
import { integrationWorkflowId, TERMS_VERSION } from '../../../src/contract/names';
import { type DevStack, startDevStack } from '../../../src/dev/dev-stack';
import { freePort } from '../../../src/dev/servers/ports';
import { perMember } from './members';
import { watchResident } from './resident-memory';
import { type PhaseSeconds, readRunHistory, type RunHistory } from './run-history';
import { rounded, say } from './say';
import { type ServerChild, startServerChild } from './server-child';
import { type ActionCounts, actionsBetween, readActions, totalOf } from './temporal-actions';

/** What one whole run showed. */
interface EndToEndResult {
  members: number;
  /** Over the run's total seconds, the wait for the apply lag included. */
  membersPerSecond: number;
  seconds: PhaseSeconds;
  worker: { peakResidentBytes: number };
  history: { events: number; bytes: number };
  /** Temporal's own count of what it would bill, from the start of the run to its end, the integration's share included. */
  actions: number;
}

const INTEGRATION = 'bench';
const SOURCE_KEY = 'segments/million.csv';
/** The sandbox applies a write this late, and the integration is told a bound above it. */
const SANDBOX_LAG_MS = 200;
const APPLY_LAG_SECONDS = 1;

/** Brings `members` members from a CSV file into a sandbox, through a real Temporal and a real S3 server. */
export async function measureEndToEnd(members: number): Promise<EndToEndResult> {
  const stateDir = await mkdtemp(join(tmpdir(), 'brazier-bench-'));
  const key = randomBytes(18).toString('hex');
  const braze = await startServerChild('sandbox-process', { key, applyLagMs: SANDBOX_LAG_MS });
  try {
    await loadProfiles(braze, members);
    const temporalMetrics = await freePort();
    const stack = await startDevStack({
      stateDir,
      gateway: false,
      ports: { temporalMetrics },
      env: { BRAZIER_DEV_BRAZE_KEY: key, BRAZIER_ALLOWED_HOSTS: braze.url },
    });
    try {
      return await measureOn(stack, { braze, temporalMetrics }, members);
    } finally {
      await stack.close();
    }
  } finally {
    await braze.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function measureOn(
  stack: DevStack,
  { braze, temporalMetrics }: { braze: ServerChild; temporalMetrics: number },
  members: number,
): Promise<EndToEndResult> {
  await putSource(stack, members);
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    const temporal = new Client({ connection, namespace: stack.temporal.namespace });
    const brazier = new BrazierClient(temporal);
    await setUp(brazier, stack, braze.url);
    if (!stack.worker) throw new Error('invariant: the stack has no worker');
    const actionsSoFar = () => readActions(temporalMetrics, stack.temporal.namespace);
    const before = await actionsSoFar();
    const resident = watchResident(stack.worker.pid);
    const run = await activate(brazier, members).finally(() => resident.stop());
    const peakResidentBytes = await resident.stop();
    const actions = actionsBetween(before, await actionsSoFar());
    const history = await readRunHistory(temporal, run.workflowId, run.runId);
    const entity = await temporal.workflow.getHandle(integrationWorkflowId(INTEGRATION)).describe();
    sayHistory(history, entity.historyLength);
    sayActions(actions);
    const { events, bytes, seconds } = history;
    return {
      members,
      membersPerSecond: members / seconds.total,
      seconds,
      worker: { peakResidentBytes },
      history: { events, bytes },
      actions: totalOf(actions),
    };
  } finally {
    await connection.close();
  }
}

async function loadProfiles(braze: ServerChild, members: number): Promise<void> {
  say(`end to end: loading ${members} profiles into the sandbox`);
  const lines = perMember(members, (id) => `{"external_id":"${id}"}\n`);
  const { statusCode, body } = await request(`${braze.url}/_sandbox/profiles`, {
    method: 'POST',
    body: Readable.from(lines),
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const answer = await body.text();
  if (statusCode !== 200) throw new Error(`the sandbox did not take the profiles: ${answer}`);
}

async function putSource({ integration, env }: DevStack, members: number): Promise<void> {
  const { bucket, region, endpoint } = integration.exchange;
  const credentials = {
    accessKeyId: env['BRAZIER_DEV_S3_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['BRAZIER_DEV_S3_SECRET_ACCESS_KEY'] ?? '',
  };
  const exchange = createBucket({ settings: { bucket, region, endpoint, path: '' }, credentials });
  const csv = ['external_id\n', ...perMember(members, (id) => `${id}\n`)].join('');
  const put = await exchange.put(SOURCE_KEY, csv);
  exchange.close();
  if (!put.ok) throw new Error(put.fault.message);
}

async function setUp(brazier: BrazierClient, { integration }: DevStack, endpoint: string): Promise<void> {
  const { ok, steps } = await brazier.setup({
    name: INTEGRATION,
    braze: { ...integration.braze, endpoint, applyLagSeconds: APPLY_LAG_SECONDS },
    exchange: integration.exchange,
  });
  const failed = steps.filter(({ status }) => status === 'fail');
  if (!ok)
    throw new Error(`the integration was not set up: ${failed.map((step) => step.message).join('; ')}`);
}

async function activate(
  brazier: BrazierClient,
  members: number,
): Promise<{ workflowId: string; runId: string }> {
  say('end to end: the run starts');
  const run = await brazier.activate({
    integration: INTEGRATION,
    audience: 'Million',
    source: { key: SOURCE_KEY, expectedRows: members },
    terms: { acceptedBy: 'bench@example.com', version: TERMS_VERSION },
    confirmation: { kind: 'none' },
    completionMail: false,
  });
  const { outcome, summary, sent } = await run.result();
  say(`end to end: ${outcome}: ${summary}`);
  if (outcome !== 'done' || sent?.accepted !== members) throw new Error(`the run ended ${outcome}, not done`);
  return run;
}

function sayHistory({ workflows, seconds }: RunHistory, entityEvents: number): void {
  const phases = Object.entries<number>({ ...seconds }).map(
    ([phase, value]) => `${phase} ${rounded(value)} s`,
  );
  say(`end to end: ${phases.join(', ')}`);
  for (const { workflowId, events, bytes, kinds } of workflows) {
    const most = [...kinds].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
    say(
      `history of ${workflowId.split('/')[0] ?? ''}/…: ${events} events, ${bytes} bytes: ${most.join(', ')}`,
    );
  }
  say(`history of the integration, which lives on and is not counted: ${entityEvents} events`);
}

function sayActions(actions: ActionCounts): void {
  const most = Object.entries(actions).sort(([, a], [, b]) => b - a);
  say(`Temporal actions: ${totalOf(actions)}: ${most.map(([type, count]) => `${count} ${type}`).join(', ')}`);
}
