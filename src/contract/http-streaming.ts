import { type ActivateEngagementResult, type ActivationStage } from './engagement';
import {
  type ApiTestStage,
  type ExternalApiVersion,
  type TestExternalApiResult,
  type Verdict,
} from './external-api';
import { type ActivationReference } from './http-api';
import { type RunError } from './run';
import {
  type DeadLetter,
  type DeadLetterCounts,
  type DiscardResult,
  type EndedCall,
  type RedriveResult,
} from './stream';

/** A workflow of the streaming half as the HTTP API shows it. */
export interface WorkflowView<Stage, Result> extends ActivationReference {
  ended: boolean;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string | undefined;
  /** As long as it is under way. */
  stages?: Stage[] | undefined;
  /** Absent if it failed, then `error` says why. */
  result?: Result | undefined;
  error?: RunError | undefined;
}

/** A test of an External API. */
export type ExternalApiTestView = WorkflowView<ApiTestStage, TestExternalApiResult>;

/** An activation of an engagement. */
export type EngagementActivationView = WorkflowView<ActivationStage, ActivateEngagementResult>;

/** One version of an External API with the verdicts on it that count. */
export interface ExternalApiView extends ExternalApiVersion {
  verdicts: Verdict[];
}

/** Which calls that have come to their end are listed. */
export interface CallQuery {
  integration: string;
  engagement?: string | undefined;
  /** Only those of then and later. */
  since?: Date | undefined;
  /** `next` of the page before. */
  after?: string | undefined;
  limit: number;
}

/** A call that has come to its end; whom it was about is told to those who may see people. */
export type ListedCall = Omit<EndedCall, 'profileId'> & { profileId?: string | undefined };

/** Calls in the order in which they ended. */
export interface CallPage {
  calls: ListedCall[];
  /** Where to go on, now or later; absent while there has been none. */
  next?: string | undefined;
}

/** Dead letters, the oldest first. */
export interface DeadLetterPage {
  deadLetters: DeadLetter[];
  /** Absent on the last page. */
  next?: string | undefined;
}

/** What discarding dead letters came to, or would. */
export interface DiscardAnswer {
  discarded: boolean;
  /** Of what was found; absent if it was discarded. */
  found?: Pick<DeadLetterCounts, 'refused' | 'unknown' | 'setAside'> | undefined;
  result?: DiscardResult | undefined;
}

/** What re-driving dead letters came to, or would. */
export interface RedriveAnswer {
  redriven: boolean;
  /** Of what was found; absent if it was re-driven. */
  found?: DeadLetterCounts | undefined;
  result?: RedriveResult | undefined;
}
