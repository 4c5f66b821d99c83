import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { type BeginAnswer, type CommitRequest, type EndRequest } from '../contract/entity';
import { type EmptyRequest } from '../contract/messages';
import { type LedgerReference, type OutcomeCounts, type PlanReference } from '../contract/objects';
import { type RunPhase } from '../contract/phases';
import {
  CHILD_MESSAGES,
  type ChildOrder,
  type RunAudienceInput,
  type RunAudienceResult,
  type RunProgress,
  type SupersededNotice,
} from '../contract/run-audience';
import { quietPeriodMs } from '../contract/timing';
import { describeProgress } from '../domain/describe-run';
import { forecast } from '../domain/forecast';
import { approvalReasons } from '../domain/guards';
import { fieldsProblem } from '../domain/message-rules';
import { data, entity, ledgerWork, sourceLook } from './activity-proxies';
import { endedByCancel, invariantBroken, runErrorOf } from './run-error';
import { sendPlan } from './send-plan';

const progressSignal = defineSignal<[RunProgress]>(CHILD_MESSAGES.progress);
const orderSignal = defineSignal<[ChildOrder]>(CHILD_MESSAGES.order);
const supersededSignal = defineSignal<[SupersededNotice]>(CHILD_MESSAGES.superseded);
const statusQuery = defineQuery<RunProgress, [EmptyRequest?]>(CHILD_MESSAGES.status);

type Begun = Extract<BeginAnswer, { ok: true }>;
type Wholeness = Pick<CommitRequest, 'wholeSource' | 'refusedSource'>;
type Decision = 'approved' | 'rejected' | 'timedOut';

/** Long beyond any approval time-out: the parent keeps that clock, this one only makes sure that waiting ends. */
const ORPHAN_DECISION_TIMEOUT = '400 days';

/**
 * One run of one audience, from taking hold of it to its committed ledger. Its workflow id is the lock. Whatever
 * happens once sending has begun, the ledger is committed with what is known, and what is not known is `unsure`.
 */
export async function runAudience(input: RunAudienceInput): Promise<RunAudienceResult> {
  return new AudienceRun(input).run();
}

class AudienceRun {
  private progress: RunProgress = { phase: 'held' };
  private decision: Decision | undefined;
  private paused = false;
  private sentNothing = true;
  /** True once every slice was sent by its first attempt. */
  private isUndisturbed = false;
  private generation = 0;
  private ledger: LedgerReference | undefined;
  private plan: PlanReference | undefined;
  private outcomes: { add: OutcomeCounts; remove: OutcomeCounts } | undefined;
  private rejectedKeys: string[] = [];
  private sourceDigest: string | undefined;
  private newestFolder: string | undefined;
  /** Digest of the source of which the run before left nothing but refused members. */
  private refusedBefore: string | undefined;
  private reason: RunAudienceResult['reason'];
  private readonly input: RunAudienceInput;

  constructor(input: RunAudienceInput) {
    this.input = input;
    setHandler(orderSignal, (order?: ChildOrder) => this.take(order), {
      description: 'What a person decided; sent by the parent run.',
    });
    setHandler(statusQuery, () => this.progress, { description: 'Phase, plan and slices of this run.' });
  }

  async run(): Promise<RunAudienceResult> {
    const begun = await this.begin();
    if (!begun.ok) {
      return this.result('refused', { code: begun.code, message: begun.message, actor: 'settingsOwner' });
    }
    try {
      return await this.prepareAndSend(begun);
    } catch (error) {
      return await CancellationScope.nonCancellable(() => this.endAfter(error));
    }
  }

  private async begin(): Promise<BeginAnswer> {
    const { activation, valueLimit, parent } = this.input;
    const { audienceKey: key, audience, attribute, source, dryRun, integration } = activation;
    const token = workflowInfo().originalExecutionRunId;
    const { identifier } = source;
    const request = { key, audience, attribute, identifier, valueLimit, token, parent, dryRun };
    const begun = await CancellationScope.nonCancellable(() => entity.beginRun({ integration, request }));
    if (begun.ok) this.generation = begun.generation;
    this.progress = { ...this.progress, generation: this.generation };
    return begun;
  }

  private async prepareAndSend(begun: Begun): Promise<RunAudienceResult> {
    const { activation, settings } = this.input;
    const { ledger, changed } = await this.recover(begun);
    this.ledger = ledger;
    this.refusedBefore = begun.refusedSource;
    if (!changed && (await this.isUnchanged(begun))) return this.endUnchanged(begun);
    const { generation } = this;
    const { newestFolder: notBefore } = begun;
    const { exchange } = settings;
    const snapshot = await data.freezeSource({ activation, exchange, generation, notBefore });
    this.sourceDigest = snapshot.source?.digest;
    if (activation.source.newestUnder !== undefined) this.newestFolder = snapshot.source?.location;
    this.show({ phase: 'frozen', snapshot: snapshot.counts, source: snapshot.source?.location });
    if (snapshot.rejected) this.rejectedKeys.push(snapshot.rejected.key);
    const { objectsPerRequest } = settings.braze;
    this.plan = await data.planRun({ activation, generation, snapshot, ledger, objectsPerRequest });
    const { counts, hash } = this.plan;
    await this.tell({
      phase: 'planned',
      planHash: hash,
      plan: counts,
      forecast: forecast(counts, snapshot.counts.rows, settings.braze),
    });
    if (activation.dryRun) return this.endUnsent('dryRun');
    if (counts.add + counts.remove === 0) {
      return this.endUnsent('nothingToDo', undefined, {
        wholeSource: this.sourceDigest,
        newestFolder: this.newestFolder,
      });
    }
    if (!(await this.approved())) return this.endUnsent('notApproved');
    return this.sendAndCommit(begun);
  }

