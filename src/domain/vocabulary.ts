/** What a person wants to happen to the attribute's value, compared with the last committed ledger. */
export type ListAction = 'maintain' | 'add' | 'remove';

/** How Braze finds the profile of a member; ids are never case-folded. */
export type IdentifierKind = 'external_id' | 'user_alias' | 'braze_id' | 'email' | 'phone';

/** The two things that can happen to a member in a run. */
export type ChangeOperation = 'add' | 'remove';

/** What the ledger knows of a member it holds: the last accepted change was an add, or a write began and its outcome is not known. */
export type MemberState = 'held' | 'unsure';

/** What became of one member's change; `unsent` was never part of a request that may have reached Braze. */
export type RecordOutcome = 'accepted' | 'rejected' | 'unknown' | 'unsent';

/** Members by what became of their change. */
export type OutcomeCounts = Record<RecordOutcome, number>;

/** How many a plan moves, and why the others stay. */
export interface PlanCounts {
  ledger: number;
  source: number;
  add: number;
  remove: number;
  stay: number;
  /** `remove` action: source members that the ledger does not hold. */
  notOurs: number;
  /**
   * Ledger members that are not in the source and keep the value: under the `add` action, or since the source has the same
   * e-mail address in another spelling.
   */
  leaversKept: number;
  /** Adds and removes that repeat an unsure write of an earlier run. */
  unsureRetried: number;
}

/** When a plan has to wait for a person. */
export interface Guards {
  /** Removals over this share of the ledger's members wait for approval. */
  maxRemovalShare: number;
  /** An approval not given within this time is a no. */
  approvalTimeoutSeconds: number;
}

/** Where a run is. `released` and later belong to the parent workflow: the next run of the audience may start. */
export type RunPhase =
  | 'received'
  | 'checked'
  | 'held'
  | 'recovering'
  | 'frozen'
  | 'planned'
  | 'awaitingApproval'
  | 'sending'
  | 'paused'
  | 'settling'
  | 'committed'
  | 'released'
  | 'awaitingConfirmation'
  | 'verifying'
  | 'ended';

/** How a run ended. Of several that apply to finished data, the first of disputed, unconfirmed, completedUnverified, done counts. */
export type RunOutcome =
  | 'done'
  | 'nothingToDo'
  | 'dryRun'
  | 'refused'
  | 'notApproved'
  | 'unconfirmed'
  | 'disputed'
  | 'completedUnverified'
  | 'superseded'
  | 'cancelled'
  | 'failed';

/** Why a run has nothing to do where its plan does not say it: the source is the one that the last whole run was made from. */
export type NothingToDoCode = 'SOURCE_NOT_REFRESHED';

/** An immutable object in the state bucket, by its full key; readers check size and checksum. */
export interface ObjectReference {
  key: string;
  bytes: number;
  sha256: string;
}

/** Who holds the value through us, at one generation. */
export interface LedgerReference {
  generation: number;
  /** Parquet: `id` text, `state` text (`held` | `unsure`), `generation` bigint (of the member's last change). */
  file: ObjectReference;
  /** JSON manifest with `previous`, counts, and which corrections were folded in. */
  manifest: ObjectReference;
  members: number;
  unsure: number;
}
