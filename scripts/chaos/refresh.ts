import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type ActivateAudienceInput } from '../../src/contract/activation';
import { TERMS_VERSION } from '../../src/contract/names';
import { type RunPhase } from '../../src/contract/phases';
import { type RunResult, type RunStatus } from '../../src/contract/run';
import { type RunProgress } from '../../src/contract/run-audience';
import { type ChaosAudience } from './audience';
import { childOf } from './blows';
import { type DealtPoint } from './deal';
import { pressLinks } from './links';
import { INTEGRATION, type Stage } from './stage';
import { patiently, quietly } from './temporal-calls';

/** Who starts the runs of a chaos run: by hand here; something else, such as a schedule, could as well. */
export interface RunDriver {
  /** Starts one run and answers its workflow id. */
  start(stage: Stage, input: ActivateAudienceInput): Promise<string>;
}

/** Starts each run itself. */
export const startByHand: RunDriver = {
  async start(stage, input) {
    const workflowId = `chaos/${input.audience}/${crypto.randomUUID()}`;
    // An id that is taken was taken by this very call, of which no answer has come.
    await patiently(stage, () => startOnce(stage, input, workflowId));
    return workflowId;
  },
};

async function startOnce(stage: Stage, input: ActivateAudienceInput, workflowId: string): Promise<void> {
  const described = await stage.temporal.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
  if (!described) await stage.client.activate(input, { workflowId });
}

/** A run and what it was started with. */
export interface StartedRun {
  workflowId: string;
  input: ActivateAudienceInput;
}

/** How one run of a refresh ended. */
export interface Ended {
  how: string;
  /** The source as it was when the run began is in Braze, and nothing is left in doubt. */
  complete: boolean;
}

const LOOK_MS = 300;
const SEEN_BY_CHILD: readonly RunPhase[] = ['held', 'recovering', 'frozen', 'planned', 'sending', 'settling'];

/** The input that makes the run pass the places at which something is to happen. */
export function inputFor(audience: ChaosAudience, points: readonly DealtPoint[]): ActivateAudienceInput {
  const passes = (phase: RunPhase) =>
    points.some(({ place }) => place.kind === 'phase' && place.phase === phase);
  return {
    integration: INTEGRATION,
    audience: audience.name,
    source: { key: audience.sourceKey },
    terms: { acceptedBy: 'Ada', version: TERMS_VERSION },
    confirmation: passes('awaitingConfirmation')
      ? { kind: 'person', recipients: ['marketing@example.com'], timeoutSeconds: 3_600 }
      : { kind: 'none' },
    guards: { maxRemovalShare: passes('awaitingApproval') ? 0.01 : 1 },
    verification: { entering: 30, leaving: 30, deadlineSeconds: 60 },
  };
}

/** Looks after one run until it has ended: tells the phases that are seen, and decides what a person has to. */
export async function attend(
  stage: Stage,
  audience: ChaosAudience,
  { workflowId, input }: StartedRun,
  pressed: Set<string>,
): Promise<Ended> {
  let hasPaused = false;
  const { confirmation, guards } = input;
  const isAsking = confirmation?.kind === 'person' || guards?.maxRemovalShare !== 1;
  for (;;) {
    const handle = stage.temporal.workflow.getHandle(workflowId);
    const description = await quietly(stage, () => handle.describe());
    if (description && description.status.name !== 'RUNNING') return endOf(stage, workflowId);
    // Every question costs a worker something, and there are many audiences.
    const waiting = stage.triggers.phases(audience.name);
    const ofChild = waiting.some((phase) => SEEN_BY_CHILD.includes(phase));
    const [status, progress] = await Promise.all([
      waiting.length > 0 || isAsking || hasPaused
        ? quietly(stage, () => stage.client.status(workflowId))
        : undefined,
      ofChild ? quietly(stage, () => childProgress(stage, audience)) : undefined,
    ]);
    if (progress?.phase && SEEN_BY_CHILD.includes(progress.phase))
      await sight(stage, audience, progress.phase);
    if (status) {
      if (!SEEN_BY_CHILD.includes(status.phase)) await sight(stage, audience, status.phase);
      const pausing = !hasPaused && waiting.includes('paused');
      if (await decide(stage, audience, status, { pausing, pressed })) hasPaused = true;
    }
    await sleep(LOOK_MS);
  }
}

function sight({ triggers }: Stage, audience: ChaosAudience, phase: RunPhase): Promise<void> {
  return triggers.sight(audience.name, { kind: 'phase', phase });
}

function childProgress({ temporal }: Stage, audience: ChaosAudience): Promise<RunProgress> {
  return temporal.workflow.getHandle(childOf(audience.name)).query<RunProgress, [object]>('status', {});
}

/** True if the run was paused. */
async function decide(
  stage: Stage,
  audience: ChaosAudience,
  { workflowId, phase, planHash = '' }: RunStatus,
  { pausing, pressed }: { pausing: boolean; pressed: Set<string> },
): Promise<boolean> {
  const { client } = stage;
  const by = 'Ada';
  if (phase === 'awaitingApproval') await quietly(stage, () => client.approve(workflowId, { planHash, by }));
  if (phase === 'awaitingConfirmation') await pressLinks(stage.stack.mailbox.webUrl, audience.name, pressed);
  if (phase === 'paused') await quietly(stage, () => client.resume(workflowId, { by }));
  if (phase !== 'sending' || !pausing) return false;
  return (await quietly(stage, () => client.pause(workflowId, { by }))) !== undefined;
}

export async function endOf(stage: Stage, workflowId: string): Promise<Ended> {
  try {
    const result = await patiently(stage, () => resultOf(stage, workflowId));
    if (typeof result === 'string' || result === undefined) return { how: result ?? 'lost', complete: false };
    const { outcome, sent } = result;
    const known = (sent?.unknown ?? 0) + (sent?.unsent ?? 0) === 0;
    const brought = outcome === 'done' || outcome === 'nothingToDo' || outcome === 'completedUnverified';
    return { how: known ? outcome : `${outcome}, in doubt`, complete: brought && known };
  } catch (error) {
    return { how: String(error), complete: false };
  }
}

/** The result, or in a word why there is none. */
async function resultOf({ client }: Stage, workflowId: string): Promise<RunResult | string> {
  try {
    return await client.result(workflowId);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    return cause instanceof ApplicationFailure ? (cause.type ?? cause.message) : (cause?.name ?? 'ended');
  }
}
