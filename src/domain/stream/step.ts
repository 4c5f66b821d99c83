import { earliest, evaluate } from './evaluate';
import { mergeStates } from './merge-states';
import { ownValue, withEntry } from './plain-map';
import { applyEvent, type EventRefusalReason, kindsKnown } from './profile-state';
import {
  type CallCause,
  type Change,
  type EngagementRules,
  isLive,
  isTold,
  notMade,
  OUTSIDE,
  type Moment,
  type PlannedCall,
  stay,
  type Transition,
  transition,
} from './transition';
import {
  type CapturedEvent,
  type EntryEvent,
  type Membership,
  type NoCallReason,
  type ProfileState,
} from './vocabulary';

/** What one step makes of a person. */
export interface Step {
  state: ProfileState;
  /** In the order in which they became due. */
  calls: PlannedCall[];
  /** Unix milliseconds of the next moment at which `stepClock` has something to do. */
  dueAtMs?: number | undefined;
}

/** What an event makes of a person. */
export interface EventStep extends Step {
  /** Why the event caused no call; absent if it caused one. Calls of clocks that were due before it do not count. */
  noCall?: NoCallReason | undefined;
  /** Why the event was set aside: it is in no history and moved nobody. */
  setAside?: { reason: EventRefusalReason; detail: string } | undefined;
}

/** The changes that answer for an event that caused no call, the most telling first. */
const MOST_TELLING = ['paused', 'alreadySent', 'left', 'alreadyInside', 'notInSegment'] as const;

/**
 * What an event makes of a person: first the clocks that were due before it, then the event, so that the outcome does not
 * depend on when somebody looked at the clock.
 */
export function stepEvent(
  state: ProfileState,
  event: CapturedEvent,
  capturedAtMs: number,
  engagements: readonly EngagementRules[],
): EventStep {
  const clocked = stepClock(state, capturedAtMs, engagements);
  const applied = applyEvent(clocked.state, event, capturedAtMs);
  if (!applied.ok) {
    const { reason, detail } = applied;
    return { ...clocked, state: applied.state, noCall: 'setAside', setAside: { reason, detail } };
  }
  const moved = reevaluate(applied.state, capturedAtMs, engagements, 'event');
  const noCall = noCallReason(moved.changes);
  const calls = [...clocked.calls, ...moved.calls];
  return { state: moved.state, calls, dueAtMs: dueAt(moved.state, engagements), noCall };
}

/**
 * Moves a person through every moment up to now at which time alone may have changed something. Each evaluation names a later
 * one than its own, so that there is an end to them.
 */
export function stepClock(state: ProfileState, nowMs: number, engagements: readonly EngagementRules[]): Step {
  let current = state;
  const calls: PlannedCall[] = [];
  for (;;) {
    const next = dueAt(current, engagements);
    if (next === undefined || next > nowMs) return { state: current, calls, dueAtMs: next };
    const due = engagements.filter((engagement) => membershipOf(current, engagement).dueAt === next);
    const moved = reevaluate(current, next, due, 'clock');
    calls.push(...moved.calls);
    current = moved.state;
  }
}

/**
 * Folds one profile into another and moves the one person that they are: first the survivor's clocks that were due before, as for
 * an event. An entry that it brings is an entry like any other.
 */
export function stepMerge(
  survivor: ProfileState,
  loser: ProfileState,
  nowMs: number,
  engagements: readonly EngagementRules[],
): Step {
  const clocked = stepClock(survivor, nowMs, engagements);
  const moved = reevaluate(mergeStates(clocked.state, loser), nowMs, engagements, 'merge');
  const calls = [...clocked.calls, ...moved.calls];
  return { state: moved.state, calls, dueAtMs: dueAt(moved.state, engagements) };
}

/**
 * What the activation of an engagement makes of a person: whoever is in its segment already is inside, and is called only if the
 * engagement includes them. Done twice, it changes nothing.
 */
export function stepActivate(state: ProfileState, engagement: EngagementRules, nowMs: number): Step {
  if (engagement.includeCurrent) {
    const moved = reevaluate(state, nowMs, [engagement], 'control');
    return { state: moved.state, calls: moved.calls, dueAtMs: dueAt(moved.state) };
  }
  return stepUpgrade(state, engagement, nowMs);
}

/** What another version of the segment makes of a person: inside or outside as it says, and nobody is told. */
export function stepUpgrade(state: ProfileState, engagement: EngagementRules, nowMs: number): Step {
  const at = Math.max(nowMs, state.evaluatedAt ?? 0);
  const { holds, changesAt } = evaluate(engagement.segment.condition, state, at);
  const before = membershipOf(state, engagement);
  const moved =
    holds === before.inside
      ? before
      : {
          ...before,
          inside: holds,
          since: at,
          isWaiting: undefined,
          hasLeftInPause: undefined,
          owed: undefined,
        };
  const membership = { ...moved, dueAt: changesAt };
  const next = { ...withMembership(state, engagement, membership), evaluatedAt: at };
  return { state: next, calls: [], dueAtMs: dueAt(next) };
}