  /**
   * Folds what earlier runs left open and what verification found. First it waits until no process that Temporal has given
   * up on can still begin a slice or be heard by Braze late: only then is the evidence complete.
   */
  private async recover(begun: Begun): Promise<{ ledger?: LedgerReference | undefined; changed: boolean }> {
    const { integration, audienceKey, dryRun } = this.input.activation;
    const { generation, ledger, open } = begun;
    if (open.length === 0 && !ledger) return { changed: false };
    if (open.length > 0) {
      this.show({ phase: 'recovering' });
      const waitMs = dryRun ? 0 : quietPeriodMs(this.input.settings.braze);
      if (waitMs > 0)
        await sleep(waitMs, { summary: 'until no write of the broken run can arrive any more' });
    }
    const recovered = await ledgerWork.recoverLedger({ integration, audienceKey, generation, ledger, open });
    if (!dryRun) await this.close(open, recovered);
    return { ledger: recovered.ledger, changed: recovered.changed };
  }

  /**
   * Whether the source is the very one that the ledger is a whole picture of. Asked only where nothing has happened since: no
   * run is open, and verification has left nothing to fold in.
   */
  private async isUnchanged({ wholeSource, open, newestFolder }: Begun): Promise<boolean> {
    const { activation, settings } = this.input;
    if (!activation.skipUnchanged || activation.dryRun) return false;
    if (wholeSource === undefined || open.length > 0) return false;
    const look = { activation, exchange: settings.exchange, notBefore: newestFolder };
    const { digest, location } = await sourceLook.lookAtSource(look);
    this.show({ source: location });
    return digest === wholeSource;
  }

  private async endUnchanged({ toldUnchanged }: Begun): Promise<RunAudienceResult> {
    const reason = (this.reason = 'SOURCE_NOT_REFRESHED');
    const ended = await this.endUnsent('nothingToDo', undefined, { reason });
    return { ...ended, alreadyTold: toldUnchanged };
  }

  /** Earlier generations are closed by the ledger that folds them, or, where nobody ever held the value, as they are. */
  private async close(
    open: number[],
    recovered: { ledger?: LedgerReference | undefined; changed: boolean },
  ): Promise<void> {
    if (recovered.ledger) {
      if (recovered.changed || open.length > 0) await this.commit(recovered.ledger, open);
      return;
    }
    const { integration, audienceKey: key } = this.input.activation;
    const at = new Date().toISOString();
    for (const generation of open) {
      await entity.endRun({
        integration,
        request: { key, generation, outcome: 'failed', sentNothing: true, at },
      });
    }
  }

  private async approved(): Promise<boolean> {
    const reasons = this.plan ? approvalReasons(this.plan.counts, this.input.activation.guards) : [];
    if (reasons.length === 0) return true;
    await this.tell({ phase: 'awaitingApproval', approvalReasons: reasons });
    await condition(() => this.decision !== undefined, ORPHAN_DECISION_TIMEOUT);
    return this.decision === 'approved';
  }

  private async sendAndCommit(begun: Begun): Promise<RunAudienceResult> {
    const { plan, input, generation } = this;
    if (!plan) throw invariantBroken('sending without a plan');
    await this.supersede(begun);
    this.sentNothing = false;
    await this.tell({
      phase: 'sending',
      slices: { done: 0, total: plan.sliceCount.add + plan.sliceCount.remove },
    });
    const { stopped, isUndisturbed } = await sendPlan({
      plan,
      generation,
      activation: input.activation,
      settings: input.settings,
      isPaused: () => this.paused,
      onSlice: (done, total) => this.show({ slices: { done, total } }),
    });
    this.isUndisturbed = isUndisturbed;
    await CancellationScope.nonCancellable(() => this.settleAndCommit());
    return stopped ? this.result('failed', stopped) : this.result('done');
  }

  /** Not cancellable: from the first request on, the ledger is owed. */
  private async settleAndCommit(): Promise<void> {
    const { plan, generation, ledger } = this;
    if (!plan) throw invariantBroken('settling without a plan');
    const { integration, audienceKey } = this.input.activation;
    await this.tell({ phase: 'settling' });
    await sleep(this.settleMs(), { summary: 'until Braze has applied the writes' });
    const folded = await ledgerWork.foldLedger({ integration, audienceKey, generation, ledger, plan });
    this.outcomes = folded.outcomes;
    if (folded.rejected) this.rejectedKeys.push(folded.rejected.key);
    const notes = { ...this.wholeness(folded.outcomes), newestFolder: this.newestFolder };
    await this.commit(folded.ledger, [generation], notes);
    this.show({ phase: 'committed' });
  }

