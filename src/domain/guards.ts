import { number } from './describe-run';
import { type Guards, type PlanCounts } from './vocabulary';

/** Why a plan has to wait for a person, one sentence a guard; empty if it may go ahead. */
export function approvalReasons(plan: PlanCounts, guards: Guards): string[] {
  if (plan.remove === 0) return [];
  const reasons: string[] = [];
  if (plan.source === 0)
    reasons.push(`The source is empty: all ${number(plan.remove)} members would lose the value.`);
  const share = plan.remove / plan.ledger;
  if (share > guards.maxRemovalShare) {
    reasons.push(
      `${number(plan.remove)} of ${number(plan.ledger)} members (${percent(share)}) would lose the value, more than the ${percent(guards.maxRemovalShare)} that may without asking.`,
    );
  }
  return reasons;
}

/** Why a plan moves nobody. */
export function nothingToDoReason(plan: PlanCounts): string {
  if (plan.source === 0 && plan.ledger === 0)
    return 'the source is empty and nobody holds the value through us';
  if (plan.source === 0) return 'the source is empty, which changes nobody under this list action';
  if (plan.stay === plan.source) return 'everybody in the source holds the value already';
  return 'nobody in the source is concerned by this list action';
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}
