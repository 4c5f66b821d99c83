import { nextTurn } from './turn';
import { stepActivate, stepClock, stepEvent } from './step';
import { type EngagementRules, isLive, OUTSIDE, type PlannedCall } from './transition';
import { ownValue } from './plain-map';
import { type CapturedEvent, type Membership, type NoCallReason, type ProfileState } from './vocabulary';

/** What an engagement would make of one person now. */
export interface PersonPreview {
  /** The person as the calls would see them. */
  state: ProfileState;
  /** Whether the person fits the condition, and Unix milliseconds of when time alone turns that round. */
  fits: boolean;
  turnsAtMs?: number | undefined;
  /** As it would be kept. */
  membership: Membership;
  calls: PlannedCall[];
  /** Absent if there is a call. */
  noCall?: NoCallReason | undefined;
  /** What would happen, in words. */
  sentence: string;
}

/**
 * What would happen to a person at this moment: an event, if one is given, else the clocks that are due. A draft is taken as if it were
 * activated just before. Nothing is kept.
 */
export function previewPerson(
  state: ProfileState,
  engagement: EngagementRules,
  nowMs: number,
  event?: CapturedEvent,
): PersonPreview {
  const isDraft = engagement.state === 'draft';
  const rules: EngagementRules = isDraft ? { ...engagement, state: 'active' } : engagement;
  const start = isDraft ? stepActivate(state, rules, nowMs) : stepClock(state, nowMs, [rules]);
  const moved = event && stepEvent(start.state, event, nowMs, [rules]);
  const after = moved?.state ?? start.state;
  const calls = [...start.calls, ...(moved?.calls ?? [])];
  const { holds, changesAt } = nextTurn(rules.segment.condition, after, nowMs);
  const membership = ownValue(after.memberships, rules.name) ?? OUTSIDE;
  const noCall = calls.length > 0 ? undefined : (moved?.noCall ?? noCallNow(rules, membership));
  const isOwed = noCall === 'alreadyInside' && membership.owed !== undefined;
  const sentence = moved?.setAside?.detail ?? (isOwed ? OWED : sentenceOf(calls, noCall));
  return {
    state: after,
    fits: holds,
    turnsAtMs: changesAt,
    membership,
    calls,
    noCall,
    sentence: isDraft ? `If it is activated now: ${sentence}` : sentence,
  };
}

function noCallNow(rules: EngagementRules, { inside, isWaiting, sent }: Membership): NoCallReason {
  if (!isLive(rules)) return 'noEngagement';
  if (isWaiting === true) return 'paused';
  if (inside) return 'alreadyInside';
  return rules.frequency === 'once' && sent > 0 ? 'alreadySent' : 'notInSegment';
}

function sentenceOf(calls: readonly PlannedCall[], noCall: NoCallReason | undefined): string {
  if (noCall !== undefined) return SENTENCES[noCall];
  return `the call on ${calls.map(({ action }) => action).join(', then the one on ')} is made.`;
}

const OWED =
  'no call now: that of the entry could not be made, and is when the person gets an identifier of another kind.';

const SENTENCES: Record<NoCallReason, string> = {
  noEngagement: 'no call: the engagement is not active.',
  notInSegment: 'no call: the person is not in the segment, and is called on entering it.',
  alreadyInside: 'no call: the person is inside already; only who leaves can enter again.',
  alreadySent: 'no call: the person has been sent before, and is sent once.',
  left: 'no call: the person leaves, and nothing is called on exit.',
  paused: 'no call: the engagement is paused, and what happens is recorded.',
  skipped: 'no call: what happened during the pause is skipped.',
  setAside: 'no call: the event is set aside.',
  merged: 'no call: the person has turned out to be another one.',
};
