import { evaluate } from './evaluate';
import { type Evaluation, type ProfileState, type SegmentCondition } from './vocabulary';

/** So many moments are looked at ahead; a person of more is told not to turn. */
const MOST_MOMENTS = 10_000;

/** Whether a person fits a condition, and when time alone turns that round, if it ever does. */
export function nextTurn(condition: SegmentCondition, state: ProfileState, nowMs: number): Evaluation {
  const { holds, changesAt } = evaluate(condition, state, nowMs);
  let next = changesAt;
  for (let looked = 0; next !== undefined && looked < MOST_MOMENTS; looked += 1) {
    const then = evaluate(condition, state, next);
    if (then.holds !== holds) return { holds, changesAt: next };
    next = then.changesAt;
  }
  return { holds };
}
