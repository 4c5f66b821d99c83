import { type StateOrAbsent } from './ledger';
import { type ListAction, type PlanCounts } from './vocabulary';

/** What a plan does with one member, or why it leaves it alone. */
export type PlannedChange = 'add' | 'remove' | 'stay' | 'notOurs' | 'leaverKept' | 'nothing';

/**
 * The rule of each list action for one member. `unsure` counts as ours: added again while still in the source,
 * removed otherwise. Only what the ledger holds is ever removed.
 */
export function plannedChange(action: ListAction, inSource: boolean, state: StateOrAbsent): PlannedChange {
  if (!inSource && state === 'absent') return 'nothing';
  switch (action) {
    case 'maintain':
      if (!inSource) return 'remove';
      return state === 'held' ? 'stay' : 'add';
    case 'add':
      if (!inSource) return 'leaverKept';
      return state === 'held' ? 'stay' : 'add';
    case 'remove':
      if (!inSource) return 'stay';
      return state === 'absent' ? 'notOurs' : 'remove';
  }
}

/** Members that one slice holds: enough requests to be worth an activity, and at most 400 slices a plan. */
export function membersPerSlice(planMembers: number, objectsPerRequest: number): number {
  return Math.max(700 * objectsPerRequest, Math.ceil(planMembers / 400));
}

/** The totals from which every count of a plan follows. */
export interface PlanTotals {
  source: number;
  ledger: number;
  add: number;
  /** Adds of members that the ledger has as unsure. */
  addUnsure: number;
  remove: number;
  removeUnsure: number;
}

/** Counts of a plan, by arithmetic alone: the members that stay are never listed. */
export function planCounts(action: ListAction, totals: PlanTotals): PlanCounts {
  const { source, ledger, add, addUnsure, remove, removeUnsure } = totals;
  const shared = source - (add - addUnsure);
  return {
    source,
    ledger,
    add,
    remove,
    stay: action === 'remove' ? ledger - remove : source - add,
    notOurs: action === 'remove' ? source - remove : 0,
    leaversKept: action === 'remove' ? 0 : ledger - shared - remove,
    unsureRetried: addUnsure + removeUnsure,
  };
}
