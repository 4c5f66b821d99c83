import { setTimeout as sleep } from 'node:timers/promises';
import { type Client as TemporalClient } from '@temporalio/client';
import { type ActivateEngagementInput, type ActivateEngagementResult } from '../../src/contract/engagement';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/contract/names';
import { type DevStack } from '../../src/dev/dev-stack';
import { number } from '../../src/domain/describe-run';
import { INTEGRATION } from './demo-run';
import { type Narrator } from './narrator';
import { type Purchases } from './purchases';
import { PURCHASE, replay } from './shop';
import { openStreamCounts, type StreamCounts } from './stream-counts';
import { type DemoWorkspace } from './workspace';

/** What the second act comes to in the demo's last line. */
export interface StreamLine {
  events: number;
  /** People whose third purchase was seen. */
  entered: number;
  /** Calls that Braze has accepted. */
  delivered: number;
  /** From the first post until the last value was delivered. */
  seconds: number;
  /** Every profile against the truth; the day of the third purchase has to be right too. */
  truth: { profiles: number; mismatches: number };
}

/** What the second act works with. */
export interface SecondActParts {
  temporal: TemporalClient;
  stack: DevStack;
  purchases: Purchases;
  workspace: DemoWorkspace;
  narrator: Narrator;
}

/** The source that the shop's events come from, and where the gateway finds its key. */
export const SHOP_SOURCE = 'shop';
export const SHOP_KEY_NAME = 'BRAZIER_DEMO_SHOP_KEY';

const ATTRIBUTE = 'third_purchase_on';
const ENGAGEMENT = 'third-purchase';
const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 60_000;

/** The same customers, buying live: whoever buys for the third time has it in Braze a moment later. */
export async function playSecondAct(parts: SecondActParts): Promise<StreamLine> {
  const { stack, purchases, narrator, workspace } = parts;
  await activate(parts);
  const all = await purchases.inOrder();
  narrator.title(`Replaying ${number(all.length)} purchases of eighteen months as a stream of events`);
  const counts = await openStreamCounts(stack.postgres?.url ?? '', INTEGRATION, ENGAGEMENT);
  try {
    const startedAt = performance.now();
    let told = 0;
    const replaying = replay(all, {
      gatewayUrl: stack.gatewayUrl,
      key: stack.env[SHOP_KEY_NAME] ?? '',
      told: (purchasesTold) => (told = purchasesTold),
    });
    const watching = watch(counts, parts, () => told === all.length);
    await Promise.all([replaying, watching]);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { entered, delivered } = await counts.read();
    narrator.step(
      '✓',
      `${number(Math.round(all.length / seconds))} purchases a second, over HTTP, through PostgreSQL, to Braze`,
    );
    const truth = compare(await workspace.values(ATTRIBUTE), await purchases.thirdPurchases(), narrator);
    return { events: all.length, entered, delivered, seconds: Number(seconds.toFixed(1)), truth };
  } finally {
    await counts.close();
  }
}

/** External API, segment and engagement in one JSON object, tested in Braze before anybody is sent. */
async function activate({ temporal, narrator, stack }: SecondActParts): Promise<void> {
  narrator.title('Second act: activating the engagement "third purchase" by one JSON object');
  const workflowId = 'activate-third-purchase';
  narrator.line(`${stack.temporal.uiUrl}/namespaces/${stack.temporal.namespace}/workflows/${workflowId}`);
  const { proofs, summary } = await temporal.workflow.execute<
    (input: ActivateEngagementInput) => Promise<ActivateEngagementResult>
  >(WORKFLOW_TYPES.activateEngagement, { taskQueue: TASK_QUEUE, workflowId, args: [thirdPurchase()] });
  for (const { externalApi, version, proof } of proofs) {
    const how =
      proof === 'readBack' ? 'a test profile was read back from Braze with its value' : 'Braze accepted it';
    narrator.step('✓', `External API "${externalApi}" version ${version} tested: ${how}`);
  }
  narrator.step('✓', summary);
}

function thirdPurchase(): ActivateEngagementInput {
  return {
    integration: INTEGRATION,
    name: ENGAGEMENT,
    goal: 'Greet customers who have come to stay',
    segment: { name: 'third-purchase', condition: { event: PURCHASE, atLeast: 3 } },
    action: {
      externalApi: {
        name: 'loyal-customer',
        description: 'Notes in Braze on which day somebody bought for the third time',
        channel: 'profile',
        endpoint: 'users.track',
        payload: { attributes: [{ external_id: '{{customer}}', [ATTRIBUTE]: '{{day}}' }] },
        parameters: {
          customer: { type: 'string', required: true, perEngagement: false },
          day: { type: 'string', required: true, perEngagement: false },
        },
      },
      parameters: {
        customer: { userField: 'externalId' },
        day: { eventField: 'time', format: { date: 'yyyy-MM-dd' } },
      },
      testValues: { customer: 'demo-tester', day: '2026-01-01' },
    },
    activatedBy: 'Ada, marketing',
  };
}

/** One line that lives, until every purchase has been worked off. */
async function watch(
  counts: StreamCounts,
  { narrator, workspace }: SecondActParts,
  isToldAll: () => boolean,
): Promise<void> {
  let lastNewsAt = performance.now();
  let before = '';
  for (;;) {
    const isLast = isToldAll();
    const { captured, entered, delivered, toDo } = await counts.read();
    const values = await workspace.count(ATTRIBUTE);
    const line = `${number(captured)} captured → ${number(entered)} entered → ${number(delivered)} delivered → ${number(values)} values in Braze`;
    narrator.live(line);
    if (isLast && toDo === 0 && values >= delivered) break;
    if (line !== before) lastNewsAt = performance.now();
    if (performance.now() - lastNewsAt > PATIENCE_MS)
      throw new Error('the stream has stood still for a minute');
    before = line;
    await sleep(LOOK_EVERY_MS);
  }
  narrator.live(undefined);
}

function compare(
  values: ReadonlyMap<string, unknown>,
  truth: ReadonlyMap<string, string>,
  narrator: Narrator,
): StreamLine['truth'] {
  const wrong = [...values].filter(([id, value]) => (value ?? undefined) !== truth.get(id)).length;
  const missing = [...truth.keys()].filter((id) => !values.has(id)).length;
  const mismatches = wrong + missing;
  narrator.title(
    'Comparing every profile with the file: who has bought three times has the day of it, nobody else',
  );
  narrator.step(
    mismatches === 0 ? '✓' : '✗',
    `${number(values.size)} profiles, ${number(truth.size)} third purchases, ${mismatches} mismatches`,
  );
  return { profiles: values.size, mismatches };
}
