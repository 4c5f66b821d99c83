import {
  type ActivateEngagementInput,
  type ActivateEngagementResult,
  type ActivateRequest,
  type ActivationStage,
  type ChangeRequest,
  type CheckedEngagement,
  type EngagementStatus,
  type SegmentDefinition,
  type UpgradeRequest,
} from '../../contract/engagement';
import { type EngagementKey } from '../../contract/engagement-calls';
import { type EngagementPreview } from '../../contract/engagement-preview';
import { type Outcome } from '../../contract/errors';
import {
  type ApiTestStage,
  type ExternalApiDefinition,
  type ExternalApiSummary,
  type TestExternalApiInput,
  type TestExternalApiResult,
  type Verdict,
} from '../../contract/external-api';
import { type ActivationReference, type StartedActivation } from '../../contract/http-api';
import {
  type CallPage,
  type CallQuery,
  type DeadLetterPage,
  type DiscardAnswer,
  type ExternalApiView,
  type RedriveAnswer,
  type WorkflowView,
} from '../../contract/http-streaming';
import { type SegmentPreview, type SegmentVersion } from '../../contract/segment';
import { type DeadLetterFilter } from '../../contract/stream';
import { type Identifiers } from '../../domain/stream/vocabulary';

/** A start of a workflow, by whom, and under which key if the caller gave one. */
export interface WorkflowStart<Input> {
  /** As it was sent: what makes a repeated request the same. */
  request: unknown;
  input: Input;
  caller: string;
  idempotencyKey: string | undefined;
}

/** Workflows of one type as the HTTP API sees them; it reaches none of another. */
export interface WorkflowRuns<Input, Stage, Result> {
  start(request: WorkflowStart<Input>): Promise<Outcome<StartedActivation>>;
  view(workflowId: string): Promise<Outcome<WorkflowView<Stage, Result>>>;
  cancel(workflowId: string): Promise<Outcome<ActivationReference>>;
}

/** External APIs, as they are saved and tested. */
export interface ExternalApiBook {
  list(): Promise<Outcome<ExternalApiSummary[]>>;
  /** The latest without a version. */
  show(name: string, version: number | undefined): Promise<Outcome<ExternalApiView>>;
  save(definition: ExternalApiDefinition, by: string): Promise<Outcome<ExternalApiView>>;
  verdicts(name: string): Promise<Outcome<Verdict[]>>;
}

/** Segments, as they are saved. */
export interface SegmentBook {
  list(integration: string): Promise<Outcome<SegmentVersion[]>>;
  show(integration: string, name: string, version: number | undefined): Promise<Outcome<SegmentVersion>>;
  save(segment: SegmentDefinition, by: string): Promise<Outcome<SegmentVersion>>;
  /** Looks at everybody of the integration. */
  preview(segment: Pick<SegmentDefinition, 'integration' | 'condition'>): Promise<Outcome<SegmentPreview>>;
}

/** The changes of an engagement that is there, each with what it takes. */
export interface EngagementRequests {
  activate: ActivateRequest;
  pause: ChangeRequest;
  resume: ChangeRequest;
  stop: ChangeRequest;
  upgrade: UpgradeRequest;
}

/** An engagement tried on a person: never by way of Temporal, which would keep it. */
export interface PreviewCall {
  engagement: EngagementKey | CheckedEngagement;
  person: Identifiers;
  /** The person's last event of a name, or one that has not happened. */
  event: { last: string } | { posted: unknown } | undefined;
}

/** Engagements, as they are kept and changed. */
export interface EngagementBook {
  list(integration: string): Promise<Outcome<EngagementStatus[]>>;
  show(key: EngagementKey): Promise<Outcome<EngagementStatus>>;
  change<Change extends keyof EngagementRequests>(
    key: EngagementKey,
    change: Change,
    request: EngagementRequests[Change],
  ): Promise<Outcome<EngagementStatus>>;
  preview(call: PreviewCall): Promise<Outcome<EngagementPreview>>;
}

/** Calls that have come to their end, and what waits for a person. */
export interface CallBook {
  ended(query: CallQuery): Promise<Outcome<CallPage>>;
  deadLetters(
    filter: DeadLetterFilter,
    page: { after: string | undefined; limit: number },
  ): Promise<Outcome<DeadLetterPage>>;
  /** Sends them again. Without anybody who decides they are only counted. */
  redrive(filter: DeadLetterFilter, by: string | undefined): Promise<Outcome<RedriveAnswer>>;
  /** Gives them up. Without anybody who decides they are only counted. */
  discard(filter: DeadLetterFilter, by: string | undefined): Promise<Outcome<DiscardAnswer>>;
}

/** The streaming half as the HTTP API sees it. */
export interface StreamServices {
  /** Whether there is such an integration. */
  knowsIntegration: (integration: string) => Promise<Outcome<boolean>>;
  externalApis: ExternalApiBook;
  tests: WorkflowRuns<TestExternalApiInput, ApiTestStage, TestExternalApiResult>;
  segments: SegmentBook;
  engagements: EngagementBook;
  engagementActivations: WorkflowRuns<ActivateEngagementInput, ActivationStage, ActivateEngagementResult>;
  calls: CallBook;
}
