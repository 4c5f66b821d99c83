import {
  CancellationScope,
  defineQuery,
  executeChild,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import {
  type ActivateEngagementInput,
  type ActivateEngagementResult,
  ACTIVATION_MESSAGES,
  type ActivationStage,
  type CheckedEngagement,
  type EngagementAction,
  type EngagementStatus,
} from '../contract/engagement';
import { type SavedAction, type SavedEngagement, type ShardsPassed } from '../contract/engagement-calls';
import { type TestExternalApiInput, type TestExternalApiResult } from '../contract/external-api';
import { type EmptyRequest } from '../contract/messages';
import { WORKFLOW_TYPES } from '../contract/names';
import { failingSentence, testFailedSentence, untestedSentence } from '../domain/stream/api-gate';
import { describeActivation } from '../domain/stream/describe-activation';
import { versionsSentence } from '../domain/stream/describe-engagement';
import { number } from '../domain/describe-run';
import { activation, engagementPlan, input as inputActivities, segmentCount } from './activity-proxies';
import { runErrorOf } from './run-error';
import { tellOperators } from './tell-operators';

const statusQuery = defineQuery<ActivationStage[], [EmptyRequest?]>(ACTIVATION_MESSAGES.status);

type Proof = ActivateEngagementResult['proofs'][number];

/**
 * From one JSON object (`ActivateEngagementInput`) to an engagement that is active for everybody: saves what is new, tests
 * what has no verdict here, activates through the engagement's entity. May run under any id: what must not happen twice is
 * decided by the entity and by PostgreSQL.
 */
export async function activateEngagement(input: ActivateEngagementInput): Promise<ActivateEngagementResult> {
  return new EngagementActivation().run(input);
}

class EngagementActivation {
  private name = '';
  private integration = '';
  private readonly stages: ActivationStage[] = [
    { stage: 'check', state: 'underWay' },
    { stage: 'save', state: 'waiting' },
    { stage: 'test', state: 'waiting' },
    { stage: 'activate', state: 'waiting' },
    { stage: 'everywhere', state: 'waiting' },
  ];

  constructor() {
    setHandler(statusQuery, () => this.stages, { description: 'The stages of this activation.' });
  }

  async run(input: ActivateEngagementInput): Promise<ActivateEngagementResult> {
    try {
      return await this.activate(input);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = runErrorOf(error);
      const { code, message } = failure;
      const at = this.stages.find(({ state }) => state === 'underWay');
      if (at) this.tell(at.stage, 'failed', message);
      const { workflowId, runId } = workflowInfo();
      await tellOperators({
        ...{ what: 'activation', integration: this.integration, name: this.name },
        ...{ error: failure, stage: at?.stage, workflowId, runId },
      });
      throw ApplicationFailure.nonRetryable(message, code, this.stages);
    }
  }

  private async activate(input: ActivateEngagementInput): Promise<ActivateEngagementResult> {
    const checked = await inputActivities.checkEngagement(input);
    this.name = checked.name;
    this.integration = checked.integration;
    this.tell('check', 'done');
    this.tell('save', 'underWay');
    const saved = await engagementPlan.saveEngagement({ engagement: checked });
    const [action, exitAction] = saved.actions;
    if (!action) throw ApplicationFailure.nonRetryable('a draft without an action', 'INVARIANT_BROKEN');
    this.tell('save', 'done', versionsSentence({ segment: saved.segment, action, exitAction }));
    const proofs = await this.prove(checked, saved);
    const status = await this.switchOn(checked, saved);
    const passed = await this.awaitShards(checked, status);
    const counted = await countPeople(checked.integration, saved.segment);
    return resultOf(status, proofs, { ...saved.segment, ...counted }, passed);
  }

  /** Every action's version has to have passed its test here: before, or now. */
  private async prove(checked: CheckedEngagement, saved: SavedEngagement): Promise<Proof[]> {
    this.tell('test', 'underWay');
    const proofs: Proof[] = [];
    for (const action of saved.actions) {
      const { externalApi, version, role } = action;
      const isNew = !proofs.some((proof) => proof.externalApi === externalApi && proof.version === version);
      const asked = role === 'entry' ? checked.action : checked.exitAction;
      if (isNew) proofs.push(await this.proveOne(checked.integration, action, asked));
    }
    const all = proofs.map(
      ({ externalApi, version, tested }) => `${externalApi} v${version} ${TESTED[tested]}`,
    );
    const isAllBefore = proofs.every(({ tested }) => tested === 'before');
    this.tell('test', isAllBefore ? 'skipped' : 'done', all.join(', '));
    return proofs;
  }

  private async proveOne(
    integration: string,
    action: SavedAction,
    asked: EngagementAction | undefined,
  ): Promise<Proof> {
    const { externalApi, version, verdict, proof = 'readBack' } = action;
    if (verdict === 'passed') return { externalApi, version, proof, tested: 'before' };
    const values = asked?.testValues;
    const subject = { integration, externalApi, version };
    if (values === undefined) {
      throw verdict === 'failed'
        ? ApplicationFailure.nonRetryable(failingSentence(subject, action.reason), 'EXTERNAL_API_FAILING')
        : ApplicationFailure.nonRetryable(untestedSentence(subject), 'EXTERNAL_API_UNTESTED');
    }
    this.tell('test', 'underWay', `${externalApi} v${version} is being tested`);
    const acceptAnswerOnly = asked?.acceptAnswerOnly;
    const result = await testInBraze({
      ...subject,
      values,
      ...(acceptAnswerOnly ? { acceptAnswerOnly } : {}),
    });
    if (!result.passed) {
      throw ApplicationFailure.nonRetryable(testFailedSentence(subject, result), 'EXTERNAL_API_FAILING');
    }
    return { externalApi, version, proof: result.verdict?.proof ?? 'readBack', tested: 'now' };
  }

  private async switchOn(checked: CheckedEngagement, saved: SavedEngagement): Promise<EngagementStatus> {
    const { integration, name, activatedBy: by } = checked;
    this.tell('activate', 'underWay');
    const { runId } = workflowInfo();
    const status = await activation.activateEntity({
      ...{ integration, name, by },
      revision: saved.revision,
      token: `activate-${runId}`,
    });
    // Its shards are there since the activation, if this engagement is the stream's first.
    await engagementPlan.ensureStream({ integration });
    this.tell('activate', 'done', `revision ${status.revision}, by ${by}`);
    return status;
  }

  /** The engagement begins for each shard's people when the shard meets the change in its log; a long backlog comes first. */
  private async awaitShards(checked: CheckedEngagement, status: EngagementStatus): Promise<ShardsPassed> {
    const { integration, name } = checked;
    this.tell('everywhere', 'underWay');
    for (let waitedMs = 0, pauseMs = FIRST_PAUSE_MS; ; waitedMs += pauseMs, pauseMs = longer(pauseMs)) {
      const seen: ShardsPassed = await engagementPlan.shardsPassed({
        integration,
        name,
        revision: status.revision,
      });
      const sentence = `${number(seen.passed)} of ${number(seen.shards)} shards`;
      if (seen.passed >= seen.shards) {
        this.tell('everywhere', 'done', sentence);
        return seen;
      }
      if (waitedMs >= PATIENCE_MS) {
        this.tell('everywhere', 'skipped', `${sentence}; ${GOES_ON}`);
        return seen;
      }
      this.tell('everywhere', 'underWay', sentence);
      await sleep(pauseMs, { summary: 'until every shard has met the change' });
    }
  }

  private tell(stage: ActivationStage['stage'], state: ActivationStage['state'], sentence?: string): void {
    const at = this.stages.findIndex((known) => known.stage === stage);
    this.stages[at] = sentence === undefined ? { stage, state } : { stage, state, sentence };
    setCurrentDetails(describeActivation(this.name, this.stages));
  }
}

const TESTED = { now: 'passed its test now', before: 'passed its test before' } as const;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Half an hour: with a longer backlog the rest follows by itself, and nobody has to wait for it. */
const PATIENCE_MS = 30 * 60_000;
const GOES_ON = 'the others have entries to work off first, and follow by themselves';

function longer(pauseMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
}

/** The test's own workflow, so that its request and Braze's answer are seen where tests are. A cancel lets it clean up. */
async function testInBraze(test: TestExternalApiInput): Promise<TestExternalApiResult> {
  const { workflowId } = workflowInfo();
  return CancellationScope.cancellable(() =>
    executeChild<(input: TestExternalApiInput) => Promise<TestExternalApiResult>>(
      WORKFLOW_TYPES.testExternalApi,
      {
        workflowId: `${workflowId}/test/${typeof test.externalApi === 'string' ? test.externalApi : ''}`,
        args: [test],
        parentClosePolicy: 'REQUEST_CANCEL',
        staticSummary: 'test before the engagement is activated',
      },
    ),
  );
}

/** How many people it has; nothing where they can't be counted, since the engagement is active all the same. */
async function countPeople(
  integration: string,
  segment: SavedEngagement['segment'],
): Promise<{ people?: number; inside?: number }> {
  try {
    return await segmentCount.countSegment({ integration, ...segment });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the people of the segment could not be counted', { code: runErrorOf(error).code });
    return {};
  }
}

function inSegment({ inside, people }: ActivateEngagementResult['segment']): string {
  if (inside === undefined || people === undefined)
    return 'How many people are in the segment could not be counted.';
  return `${number(inside)} of ${number(people)} people are in the segment now.`;
}

function resultOf(
  status: EngagementStatus,
  proofs: Proof[],
  segment: ActivateEngagementResult['segment'],
  { shards, passed }: ShardsPassed,
): ActivateEngagementResult {
  const { integration, name, state, action } = status;
  const where = passed >= shards ? 'everywhere' : `for ${passed} of ${shards} shards so far`;
  return {
    integration,
    engagement: name,
    state,
    externalApi: { name: action.externalApi, version: action.version },
    segment,
    proofs,
    summary: `"${name}" is ${state} ${where}: ${versionsSentence(status)}. ${inSegment(segment)}`,
  };
}