  /**
   * What the ledger is a whole picture of. A refusal may have come from a proxy or from a fault of the moment, so the members
   * are tried once more; what is refused by two runs in a row counts as answered.
   */
  private wholeness({ add, remove }: Record<'add' | 'remove', OutcomeCounts>): Wholeness {
    const { sourceDigest, refusedBefore } = this;
    if (add.unknown + add.unsent + remove.unknown + remove.unsent > 0) return {};
    const isFinal = add.rejected + remove.rejected === 0 || refusedBefore === sourceDigest;
    return isFinal ? { wholeSource: sourceDigest } : { refusedSource: sourceDigest };
  }

  /**
   * Requests of the attempts that answered have ended, so the apply lag is enough. An attempt that Temporal has given up on
   * may still have one under way: then the whole quiet period is waited, as after a broken run.
   */
  private settleMs(): number {
    const { braze } = this.input.settings;
    return this.isUndisturbed ? braze.applyLagSeconds * 1_000 : quietPeriodMs(braze);
  }

  private async commit(
    ledger: LedgerReference,
    closes: number[],
    notes: Wholeness & Pick<CommitRequest, 'newestFolder'> = {},
  ): Promise<void> {
    const { integration, audienceKey: key } = this.input.activation;
    const { generation } = this;
    await entity.commitRun({ integration, request: { key, generation, ledger, closes, ...notes } });
  }

  /** A run that still waits for its confirmation must not prove what this one is about to change. */
  private async supersede(begun: Begun): Promise<void> {
    if (!begun.waiting) return;
    const { workflowId, runId } = begun.waiting;
    const notice = { workflowId: this.input.parent.workflowId, generation: this.generation };
    try {
      await getExternalWorkflowHandle(workflowId, runId).signal(supersededSignal, notice);
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.info('the earlier run has ended meanwhile', { workflowId });
    }
  }

  private async endAfter(error: unknown): Promise<RunAudienceResult> {
    const isCancelled = endedByCancel(error);
    const outcome = isCancelled ? 'cancelled' : 'failed';
    const runError = isCancelled ? undefined : runErrorOf(error);
    const lostHold = runError?.code === 'GENERATION_CLOSED';
    if (this.sentNothing) return this.endUnsent(outcome, runError);
    if (!lostHold && this.progress.phase !== 'settling' && this.progress.phase !== 'committed') {
      await this.settleAndCommit();
    }
    return this.result(outcome, runError);
  }

  /** Ends a run that cannot have changed anything in Braze: its generation need not be recovered. */
  private async endUnsent(
    outcome: RunAudienceResult['outcome'],
    error?: RunAudienceResult['error'],
    notes: Pick<EndRequest, 'reason' | 'wholeSource' | 'newestFolder'> = {},
  ): Promise<RunAudienceResult> {
    const { integration, audienceKey: key } = this.input.activation;
    const { generation } = this;
    const request = { key, generation, outcome, sentNothing: true, at: new Date().toISOString(), ...notes };
    await CancellationScope.nonCancellable(() => entity.endRun({ integration, request }));
    return this.result(outcome, error);
  }

  private result(
    outcome: RunAudienceResult['outcome'],
    error?: RunAudienceResult['error'],
  ): RunAudienceResult {
    const { progress, plan, outcomes, rejectedKeys, sentNothing, reason } = this;
    const known = { outcome, progress, error, plan, outcomes, approval: this.decision };
    return { ...known, rejectedKeys, sentNothing, reason };
  }

  private take(order: ChildOrder | undefined): void {
    const problem = fieldsProblem(order, ['order']);
    if (!order || problem) {
      // Anyone can send a signal, an empty one too; it is in the history for good and must not be able to stop the run.
      log.warn(`an order signal was left: ${problem ?? 'empty'}`);
      return;
    }
    if (order.order === 'pause' || order.order === 'resume') {
      this.paused = order.order === 'pause';
      const phase: RunPhase = this.paused ? 'paused' : 'sending';
      if (this.progress.phase === 'sending' || this.progress.phase === 'paused') this.show({ phase });
    } else this.decision ??= order.order;
  }

  private show(change: RunProgress): void {
    this.progress = { ...this.progress, ...change };
    setCurrentDetails(describeProgress(this.input.activation, this.progress));
  }

  /** Shows a change and tells the parent, which people watch. */
  private async tell(change: RunProgress): Promise<void> {
    this.show(change);
    const { workflowId, runId } = this.input.parent;
    try {
      await getExternalWorkflowHandle(workflowId, runId).signal(progressSignal, this.progress);
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('the parent run has ended; this one goes on to its commit', { workflowId });
    }
  }
}
