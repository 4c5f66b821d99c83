import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { BrazierClient } from '../src/client/brazier-client';
import { QUIET, startDevStack, type DevStack } from '../src/dev/dev-stack';
import { ATTRIBUTE, AUDIENCE, DemoRun, type DemoParts, INTEGRATION, type RunLine } from './demo/demo-run';
import { createNarrator, type Narrator } from './demo/narrator';
import { openPurchases } from './demo/purchases';
import { playSecondAct, SHOP_KEY_NAME, SHOP_SOURCE } from './demo/second-act';
import { openWorkspace, type DemoWorkspace } from './demo/workspace';

const DATA_SET = join(__dirname, '..', '..', 'examples', 'cdnow_transactions.csv.gz');
/** Two days three months apart: more than half of the first day's customers have left by the second. */
const DAYS = ['1998-03-31', '1998-06-30'] as const;

const USAGE = `npm run demo [-- --keep] [-- --json]

  --keep   leave everything running, with one more run whose link waits for you
  --json   tell the story on standard error, and end with one line of JSON on standard output:
           {"runs":[{"asOf","members","added","removed","rejected","confirmed","verified":{"checked","matching"}}],
            "truth":{"profiles","mismatches"},
            "stream":{"events","entered","delivered","seconds","truth":{"profiles","mismatches"}}};
           "rejected" counts ids that Braze refused and rows without an id
`;

/** The main jobs on embedded servers and real data, from an empty workspace to the comparison of every profile. */
async function main(): Promise<number> {
  Object.assign(process.env, QUIET);
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, keep: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const narrator = createNarrator(values.json ? process.stderr : process.stdout);
  const stateDir = await mkdtemp(join(tmpdir(), 'brazier-demo-state-'));
  const purchases = await openPurchases(DATA_SET);
  const pressed = new Set<string>();
  narrator.title(
    'Starting Temporal, PostgreSQL, an S3 server, a mailbox, a Braze sandbox, a worker and a gateway',
  );
  const stack = await startDevStack({
    stateDir,
    // Braze refuses ids that look like dummies; the sandbox is told which ones look so to it.
    sandbox: { applyLagMs: 300, refuse: [{ externalIdPrefix: 'test-' }] },
    env: {
      BRAZIER_EVENT_SOURCES: `${SHOP_SOURCE}:${INTEGRATION}=env:${SHOP_KEY_NAME}`,
      [SHOP_KEY_NAME]: randomBytes(24).toString('hex'),
    },
  });
  try {
    const mismatches = await tell({ stack, purchases, narrator, pressed }, values.json ?? false);
    if (values.keep) await keepRunning(stack, narrator, pressed);
    return mismatches === 0 ? 0 : 1;
  } finally {
    await stack.close();
    await purchases.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}

type Scene = Pick<DemoParts, 'stack' | 'purchases' | 'narrator' | 'pressed'>;

async function tell(scene: Scene, json: boolean): Promise<number> {
  const { stack, purchases, narrator } = scene;
  narrator.line(`Temporal UI  ${stack.temporal.uiUrl}/namespaces/${stack.temporal.namespace}/workflows`);
  narrator.line(`Mailbox      ${stack.mailbox.webUrl}`);
  narrator.line(`Gateway      ${stack.gatewayUrl}`);
  const workspace = openWorkspace(stack.sandbox.url);
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    const temporal = new Client({ connection, namespace: stack.temporal.namespace });
    const client = new BrazierClient(temporal);
    const customers = await purchases.customers();
    narrator.title(`Braze knows ${customers.length.toLocaleString('en')} customers of the CDNOW music store`);
    await workspace.load(customers);
    await setUp(client, stack, narrator);
    const runs: RunLine[] = [];
    for (const asOf of DAYS) {
      runs.push(await new DemoRun({ ...scene, client, workspace }, asOf).run());
    }
    const truth = await compare(workspace, await purchases.truthAsOf(DAYS[1]), narrator);
    const stream = await playSecondAct({ temporal, stack, purchases, workspace, narrator });
    if (json) process.stdout.write(`${JSON.stringify({ runs, truth, stream })}\n`);
    return truth.mismatches + stream.truth.mismatches;
  } finally {
    await connection.close();
  }
}

async function setUp(client: BrazierClient, stack: DevStack, narrator: Narrator): Promise<void> {
  narrator.title(`Setting up the integration "${INTEGRATION}"`);
  const { braze, exchange } = stack.integration;
  const result = await client.setup({ name: INTEGRATION, braze: { ...braze, applyLagSeconds: 2 }, exchange });
  const marks = { pass: '✓', fail: '✗', skipped: '–' };
  for (const { status, step, message } of result.steps) narrator.step(marks[status], `${step}: ${message}`);
  if (!result.ok) throw new Error('the integration could not be set up');
}

/** Every profile against the truth, computed from the raw file by a query of its own. */
async function compare(
  workspace: DemoWorkspace,
  truth: ReadonlySet<string>,
  narrator: Narrator,
): Promise<{ profiles: number; mismatches: number }> {
  const profiles = await workspace.profiles(ATTRIBUTE);
  const wrong = [...profiles].filter(([id, values]) => values.includes(AUDIENCE) !== truth.has(id));
  const missing = [...truth].filter((id) => !profiles.has(id));
  const mismatches = wrong.length + missing.length;
  narrator.title('Comparing every profile in the workspace with the truth');
  narrator.step(
    mismatches === 0 ? '✓' : '✗',
    `${profiles.size.toLocaleString('en')} profiles, ${mismatches} mismatches`,
  );
  return { profiles: profiles.size, mismatches };
}

/** Leaves everything running, with one more run whose link waits for a person. */
async function keepRunning(stack: DevStack, narrator: Narrator, pressed: Set<string>): Promise<void> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = new BrazierClient(new Client({ connection, namespace: stack.temporal.namespace }));
  const link = await DemoRun.startForAPerson(client, stack, pressed);
  narrator.title('Everything keeps running; Ctrl-C ends it');
  narrator.line(`Temporal UI  ${stack.temporal.uiUrl}/namespaces/${stack.temporal.namespace}/workflows`);
  narrator.line(`Mailbox      ${stack.mailbox.webUrl}`);
  narrator.line('One more run waits for you to press its link:');
  narrator.line(link);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await connection.close();
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(70);
  },
);