/** What a resumption came to for one person. */
export interface ResumeStep extends Step {
  /** An entry or exit of the pause was dropped: as the engagement has it, or since the person was sent under another profile. */
  noCall?: 'skipped' | 'alreadySent' | undefined;
}

/**
 * What the end of a pause makes of a person who entered or left in it: told now, if the engagement has it so, of how things
 * stand now. `nowMs` is the moment of the resumption; up to it, time moved people unheard.
 */
export function stepResume(state: ProfileState, engagement: EngagementRules, nowMs: number): ResumeStep {
  const clocked = stepClock(state, nowMs, [{ ...engagement, state: 'paused' }]);
  const before = membershipOf(clocked.state, engagement);
  const moment = { atMs: nowMs, cause: 'control', kinds: kindsKnown(clocked.state) } as const;
  const { membership, call, noCall } = resume(engagement, before, moment);
  const next = membership === before ? clocked.state : withMembership(clocked.state, engagement, membership);
  return { state: next, calls: call === undefined ? [] : [call], dueAtMs: dueAt(next), noCall };
}

/** One that entered before the pause, and could be named only in it, is told whatever becomes of the pause. */
function resume(
  engagement: EngagementRules,
  before: Membership,
  moment: Moment,
): Pick<Transition, 'membership' | 'call'> & Pick<ResumeStep, 'noCall'> {
  if (before.isWaiting !== true) return stay(engagement, before, moment);
  const { inside, since, sent } = before;
  const membership = { ...before, isWaiting: undefined, hasLeftInPause: undefined };
  if (engagement.onResume === 'skip') return { membership, noCall: 'skipped' };
  if (inside && !isTold(engagement, before)) return { membership, noCall: 'alreadySent' };
  return {
    membership: inside ? { ...membership, sent: sent + 1 } : membership,
    call: {
      ...{ engagement: engagement.name, action: inside ? 'entry' : 'exit' },
      ...{ enteredAtMs: since, atMs: moment.atMs, cause: 'control' },
    },
  };
}

/** The person as one is after a call that could not be made; `event` is what the call would have told of. */
export function stepNotMade(state: ProfileState, planned: PlannedCall, event?: EntryEvent): ProfileState {
  const engagement = { name: planned.engagement };
  const before = membershipOf(state, engagement);
  const membership = notMade(before, planned, kindsKnown(state), event);
  return membership === before ? state : withMembership(state, engagement, membership);
}

interface Moved {
  state: ProfileState;
  calls: PlannedCall[];
  changes: Change[];
}

/** Never earlier than before: an event that was captured a little before a clock struck finds that it has struck. */
function reevaluate(
  state: ProfileState,
  nowMs: number,
  engagements: readonly EngagementRules[],
  cause: CallCause,
): Moved {
  const at = Math.max(nowMs, state.evaluatedAt ?? 0);
  const moment = { atMs: at, cause, kinds: kindsKnown(state) };
  const start: Moved = { state: { ...state, evaluatedAt: at }, calls: [], changes: [] };
  return engagements.filter(isLive).reduce((moved, engagement) => {
    const found = evaluate(engagement.segment.condition, state, at);
    const before = membershipOf(state, engagement);
    const { membership, change, call } = transition(engagement, before, found, moment);
    return {
      state: withMembership(moved.state, engagement, membership),
      calls: call === undefined ? moved.calls : [...moved.calls, call],
      changes: [...moved.changes, change],
    };
  }, start);
}

function noCallReason(changes: readonly Change[]): NoCallReason | undefined {
  if (changes.includes('called')) return undefined;
  return MOST_TELLING.find((change) => changes.includes(change)) ?? 'noEngagement';
}

function membershipOf(state: ProfileState, { name }: Pick<EngagementRules, 'name'>): Membership {
  return ownValue(state.memberships, name) ?? OUTSIDE;
}

/** Nothing is kept of somebody who is outside and has never entered: most people are, of most engagements. */
function withMembership(
  state: ProfileState,
  { name }: Pick<EngagementRules, 'name'>,
  membership: Membership,
): ProfileState {
  const { inside, entries, dueAt: due, isWaiting } = membership;
  if (inside || entries > 0 || due !== undefined || isWaiting === true) {
    return { ...state, memberships: withEntry(state.memberships, name, membership) };
  }
  if (!Object.hasOwn(state.memberships, name)) return state;
  const others = Object.entries(state.memberships).filter(([other]) => other !== name);
  return { ...state, memberships: Object.fromEntries(others) };
}

/** Of these engagements; of all that the profile knows of, stopped ones too, where none are named. */
function dueAt(state: ProfileState, engagements?: readonly EngagementRules[]): number | undefined {
  const memberships =
    engagements?.filter(isLive).map((engagement) => membershipOf(state, engagement)) ??
    Object.values(state.memberships);
  return earliest(memberships.map((membership) => membership.dueAt));
}
