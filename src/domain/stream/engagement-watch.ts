import { type EngagementState, type NoCallReason, STAGES, type Stage } from './vocabulary';

/** Counts as they are compared; equal to the contract's `EngagementCounts`. */
export interface Counted {
  stages: Record<Stage, number>;
  refused: number;
  unknown: number;
  setAside: number;
  noCall: Partial<Record<NoCallReason, number>>;
}

const MINUTE_MS = 60_000;
/** Nothing happens to a draft by itself. */
const DRAFT_MS = 6 * 60 * MINUTE_MS;

/** While counts change they are looked at so often. */
export const BUSY_LOOK_MS = MINUTE_MS;
/** Without news the pauses double up to this. */
export const QUIET_LOOK_MS = 15 * MINUTE_MS;

/** How long to wait until the next look at an engagement, after one that did or did not find news. */
export function nextLookMs(state: EngagementState | undefined, isNews: boolean, lastPauseMs: number): number {
  if (state === 'draft') return DRAFT_MS;
  if (isNews) return BUSY_LOOK_MS;
  return Math.min(QUIET_LOOK_MS, Math.max(BUSY_LOOK_MS, lastPauseMs * 2));
}

/** Whether anything was counted between two looks; latencies alone are no news. */
export function countsDiffer(before: Counted | undefined, after: Counted | undefined): boolean {
  if (!before || !after) return before !== after;
  if (STAGES.some((stage) => before.stages[stage] !== after.stages[stage])) return true;
  if (before.refused !== after.refused || before.unknown !== after.unknown) return true;
  if (before.setAside !== after.setAside) return true;
  return noCalls(before) !== noCalls(after);
}

function noCalls({ noCall }: Counted): number {
  return Object.values(noCall).reduce((sum, count) => sum + count, 0);
}
