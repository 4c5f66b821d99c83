import { type Activation } from './activation';
import { type IntegrationSettings } from './integration';
import { type OutcomeCounts, type PlanReference } from './objects';
import { type RunError, type RunStatus } from './run';
import { type NothingToDoCode, type RunOutcome } from './phases';

/** Input of `runAudience`, the child that holds the audience until its ledger is committed. */
export interface RunAudienceInput {
  activation: Activation;
  settings: IntegrationSettings;
  /** Values the attribute can hold. */
  valueLimit: number;
  parent: { workflowId: string; runId: string };
}

/** Signal from child to parent: whatever of the status has changed. */
export type RunProgress = Partial<
  Pick<
    RunStatus,
    | 'phase'
    | 'generation'
    | 'planHash'
    | 'plan'
    | 'snapshot'
    | 'source'
    | 'forecast'
    | 'approvalReasons'
    | 'slices'
  >
>;

/** Signal from parent to child: what a person decided. */
export type ChildOrder = { order: 'approved' | 'rejected' | 'timedOut' } | { order: 'pause' | 'resume' };

/** Signal to a run that still waits: a later run has begun to send. */
export interface SupersededNotice {
  workflowId: string;
  generation: number;
}

/** How the child ended; it ends by result also when it failed, so that nothing it did is lost to the reader. */
export interface RunAudienceResult {
  outcome: Extract<
    RunOutcome,
    'done' | 'nothingToDo' | 'dryRun' | 'notApproved' | 'refused' | 'cancelled' | 'failed'
  >;
  progress: RunProgress;
  error?: RunError | undefined;
  plan?: PlanReference | undefined;
  outcomes?: { add: OutcomeCounts; remove: OutcomeCounts } | undefined;
  approval?: 'approved' | 'rejected' | 'timedOut' | undefined;
  rejectedKeys: string[];
  /** Why there was nothing to do, where it is not the plan that says it. */
  reason?: NothingToDoCode | undefined;
  /** The run before has told the same: nobody has to hear it again. */
  alreadyTold?: boolean | undefined;
  /** True if no request of this run can have reached Braze. */
  sentNothing: boolean;
}

/** Names of the messages between parent and child. */
export const CHILD_MESSAGES = {
  progress: 'progress',
  order: 'order',
  superseded: 'superseded',
  status: 'status',
} as const;
