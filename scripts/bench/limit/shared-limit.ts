import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { request } from 'undici';
import { z } from 'zod';
import { createBucket } from '../../../src/adapters/bucket/s3-bucket';
import { BrazierClient } from '../../../src/client/brazier-client';
import { TERMS_VERSION, workspaceBudgetWorkflowId } from '../../../src/contract/names';
import { type DevStack, startDevStack } from '../../../src/dev/dev-stack';
import { perMember } from '../million/members';
import { readRunHistory } from '../million/run-history';
import { rounded, say } from '../million/say';
import { type ServerChild, startServerChild } from '../million/server-child';

/** How two processes kept to one limit. */
interface SharedLimitResult {
  /** Accepted requests per second while all runs had slices under way. */
  rate: number;
  /** Requests per second that the workspace allows. */
  allowed: number;
  /** 429 among all answers, from 0 to 1. */
  share429: number;
  workers: number;
  runs: number;
}

const ALLOWED_PER_SECOND = 100;
const RUNS = 3;
const WORKERS = 2;
const INTEGRATION = 'bench';
/** Small requests: the limit is on requests, and the machine should not be busy with members. */
const OBJECTS_PER_REQUEST = 10;
const APPLY_LAG_SECONDS = 1;
const MOST_REQUESTS = 200_000;

/** One answer of the workspace. */
interface Answer {
  atMs: number;
  path: string;
  status: number;
}

