/** Every name and shape that crosses a boundary: what callers of Brazier in TypeScript work with. */
export {
  audienceScheduleId,
  audienceWorkflowId,
  engagementWorkflowId,
  DATA_TASK_QUEUE,
  DEFAULT_ATTRIBUTE,
  integrationWorkflowId,
  MAX_VALUES_PER_ATTRIBUTE,
  SEND_TASK_QUEUE,
  refreshWorkflowId,
  TASK_QUEUE,
  TERMS_VERSION,
  WATCH_SCHEDULE_ID,
  WORKFLOW_TYPES,
} from './names';
export {
  type ChangeOperation,
  type Guards,
  type IdentifierKind,
  type LedgerReference,
  type ListAction,
  type MemberState,
  type NothingToDoCode,
  type ObjectReference,
  type OutcomeCounts,
  type PlanCounts,
  type RecordOutcome,
  type RunOutcome,
  type RunPhase,
} from './phases';
export {
  type Actor,
  type BrazeSettings,
  type BucketSettings,
  type IntegrationFeatures,
  type IntegrationSettings,
  type SecretReference,
  type SetupIntegrationInput,
  type SetupIntegrationResult,
  type SetupStep,
} from './integration';
export {
  type ActivateAudienceInput,
  type Activation,
  type AudienceSource,
  type ConfirmationPolicy,
  type CsvDialect,
  type SourceCompression,
  type SourceFormat,
  type VerificationPolicy,
} from './activation';
export {
  type Correction,
  type PlanReference,
  type ReceiptBody,
  type SliceReceipt,
  type SliceReference,
  type SnapshotCounts,
  type SnapshotReference,
  type SourceSeen,
  type StartedMarker,
} from './objects';
export {
  type BrazeSegmentAdvice,
  type ConfirmationResult,
  type PlanForecast,
  type RunError,
  type RunResult,
  type RunStatus,
  type VerificationResult,
} from './run';
export {
  type ApprovalDecision,
  type ConfirmationAnswer,
  type EmptyRequest,
  type PauseRequest,
  RUN_MESSAGES,
} from './messages';
export {
  type AudienceState,
  type BeginAnswer,
  type BeginDecision,
  type BeginRequest,
  type CommitRequest,
  type ConfigureRequest,
  type EndRequest,
  type HoldsRequest,
  INTEGRATION_MESSAGES,
  type IntegrationState,
  type RunPointer,
} from './entity';
export {
  CHILD_MESSAGES,
  type ChildOrder,
  type RunAudienceInput,
  type RunAudienceResult,
  type RunProgress,
  type SupersededNotice,
} from './run-audience';
export {
  type AudienceScheduleInput,
  type PlannedRefresh,
  type ScheduledAudience,
  type ScheduleOverlap,
  type ScheduleSettings,
  type ScheduleView,
  type StartedRefresh,
} from './schedule';
export { quietPeriodMs, TIMING } from './timing';
export {
  ERROR_CATALOG,
  type ErrorCode,
  type ErrorEntry,
  EXIT_CODES,
  type Fault,
  fault,
  isErrorCode,
  type Outcome,
  success,
} from './errors';
export {
  type ApiTestStage,
  type CallEndpoint,
  EXTERNAL_API_TEST_MESSAGES,
  type ExternalApiDefinition,
  type ExternalApiSummary,
  type ExternalApiVersion,
  type ParameterDefinition,
  type ParameterType,
  type SeenValue,
  type TestExternalApiInput,
  type TestExternalApiResult,
  type Verdict,
} from './external-api';
export {
  type ActivateEngagementInput,
  type ActivateEngagementResult,
  type ActivateRequest,
  ACTIVATION_MESSAGES,
  type ActivationStage,
  type ChangeRequest,
  type EngagementAction,
  type EngagementChange,
  type EngagementChangeRecord,
  ENGAGEMENT_MESSAGES,
  type EngagementState,
  type EngagementStatus,
  type ParameterSource,
  type SegmentCondition,
  type SegmentDefinition,
  type UpgradeRequest,
} from './engagement';
export { type EngagementKey } from './engagement-calls';
export { type CallPreview, type EngagementPreview } from './engagement-preview';
export { type SegmentPreview, type SegmentVersion } from './segment';
export {
  type DeadLetter,
  type DeadLetterCounts,
  type EndedCall,
  type EngagementCounts,
  type RedriveResult,
} from './stream';
export { type EventInput, type EventRefusal, type EventsAnswer } from './capture';
export {
  type CallPage,
  type DeadLetterPage,
  type DiscardAnswer,
  type EngagementActivationView,
  type ExternalApiTestView,
  type ExternalApiView,
  type ListedCall,
  type RedriveAnswer,
} from './http-streaming';
export {
  type ImportProfilesInput,
  type ImportProfilesResult,
  type ImportProgress,
  type RejectedRows,
} from './profile-import';
