import { type OutcomeCounts, type PlanCounts, type RunPhase } from './vocabulary';

/** What can be told of a run while it is under way. */
export interface DescribableProgress {
  phase?: RunPhase;
  generation?: number | undefined;
  planHash?: string | undefined;
  plan?: PlanCounts | undefined;
  source?: string | undefined;
  forecast?: { requests: number; seconds: number } | undefined;
  approvalReasons?: string[] | undefined;
  slices?: { done: number; total: number } | undefined;
  sent?: OutcomeCounts | undefined;
  confirmation?: { answer: string; by?: string | undefined } | undefined;
  verification?: { checked: number; matching: number } | undefined;
}

const PHASE_SENTENCES: Record<RunPhase, string> = {
  received: 'checking the input',
  checked: 'input and workspace are in order',
  held: 'holding the audience',
  recovering: 'finding out what an earlier, broken run has done',
  frozen: 'the source is frozen; planning',
  planned: 'planned',
  awaitingApproval: '**waiting for a person’s approval**',
  sending: 'sending to Braze',
  paused: '**paused by a person**',
  settling: 'waiting until Braze has applied the writes',
  committed: 'the ledger is committed',
  released: 'the data is in Braze; the next run may start',
  awaitingConfirmation: 'waiting for the confirmation',
  verifying: 'reading profiles back',
  ended: 'ended',
};

/** Markdown of a run for Temporal's current details: where it is, what it moves, what it waits for. */
export function describeProgress(
  subject: { audience: string; attribute: string; listAction: string },
  progress: DescribableProgress,
): string {
  const {
    phase,
    plan,
    forecast,
    source,
    slices,
    sent,
    planHash,
    approvalReasons,
    confirmation,
    verification,
  } = progress;
  return [
    `**${subject.audience}** → \`${subject.attribute}\` (${subject.listAction})`,
    '',
    phase && `- ${PHASE_SENTENCES[phase]}`,
    source !== undefined && `- source: ${source}`,
    plan && `- ${number(plan.add)} enter, ${number(plan.remove)} leave, ${number(plan.stay)} stay`,
    forecast &&
      `- ${number(forecast.requests)} requests, at least ${forecast.seconds} s at the workspace’s limit`,
    slices && `- slices sent: ${slices.done} of ${slices.total}`,
    sent &&
      `- accepted ${number(sent.accepted)}, rejected ${number(sent.rejected)}, unknown ${number(sent.unknown + sent.unsent)}`,
    ...(approvalReasons ?? []).map((reason) => `- approval needed: ${reason}`),
    phase === 'awaitingApproval' &&
      planHash &&
      `- Update \`approve\` or \`reject\` with \`{"planHash": "${planHash}", "by": "<your name>"}\``,
    confirmation && `- confirmation: ${confirmation.answer}${confirmation.by ? ` (${confirmation.by})` : ''}`,
    verification && `- ${number(verification.checked)} read back, ${number(verification.matching)} match`,
  ]
    .filter((line): line is string => typeof line === 'string')
    .join('\n');
}

/** 12,345 */
export function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
