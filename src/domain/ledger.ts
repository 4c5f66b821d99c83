import { type ChangeOperation, type MemberState, type RecordOutcome } from './vocabulary';

/** What the ledger says of anybody: a member it does not know is absent. */
export type StateOrAbsent = MemberState | 'absent';

/** A ledger row; `generation` is that of the member's last change. */
export interface LedgerRow {
  state: MemberState;
  generation: number;
}

/** The state of a member after an operation whose outcome is known, or known to be unknown. */
export function nextState(
  previous: StateOrAbsent,
  operation: ChangeOperation,
  outcome: RecordOutcome,
): StateOrAbsent {
  switch (outcome) {
    case 'accepted':
      return operation === 'add' ? 'held' : 'absent';
    case 'rejected':
      // Refusing a new add leaves the doubt of an earlier one.
      return operation === 'add' && previous !== 'unsure' ? 'absent' : previous;
    case 'unknown':
      return 'unsure';
    case 'unsent':
      return previous;
  }
}

/** The ledger row of a member after an operation of `generation`; `undefined` is absent. */
export function nextRow(
  previous: LedgerRow | undefined,
  change: { operation: ChangeOperation; outcome: RecordOutcome; generation: number },
): LedgerRow | undefined {
  const state = nextState(previous?.state ?? 'absent', change.operation, change.outcome);
  if (state === 'absent') return undefined;
  const wrote = change.outcome === 'accepted' || change.outcome === 'unknown';
  return { state, generation: wrote || previous === undefined ? change.generation : previous.generation };
}

/** What verification of `generation` found of a member. */
export interface CorrectionFinding {
  operation: ChangeOperation;
  finding: 'notInBraze' | 'late';
  generation: number;
}

/** The ledger row of a member after a correction; one that a later run has overtaken changes nothing. */
export function correctedRow(
  row: LedgerRow | undefined,
  correction: CorrectionFinding,
): LedgerRow | undefined {
  const { operation, finding, generation } = correction;
  if (operation === 'remove') {
    return finding === 'late' && row === undefined ? { state: 'unsure', generation } : row;
  }
  if (row?.generation !== generation) return row;
  return finding === 'notInBraze' ? undefined : { state: 'unsure', generation };
}
