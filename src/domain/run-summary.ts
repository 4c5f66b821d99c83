import { number } from './describe-run';
import { type OutcomeCounts, type PlanCounts, type RunOutcome } from './vocabulary';

/** What the last sentence about a run is made of. */
export interface SummaryFacts {
  outcome: RunOutcome;
  audience: string;
  attribute: string;
  plan?: PlanCounts | undefined;
  sent?: OutcomeCounts | undefined;
  verification?:
    | {
        checked: number;
        matching: number;
        notInBraze?: number | undefined;
        skipped?: string | undefined;
        incomplete?: string | undefined;
      }
    | undefined;
  error?: { message: string } | undefined;
  nothingToDoReason?: string | undefined;
  /** True if no request of the run can have reached Braze. */
  sentNothing: boolean;
}

interface Proof {
  late: number;
  skipped?: string | undefined;
  incomplete?: string | undefined;
}

function isProven({ late, skipped, incomplete }: Proof): boolean {
  return late === 0 && skipped === undefined && incomplete === undefined;
}

/** Of several outcomes of finished data the first of disputed, unconfirmed, completedUnverified, done is the run's. */
export function finishedOutcome(
  answer: 'right' | 'notRight' | 'timedOut' | 'notAsked' | 'superseded',
  verification: Proof,
  superseded: boolean,
): Extract<RunOutcome, 'done' | 'disputed' | 'unconfirmed' | 'completedUnverified' | 'superseded'> {
  switch (answer) {
    case 'superseded':
      return 'superseded';
    case 'notRight':
      return 'disputed';
    case 'timedOut':
      return 'unconfirmed';
    case 'right':
    case 'notAsked':
      if (isProven(verification)) return 'done';
      // What a later run changes can't be proven any more, which is nobody's fault.
      return superseded ? 'superseded' : 'completedUnverified';
  }
}

/** Whether a run did what it was asked and nobody has to look at it. */
export function endedWell(outcome: RunOutcome): boolean {
  return outcome === 'done' || outcome === 'nothingToDo' || outcome === 'dryRun';
}

/** One sentence for people: what was done and what was seen. */
export function summarise(facts: SummaryFacts): string {
  const subject = facts.audience === '' ? 'an activation' : `"${facts.audience}" on ${facts.attribute}`;
  switch (facts.outcome) {
    case 'done':
    case 'unconfirmed':
    case 'disputed':
    case 'completedUnverified':
      return `${subject}: ${movement(facts)}; ${readBack(facts)}.${REMARKS[facts.outcome] ?? ''}`;
    case 'superseded':
      return `${subject}: ${movement(facts)}; a later run began to send before this one was proven; ${readBack(facts)}.`;
    case 'nothingToDo':
      return `${subject}: nobody was moved: ${facts.nothingToDoReason ?? 'nothing to do'}.`;
    case 'dryRun':
      return `${subject}: dry run; ${number(facts.plan?.add ?? 0)} would enter, ${number(facts.plan?.remove ?? 0)} would leave, ${number(facts.plan?.stay ?? 0)} would stay. Nothing was sent.`;
    case 'notApproved':
      return `${subject}: the plan was not approved. Nothing was sent.`;
    case 'cancelled':
      return `${subject}: cancelled. ${whatWasSent(facts)}`;
    case 'refused':
    case 'failed':
      return `${subject}: ${facts.outcome}; ${withoutStop(facts.error?.message ?? 'no reason given')}. ${whatWasSent(facts)}`;
  }
}

const REMARKS: Partial<Record<RunOutcome, string>> = {
  unconfirmed: ' Nobody confirmed in time; the data stands.',
  disputed: ' A person said that it is not right; the data stands, look into it.',
  completedUnverified: ' Not everything was proven by reading back.',
};

function whatWasSent(facts: SummaryFacts): string {
  if (facts.sent) return `Until then: ${movement(facts)}.`;
  if (facts.sentNothing) return 'Nothing was sent.';
  return 'What had been sent is not known here; the next run finds out before it does anything else.';
}

function movement({ plan, sent }: SummaryFacts): string {
  const refused = sent && sent.rejected > 0 ? `, ${number(sent.rejected)} rejected by Braze` : '';
  const open = sent ? sent.unknown + sent.unsent : 0;
  const unsure = open > 0 ? `, ${number(open)} without a known outcome` : '';
  return `${number(plan?.add ?? 0)} to enter, ${number(plan?.remove ?? 0)} to leave, ${number(sent?.accepted ?? 0)} accepted${refused}${unsure}`;
}

function readBack({ verification }: SummaryFacts): string {
  if (!verification || verification.skipped)
    return `nothing read back${verification?.skipped ? ` (${verification.skipped})` : ''}`;
  const missing = verification.notInBraze ? `, ${number(verification.notInBraze)} not in Braze` : '';
  const broken = verification.incomplete ? `; then ${withoutStop(verification.incomplete)}` : '';
  return `${number(verification.checked)} read back, ${number(verification.matching)} match${missing}${broken}`;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