/** Starts three runs of `members` members each at once and counts what the workspace answered. */
export async function measureLimit(members: number, windowSeconds: number): Promise<SharedLimitResult> {
  const stateDir = await mkdtemp(join(tmpdir(), 'brazier-bench-'));
  const key = randomBytes(18).toString('hex');
  const trackLimit = { requests: ALLOWED_PER_SECOND * windowSeconds, windowMs: 1_000 * windowSeconds };
  const braze = await startServerChild('sandbox-process', {
    key,
    applyLagMs: 50,
    trackLimit,
    rememberRequests: MOST_REQUESTS,
  });
  try {
    const stack = await startDevStack({
      stateDir,
      gateway: false,
      env: { BRAZIER_DEV_BRAZE_KEY: key, BRAZIER_ALLOWED_HOSTS: braze.url },
    });
    try {
      await stack.startWorker();
      return await measureOn(stack, braze, members);
    } finally {
      await stack.close();
    }
  } finally {
    await braze.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function measureOn(stack: DevStack, braze: ServerChild, members: number): Promise<SharedLimitResult> {
  await prepare(stack, braze, members);
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    const temporal = new Client({ connection, namespace: stack.temporal.namespace });
    const brazier = new BrazierClient(temporal);
    await setUp(brazier, stack, braze.url);
    const stretches = await Promise.all(
      Array.from({ length: RUNS }, (_, run) => activate(brazier, temporal, run, members)),
    );
    const answers = await answersOf(braze);
    const { historyLength } = await temporal.workflow
      .getHandle(workspaceBudgetWorkflowId(INTEGRATION))
      .describe();
    say(`limit: the budget's workflow has ${historyLength} events`);
    return count(answers, stretches);
  } finally {
    await connection.close();
  }
}

async function prepare({ integration, env }: DevStack, braze: ServerChild, members: number): Promise<void> {
  say(`limit: loading ${members} profiles`);
  const profiles = [...perMember(members, (id) => `{"external_id":"${id}"}\n`)].join('');
  const loaded = await request(`${braze.url}/_sandbox/profiles`, { method: 'POST', body: profiles });
  if (loaded.statusCode !== 200)
    throw new Error(`the sandbox did not take the profiles: ${await loaded.body.text()}`);
  await loaded.body.dump();
  const { bucket, region, endpoint } = integration.exchange;
  const credentials = {
    accessKeyId: env['BRAZIER_DEV_S3_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['BRAZIER_DEV_S3_SECRET_ACCESS_KEY'] ?? '',
  };
  const exchange = createBucket({ settings: { bucket, region, endpoint, path: '' }, credentials });
  const csv = ['external_id\n', ...perMember(members, (id) => `${id}\n`)].join('');
  const put = await exchange.put('members.csv', csv);
  exchange.close();
  if (!put.ok) throw new Error(put.fault.message);
}

async function setUp(brazier: BrazierClient, { integration }: DevStack, endpoint: string): Promise<void> {
  const { ok, steps } = await brazier.setup({
    name: INTEGRATION,
    braze: {
      ...integration.braze,
      endpoint,
      applyLagSeconds: APPLY_LAG_SECONDS,
      objectsPerRequest: OBJECTS_PER_REQUEST,
      requestsPerSecond: ALLOWED_PER_SECOND,
    },
    exchange: integration.exchange,
  });
  const failed = steps.filter(({ status }) => status === 'fail');
  if (!ok)
    throw new Error(`the integration was not set up: ${failed.map((step) => step.message).join('; ')}`);
}

/** From when to when a run had slices under way. */
interface Stretch {
  fromMs: number;
  toMs: number;
}

async function activate(
  brazier: BrazierClient,
  temporal: Client,
  run: number,
  members: number,
): Promise<Stretch> {
  const started = await brazier.activate({
    integration: INTEGRATION,
    audience: `Bench ${run}`,
    source: { key: 'members.csv', expectedRows: members },
    terms: { acceptedBy: 'bench@example.com', version: TERMS_VERSION },
    confirmation: { kind: 'none' },
    completionMail: false,
  });
  const { outcome, summary, sent } = await started.result();
  say(`limit: run ${run + 1}: ${outcome}: ${summary}`);
  if (outcome !== 'done' || sent?.accepted !== members) throw new Error(`the run ended ${outcome}, not done`);
  const { workflows } = await readRunHistory(temporal, started.workflowId, started.runId);
  const slices = workflows.flatMap(({ activities }) => activities.filter(({ type }) => type === 'sendSlice'));
  return {
    fromMs: Math.min(...slices.map(({ scheduledAtMs }) => scheduledAtMs)),
    toMs: Math.max(...slices.map(({ closedAtMs }) => closedAtMs)),
  };
}

const logSchema = z.object({
  requests: z.array(z.object({ at: z.iso.datetime(), path: z.string(), status: z.number() })),
});

async function answersOf(braze: ServerChild): Promise<Answer[]> {
  const { body } = await request(`${braze.url}/_sandbox/requests?last=${MOST_REQUESTS}`);
  const { requests } = logSchema.parse(await body.json());
  return requests.map(({ at, ...rest }) => ({ atMs: Date.parse(at), ...rest }));
}

function count(answers: readonly Answer[], stretches: readonly Stretch[]): SharedLimitResult {
  const from = Math.ceil(Math.max(...stretches.map(({ fromMs }) => fromMs)) / 1_000) * 1_000;
  const to = Math.floor(Math.min(...stretches.map(({ toMs }) => toMs)) / 1_000) * 1_000;
  const accepted = answers.filter(
    ({ atMs, path, status }) => path === '/users/track' && status === 201 && atMs >= from && atMs < to,
  );
  const seconds = (to - from) / 1_000;
  if (seconds < 10) throw new Error(`all runs sent at once for ${seconds} s only: give them more members`);
  const refused = answers.filter(({ status }) => status === 429).length;
  say(`limit: ${accepted.length} accepted in ${seconds} s; ${refused} of ${answers.length} answers 429`);
  const perSecond = Array.from(
    { length: seconds },
    (_, second) => accepted.filter(({ atMs }) => Math.floor((atMs - from) / 1_000) === second).length,
  );
  say(`limit: by second ${perSecond.join(' ')}`);
  return {
    rate: rounded(accepted.length / seconds, 2),
    allowed: ALLOWED_PER_SECOND,
    share429: rounded(refused / answers.length, 5),
    workers: WORKERS,
    runs: RUNS,
  };
}
