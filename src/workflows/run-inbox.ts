import {
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';
import { type ChildWorkflowHandle } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import {
  RUN_MESSAGES,
  type ApprovalDecision,
  type ConfirmationAnswer,
  type EmptyRequest,
  type PauseRequest,
} from '../contract/messages';
import { type ConfirmationResult, type RunStatus } from '../contract/run';
import {
  CHILD_MESSAGES,
  type ChildOrder,
  type RunProgress,
  type SupersededNotice,
} from '../contract/run-audience';
import { approvalProblem, confirmationProblem, fieldsProblem, pauseProblem } from '../domain/message-rules';
import type { runAudience } from './run-audience';

const approve = defineUpdate<RunStatus, [ApprovalDecision]>(RUN_MESSAGES.approve);
const reject = defineUpdate<RunStatus, [ApprovalDecision]>(RUN_MESSAGES.reject);
const confirm = defineUpdate<ConfirmationResult, [ConfirmationAnswer]>(RUN_MESSAGES.confirm);
const dispute = defineUpdate<ConfirmationResult, [ConfirmationAnswer]>(RUN_MESSAGES.dispute);
const pause = defineUpdate<RunStatus, [PauseRequest]>(RUN_MESSAGES.pause);
const resume = defineUpdate<RunStatus, [PauseRequest]>(RUN_MESSAGES.resume);
const statusQuery = defineQuery<RunStatus, [EmptyRequest?]>(RUN_MESSAGES.status);
const progressSignal = defineSignal<[RunProgress]>(CHILD_MESSAGES.progress);
const supersededSignal = defineSignal<[SupersededNotice]>(CHILD_MESSAGES.superseded);

/** Everything that reaches a run from outside, and the status that people see. */
export class RunInbox {
  status: RunStatus;
  child: ChildWorkflowHandle<typeof runAudience> | undefined;
  confirmation: ConfirmationResult | undefined;
  superseded: SupersededNotice | undefined;
  approvalTimeoutSeconds = 0;
  onChange: (status: RunStatus) => void = () => undefined;
  onApprovalNeeded: (status: RunStatus) => Promise<unknown> = () => Promise.resolve();
  private seekingApproval = false;

  constructor(workflowId: string) {
    this.status = {
      workflowId,
      integration: '',
      audience: '',
      attribute: '',
      listAction: 'maintain',
      phase: 'received',
    };
    this.handleApproval();
    this.handleConfirmation();
    this.handlePause();
    setHandler(statusQuery, () => this.status, {
      description: 'Phase, counts, plan hash, confirmation, verification.',
    });
    setHandler(progressSignal, (progress?: RunProgress) => this.takeProgress(progress), {
      description: 'Progress of the run that holds the audience; sent by it.',
    });
    setHandler(supersededSignal, (notice?: SupersededNotice) => this.takeNotice(notice), {
      description: 'A later run of the audience has begun to send; sent by it.',
    });
  }

  /** Changes the status and shows it. */
  update(change: Partial<RunStatus>): void {
    this.status = { ...this.status, ...change };
    this.onChange(this.status);
  }

  private handleApproval(): void {
    const validator = (decision: ApprovalDecision) => refuse(approvalProblem(this.status, decision));
    setHandler(approve, (decision) => this.decide({ decision: 'approved', by: decision.by }), {
      description:
        'Approve the plan: {"planHash": "…", "by": "your name"}. Only while the run waits for approval.',
      validator,
    });
    setHandler(reject, (decision) => this.decide({ decision: 'rejected', by: decision.by }), {
      description: 'Reject the plan: {"planHash": "…", "by": "your name"}. Nothing is sent.',
      validator,
    });
  }

  private handleConfirmation(): void {
    const validator = (answer: ConfirmationAnswer) => refuse(confirmationProblem(this.status, answer));
    setHandler(confirm, (answer) => this.answer('right', answer), {
      description:
        'Confirm that the audience is right: {"by": "your name"}. A second answer tells who was first.',
      validator,
    });
    setHandler(dispute, (answer) => this.answer('notRight', answer), {
      description: 'Say that the audience is not right: {"by": "your name"}. Nothing is rolled back.',
      validator,
    });
  }

  private handlePause(): void {
    const validator = (request: PauseRequest) => refuse(pauseProblem(this.status, request));
    const describe = (what: string) => `${what} sending: {"by": "your name"}. Slices under way finish first.`;
    setHandler(pause, () => this.order('pause'), { description: describe('Pause'), validator });
    setHandler(resume, () => this.order('resume'), { description: describe('Resume'), validator });
  }

  private decide(approval: NonNullable<RunStatus['approval']>): RunStatus {
    if (!this.status.approval) this.update({ approval });
    return this.status;
  }

  private answer(answer: 'right' | 'notRight', { by, via }: ConfirmationAnswer): ConfirmationResult {
    this.confirmation ??= { answer, by, at: new Date().toISOString(), via: via ?? 'update' };
    return this.confirmation;
  }

  private async order(order: 'pause' | 'resume'): Promise<RunStatus> {
    if (!this.child) throw ApplicationFailure.nonRetryable('the run is not sending', 'INPUT_INVALID');
    await this.child.signal(CHILD_MESSAGES.order, { order } satisfies ChildOrder);
    // The child may have gone on to settle while the signal was on its way.
    if (!pauseProblem(this.status, { by: 'the run itself' })) {
      this.update({ phase: order === 'pause' ? 'paused' : 'sending' });
    }
    return this.status;
  }

  /** Signals can be sent by anyone, empty ones too: what is not of its shape is told and left. */
  private takeNotice(notice: SupersededNotice | undefined): void {
    const problem = fieldsProblem(notice, ['workflowId', 'generation']);
    if (problem) log.warn(`a superseded signal was left: ${problem}`);
    else this.superseded = notice;
  }

  private async takeProgress(progress: RunProgress | undefined): Promise<void> {
    const problem = fieldsProblem(progress, ['phase']);
    if (!progress || problem) {
      log.warn(`a progress signal was left: ${problem ?? 'empty'}`);
      return;
    }
    this.update(progress);
    if (progress.phase !== 'awaitingApproval' || this.seekingApproval) return;
    this.seekingApproval = true;
    try {
      await this.seekApproval();
    } catch (error) {
      // A signal handler that fails ends the whole workflow, before the run has told anybody how it ended.
      if (!isCancellation(error))
        log.warn('the decision could not be passed on: the run that holds the audience has ended');
    }
  }

  private async seekApproval(): Promise<void> {
    const mailed = this.onApprovalNeeded(this.status).catch(() => undefined);
    const settled = () => this.status.approval !== undefined || this.status.phase === 'ended';
    await condition(settled, this.approvalTimeoutSeconds * 1_000, { summary: 'a person’s approval' });
    if (this.status.phase === 'ended') return;
    if (!this.status.approval) this.update({ approval: { decision: 'timedOut' } });
    const decision = this.status.approval?.decision ?? 'timedOut';
    await this.child?.signal(CHILD_MESSAGES.order, { order: decision } satisfies ChildOrder);
    await mailed;
  }
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem, 'INPUT_INVALID');
}
