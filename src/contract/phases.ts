export type {
  ChangeOperation,
  IdentifierKind,
  LedgerReference,
  ListAction,
  MemberState,
  ObjectReference,
  OutcomeCounts,
  PlanCounts,
  RecordOutcome,
  RunOutcome,
  RunPhase,
  Guards,
} from '../domain/vocabulary';
