import { type PlanCounts, type SnapshotCounts, type OutcomeCounts } from './objects';
import { type Actor } from './integration';
import { type ListAction, type NothingToDoCode, type RunOutcome, type RunPhase } from './phases';

/** What the dry run adds to the plan's counts. */
export interface PlanForecast {
  requests: number;
  /** Seconds at the workspace's limit, sending only. */
  seconds: number;
  sendableShare: number;
}

/** How the awaited e-mail step ended. */
export interface ConfirmationResult {
  answer: 'right' | 'notRight' | 'timedOut' | 'notAsked' | 'superseded';
  by?: string | undefined;
  /** ISO 8601. */
  at?: string | undefined;
  via?: 'link' | 'mail' | 'update' | undefined;
}

/** What reading back showed: n of N read back, k match. */
export interface VerificationResult {
  /** Members changed in Braze by this run, hence what the sample stands for. */
  changed: number;
  checked: number;
  matching: number;
  late: number;
  notInBraze: number;
  /** Profiles whose attribute already holds as many values as it can. */
  atCap: number;
  /** Why nothing was read back, where nothing was. */
  skipped?: string | undefined;
  /** Why reading back ended before everything was read; the counts say what was. */
  incomplete?: string | undefined;
}

/** The Braze segment that uses the audience, or how to make it. */
export interface BrazeSegmentAdvice {
  exists: boolean;
  id?: string | undefined;
  name: string;
  /** What to do in Braze's dashboard, step by step. */
  steps: string[];
}

/** A failure as people and machines read it; `code` is public API. */
export interface RunError {
  code: string;
  message: string;
  actor: Actor;
}

/** The state of a run while it is under way; answer of the `status` query. */
export interface RunStatus {
  workflowId: string;
  integration: string;
  audience: string;
  attribute: string;
  listAction: ListAction;
  phase: RunPhase;
  generation?: number | undefined;
  planHash?: string | undefined;
  plan?: PlanCounts | undefined;
  snapshot?: SnapshotCounts | undefined;
  forecast?: PlanForecast | undefined;
  sent?: OutcomeCounts | undefined;
  /** The same by what was done. */
  sentBy?: { add: OutcomeCounts; remove: OutcomeCounts } | undefined;
  slices?: { done: number; total: number } | undefined;
  /** Why the run waits for approval, one sentence a guard. */
  approvalReasons?: string[] | undefined;
  approval?: { decision: 'approved' | 'rejected' | 'timedOut'; by?: string | undefined } | undefined;
  confirmation?: ConfirmationResult | undefined;
  /** What a mail has to contain to confirm this run. */
  runToken?: string | undefined;
  /** Who may confirm this run: those asked by mail, or any allowed sender. */
  confirmationPolicy?:
    { kind: 'none' | 'person' | 'mail'; allowedSenders?: string[] | undefined } | undefined;
  verification?: VerificationResult | undefined;
  /** Where the source lies, with every date filled in and the newest folder named. */
  source?: string | undefined;
  /** The moment that a Temporal Schedule meant this run for, ISO 8601; absent in runs that nobody scheduled. */
  scheduledFor?: string | undefined;
  outcome?: RunOutcome | undefined;
  /** Why there was nothing to do, where it is not the plan that says it. */
  reason?: NothingToDoCode | undefined;
  error?: RunError | undefined;
}

/** Result of an activation. */
export interface RunResult extends RunStatus {
  outcome: RunOutcome;
  /** One sentence for people. */
  summary: string;
  segment?: BrazeSegmentAdvice | undefined;
  /** Keys in the state bucket: report, rejected members. */
  reportKey?: string | undefined;
  rejectedKeys?: string[] | undefined;
}
