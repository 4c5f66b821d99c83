import { LONGEST_PAUSE_MS } from './rate-signal';
import { isPlainName, looksSecret } from './secret-looks';
import { isKeepable } from './stream/event-data';
import { type RunPhase } from './vocabulary';

/** What a message's fitness is judged by. */
export interface JudgedRun {
  phase: RunPhase;
  planHash?: string | undefined;
  approval?: { decision: string; by?: string | undefined } | undefined;
  confirmation?: unknown;
}

/**
 * Why a message is refused, if it is: every decision has an author, and a field that nobody reads, or a secret in the author's
 * place, would be kept by Temporal for nothing. What was given is not repeated: Temporal keeps no refused message.
 */
function formProblem(message: unknown, known: readonly string[]): string | undefined {
  return namedProblem(message) ?? unknownFieldProblem(message, known);
}

function unknownFieldProblem(message: unknown, known: readonly string[]): string | undefined {
  const strangers = Object.keys(message ?? {}).filter((field) => !known.includes(field));
  if (strangers.length === 0) return undefined;
  const named = strangers.map((field) => (isPlainName(field) ? `"${field}"` : '(a name not repeated here)'));
  return `unknown field ${named.join(', ')}; known: ${known.join(', ')}`;
}

/** As the schemas of the messages have it. */
const LONGEST_AUTHOR = 255;

/** Why a message without a name is refused, if it is. Its length comes first: a validator has no time for long texts. */
function namedProblem(message: unknown): string | undefined {
  const by = typeof message === 'object' && message !== null && 'by' in message ? message.by : undefined;
  if (typeof by === 'string' && by.length > LONGEST_AUTHOR)
    return `by: must have at most ${LONGEST_AUTHOR} characters`;
  if (typeof by === 'string' && !isKeepable(by))
    return 'by: holds a NUL character or half of a surrogate pair';
  if (typeof by === 'string' && looksSecret(by)) return 'by: holds what looks like a secret, not a name';
  if (typeof by === 'string' && by.trim() !== '') return undefined;
  return 'by: the name of whoever decides is missing; send one JSON object such as {"by": "your name"}';
}

/** Why a decision on a plan is refused, if it is: it has to name this very plan while the run waits for it. */
export function approvalProblem(run: JudgedRun, message: unknown): string | undefined {
  const misshapen = formProblem(message, ['planHash', 'by']);
  if (misshapen) return misshapen;
  if (run.approval)
    return `the plan was ${run.approval.decision}${run.approval.by ? ` by ${run.approval.by}` : ''} already`;
  if (run.phase !== 'awaitingApproval') return `the run is not waiting for approval (phase: ${run.phase})`;
  const hash =
    typeof message === 'object' && message !== null && 'planHash' in message ? message.planHash : undefined;
  if (hash !== run.planHash)
    return `planHash: this run’s plan is ${run.planHash ?? 'not made yet'}; look at it before you decide`;
  return undefined;
}

/** Why a pause or its end is refused, if it is: only sending can be paused, and no other phase may be hidden by it. */
export function pauseProblem(run: JudgedRun, message: unknown): string | undefined {
  const misshapen = formProblem(message, ['by']);
  if (misshapen) return misshapen;
  if (run.phase === 'sending' || run.phase === 'paused') return undefined;
  return `the run is not sending (phase: ${run.phase})`;
}

const ENGAGEMENT_FIELDS = {
  activate: ['by', 'revision'],
  pause: ['by'],
  resume: ['by'],
  stop: ['by'],
  upgrade: ['by', 'version', 'exitVersion', 'segmentVersion'],
} as const;

/** Why an Update of an engagement is misshapen, if it is; an upgrade has to say what to. */
export function engagementMessageProblem(
  change: keyof typeof ENGAGEMENT_FIELDS,
  message: unknown,
): string | undefined {
  const known = ENGAGEMENT_FIELDS[change];
  const misshapen = formProblem(message, known);
  if (misshapen) return misshapen;
  const numbers = known.filter((name) => name !== 'by' && field(message, name) !== undefined);
  const bad = numbers.find((name) => !isVersion(field(message, name)));
  if (bad !== undefined) return `${bad}: must be a whole number from 1`;
  return change === 'upgrade' && numbers.length === 0
    ? 'an upgrade needs version, exitVersion or segmentVersion'
    : undefined;
}

function isVersion(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/** Why a message between workflows is refused, if it is: anyone can send one, so it has to be an object with these fields. */
export function fieldsProblem(message: unknown, fields: readonly string[]): string | undefined {
  if (typeof message !== 'object' || message === null)
    return `one JSON object with ${fields.join(', ')} is needed`;
  const missing = fields.filter((field) => !Object.hasOwn(message, field));
  return missing.length === 0 ? undefined : `missing: ${missing.join(', ')}`;
}

/** Why a lease is refused, if it is: numbers that are none would spoil every other holder's share. */
export function leaseProblem(message: unknown): string | undefined {
  const missing = fieldsProblem(message, ['holder', 'grant', 'track', 'exportIds']);
  if (missing) return missing;
  const holder = field(message, 'holder');
  if (typeof holder !== 'string' || !HOLDER.test(holder))
    return 'holder: a name such as 4711/3f2a9c01 is needed';
  if (!isAmount(field(message, 'grant'))) return 'grant: the number of a grant is needed, 0 for none';
  return wishProblem(message, 'track') ?? wishProblem(message, 'exportIds');
}

/** A process and a random part; no host, since histories are shown around. */
const HOLDER = /^\d+\/[0-9a-f]{1,32}$/;

function wishProblem(message: unknown, name: 'track' | 'exportIds'): string | undefined {
  const wish = field(message, name);
  const missing = fieldsProblem(wish, ['limit', 'demand', 'pauseMs']);
  if (missing) return `${name}: ${missing}`;
  const isGood = ['limit', 'demand', 'pauseMs'].every((part) => isAmount(field(wish, part)));
  if (!isGood || field(wish, 'limit') === 0)
    return `${name}: limit above 0, demand and pauseMs of 0 or more are needed`;
  // What one holder says holds all of them back.
  return Number(field(wish, 'pauseMs')) > LONGEST_PAUSE_MS
    ? `${name}: pauseMs of ${LONGEST_PAUSE_MS} at most is needed`
    : undefined;
}

function field(message: unknown, name: string): unknown {
  const entries: [string, unknown][] =
    typeof message === 'object' && message !== null ? Object.entries(message) : [];
  return entries.find(([key]) => key === name)?.[1];
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Why a confirmation is refused, if it is: there is nothing to confirm before the data is in Braze, or after the end. */
export function confirmationProblem(run: JudgedRun, message: unknown): string | undefined {
  const misshapen = formProblem(message, ['by', 'via']);
  if (misshapen) return misshapen;
  if (run.phase === 'ended')
    return run.confirmation ? undefined : 'the run has ended; nothing can be confirmed any more';
  const open: RunPhase[] = ['released', 'awaitingConfirmation', 'verifying'];
  return open.includes(run.phase) ? undefined : `there is nothing to confirm yet (phase: ${run.phase})`;
}
