import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import {
  ApplicationFailure,
  CancelledFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import { type ActivateAudienceInput, type Activation } from '../contract/activation';
import { audienceWorkflowId } from '../contract/names';
import { type RunError, type RunResult, type RunStatus } from '../contract/run';
import { type RunAudienceInput, type RunAudienceResult } from '../contract/run-audience';
import { describeProgress } from '../domain/describe-run';
import { nothingToDoReason } from '../domain/guards';
import { segmentAdvice } from '../domain/segment-advice';
import { endedWell, finishedOutcome, summarise } from '../domain/run-summary';
import {
  entity,
  input as inputActivities,
  lastWord,
  mail,
  report,
  token,
  workspace,
} from './activity-proxies';
import { awaitConfirmation } from './await-confirmation';
import { invariantBroken, runErrorOf } from './run-error';
import { RunInbox } from './run-inbox';
import { proveRun } from './prove-run';
import { runAudience } from './run-audience';
import { datedActivation, namesIn, scheduledFor } from './scheduled-run';

/**
 * Brings an audience up to date in Braze, has it confirmed, and proves it. Takes one JSON object
 * (`ActivateAudienceInput`). The data is moved by a child whose id is the audience's lock; this workflow is what people
 * see and talk to, under any id.
 */
export async function activateAudience(input: ActivateAudienceInput): Promise<RunResult> {
  const { workflowId, runId } = workflowInfo();
  const inbox = new RunInbox(workflowId);
  const activation = await datedActivation(await checkInput(input, inbox));
  const run = new ActivationRun(activation, inbox, runId);
  const result = await run.run();
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  return endWith(result);
}

/** An input that is refused ends the run at once: by mail too, since nobody may watch. The status says so to whoever asks later. */
async function checkInput(input: ActivateAudienceInput, inbox: RunInbox): Promise<Activation> {
  inbox.update({ scheduledFor: scheduledFor() });
  try {
    return await inputActivities.checkActivation(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const refusal = runErrorOf(error);
    inbox.update({ phase: 'ended', outcome: 'refused', error: refusal });
    const names = namesIn(input, refusal.code);
    const facts = { ...inbox.status, ...names, outcome: 'refused' as const, sentNothing: true };
    const result: RunResult = { ...facts, summary: summarise(facts) };
    const { runId } = workflowInfo();
    await CancellationScope.nonCancellable(() => attempt(() => mail.sendEndMail({ result, runId })));
    throw error;
  }
}

/** A refused or failed run fails the workflow, so that schedules and alerts see it; its result is in the details. */
function endWith(result: RunResult): RunResult {
  if (result.outcome === 'cancelled') throw new CancelledFailure(result.summary, [result]);
  if (result.outcome !== 'refused' && result.outcome !== 'failed') return result;
  throw ApplicationFailure.create({
    type: result.error?.code ?? 'INVARIANT_BROKEN',
    message: result.summary,
    nonRetryable: true,
    details: [result],
  });
}

class ActivationRun {
  private readonly activation: Activation;
  private readonly inbox: RunInbox;
  private readonly runId: string;
  private child: RunAudienceResult | undefined;
  private segment: RunResult['segment'];
  private reportKey: string | undefined;
  private hasBegun = false;

  constructor(activation: Activation, inbox: RunInbox, runId: string) {
    this.activation = activation;
    this.inbox = inbox;
    this.runId = runId;
    const { integration, audience, attribute, listAction } = activation;
    const { kind } = activation.confirmation;
    const allowedSenders =
      activation.confirmation.kind === 'mail' ? activation.confirmation.allowedSenders : undefined;
    inbox.update({
      integration,
      audience,
      attribute,
      listAction,
      confirmationPolicy: { kind, allowedSenders },
    });
    inbox.onChange = (status) => setCurrentDetails(describeProgress(activation, status));
    inbox.onApprovalNeeded = (status) =>
      mail.sendApprovalMail({ status, runId, timeoutSeconds: activation.guards.approvalTimeoutSeconds });
    inbox.approvalTimeoutSeconds = activation.guards.approvalTimeoutSeconds;
  }

  async run(): Promise<RunResult> {
    try {
      const error = await this.moveData();
      if (error) return await this.end('refused', error);
      return await this.concludeData();
    } catch (error) {
      return await CancellationScope.nonCancellable(() =>
        isCancellation(error) ? this.end('cancelled') : this.end(...this.failureOf(error)),
      );
    }
  }

  /** What stops a run before it holds the audience refuses it; later, it has failed. */
  private failureOf(error: unknown): [RunResult['outcome'], RunError] {
    const failure = runErrorOf(error);
    const refused = !this.hasBegun && failure.actor !== 'us' && failure.actor !== 'wait';
    return [refused ? 'refused' : 'failed', failure];
  }

  /** Runs the child that holds the audience; answers why it could not be started, if so. */
  private async moveData(): Promise<RunError | undefined> {
    const { activation, inbox, runId } = this;
    const { integration, audienceKey } = activation;
    const { workflowId } = workflowInfo();
    const { settings } = await entity.loadIntegration({ integration, attribute: activation.attribute });
    const found = await workspace.checkWorkspace({ settings, activation });
    this.segment = segmentAdvice(activation, found.segment);
    inbox.update({ phase: 'checked', runToken: await token.runToken({ workflowId, runId }) });
    const parent = { workflowId, runId };
    inbox.child = await this.takeHold({ activation, settings, valueLimit: found.valueCap, parent });
    if (!inbox.child) return entity.describeHolder({ integration, audienceKey });
    this.hasBegun = true;
    this.child = await inbox.child.result();
    inbox.child = undefined;
    inbox.update({ ...this.child.progress, sent: sum(this.child.outcomes), sentBy: this.child.outcomes });
    return undefined;
  }

  /**
   * Starts the child that holds the audience; `undefined` if another run does. Nobody repeats a refresh that a Schedule has
   * started, so that one waits for a while: the holder may be what a terminated run has left, which settles and lets go.
   */
  private async takeHold(run: RunAudienceInput): Promise<RunInbox['child']> {
    const { activation, inbox } = this;
    const patienceMs = scheduledFor() === undefined ? 0 : HOLD_PATIENCE_MS;
    for (let waitedMs = 0; ; waitedMs += HOLD_PAUSE_MS) {
      try {
        return await startChild(runAudience, {
          workflowId: audienceWorkflowId(activation.integration, activation.audienceKey),
          args: [run],
          parentClosePolicy: 'REQUEST_CANCEL',
          cancellationType: 'WAIT_CANCELLATION_COMPLETED',
          staticSummary: `${activation.audience} → ${activation.attribute}`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        if (waitedMs >= patienceMs) return undefined;
      }
      setCurrentDetails(`${describeProgress(activation, inbox.status)}\n\n${WAITING_FOR_HOLD}`);
      await sleep(HOLD_PAUSE_MS, { summary: 'until the audience is free' });
    }
  }

  private async concludeData(): Promise<RunResult> {
    const { child, inbox, activation } = this;
    if (!child) throw invariantBroken('concluding without a child');
    if (child.outcome !== 'done') return this.end(child.outcome, child.error ?? approvalError(child));
    inbox.update({ phase: 'released' });
    const confirmation = await awaitConfirmation(activation, inbox, this.runId);
    inbox.update({ confirmation });
    const verification = await proveRun(activation, child, inbox);
    // An answer that came while profiles were read back counts as well: it was taken.
    const given = inbox.confirmation ?? confirmation;
    inbox.update({ confirmation: given, verification });
    const outcome = finishedOutcome(given.answer, verification, inbox.superseded !== undefined);
    return this.end(outcome, outcome === 'unconfirmed' ? NOBODY_CONFIRMED : undefined);
  }

  private async end(outcome: RunResult['outcome'], error?: RunError): Promise<RunResult> {
    const { inbox, child } = this;
    inbox.update({ phase: 'ended', outcome, error });
    const { status } = inbox;
    const plan = status.plan;
    const facts = {
      ...status,
      outcome,
      reason: child?.reason,
      nothingToDoReason: child?.reason ? NOT_REFRESHED : plan && nothingToDoReason(plan),
      // Without a result of the child's own: slices are counted from the moment that sending begins.
      sentNothing: child?.sentNothing ?? status.slices === undefined,
    };
    const result: RunResult = {
      ...status,
      outcome,
      reason: child?.reason,
      summary: summarise(facts),
      segment: this.segment,
      rejectedKeys: child?.rejectedKeys ?? [],
    };
    await CancellationScope.nonCancellable(() => this.tellEverybody(result));
    return { ...result, reportKey: this.reportKey };
  }

  /** Report, mail, entity: each is tried with patience, and none can change how the run ended. */
  private async tellEverybody(result: RunResult): Promise<void> {
    const { integration, audienceKey: key, completionMail, dryRun } = this.activation;
    const { generation, outcome } = result;
    if (generation)
      this.reportKey = await attempt(() => report.writeReport({ integration, audienceKey: key, result }));
    // Only the good news can be switched off: the other endings say that somebody should look.
    const isNews = completionMail && !this.child?.alreadyTold;
    if (!dryRun && (isNews || !endedWell(outcome))) {
      await attempt(() =>
        mail.sendEndMail({ result: { ...result, reportKey: this.reportKey }, runId: this.runId }),
      );
    }
    if (generation && this.child && !this.child.sentNothing) {
      const request = { key, generation, outcome, sentNothing: false, at: new Date().toISOString() };
      await attempt(() => lastWord.endRun({ integration, request }));
    }
  }
}

/** A report or a mail that fails for good is in the history; the run's outcome is about the data. */
async function attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (isCancellation(error)) throw error;
    return undefined;
  }
}

/** Longer than the quiet period after a broken run, shorter than what anybody schedules. */
const HOLD_PATIENCE_MS = 15 * 60_000;
const HOLD_PAUSE_MS = 30_000;
const WAITING_FOR_HOLD =
  'Another run holds this audience. This one was scheduled, and tries for 15 minutes to take hold of it.';

const NOT_REFRESHED = 'the source is the one that the last whole run was made from';

const NOBODY_CONFIRMED: RunError = {
  code: 'CONFIRMATION_TIMED_OUT',
  message: 'nobody confirmed in time; the data stands',
  actor: 'person',
};

function approvalError(child: RunAudienceResult): RunError | undefined {
  if (child.outcome !== 'notApproved') return undefined;
  return child.approval === 'rejected'
    ? { code: 'APPROVAL_REJECTED', message: 'a person rejected the plan', actor: 'person' }
    : { code: 'APPROVAL_TIMED_OUT', message: 'nobody approved the plan in time', actor: 'person' };
}

function sum(outcomes: RunAudienceResult['outcomes']): RunStatus['sent'] {
  if (!outcomes) return undefined;
  const { add, remove } = outcomes;
  return {
    accepted: add.accepted + remove.accepted,
    rejected: add.rejected + remove.rejected,
    unknown: add.unknown + remove.unknown,
    unsent: add.unsent + remove.unsent,
  };
}
