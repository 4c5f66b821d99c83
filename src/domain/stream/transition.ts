import {
  type EngagementState,
  type EntryEvent,
  type Evaluation,
  type Membership,
  type OwedEntry,
  type SegmentCondition,
} from './vocabulary';

/** What the rules need to know of an engagement; the contract's `Engagement` has all of it. */
export interface EngagementRules {
  name: string;
  state: EngagementState;
  segment: { condition: SegmentCondition };
  /** There is a call on exit. */
  exitAction?: object | undefined;
  frequency: 'once' | 'everyTime';
  includeCurrent: boolean;
  onResume: 'skip' | 'send';
}

/** What made somebody enter or leave: an event, a merge of two profiles, time alone, or an activation or resumption. */
export type CallCause = 'event' | 'merge' | 'clock' | 'control';

/** A call that has to be made for a person. Its parameters are mapped by whoever makes it. */
export interface PlannedCall {
  engagement: string;
  action: 'entry' | 'exit';
  /** Unix milliseconds of the entry; of the one that has ended, for an exit. */
  enteredAtMs: number;
  /** Unix milliseconds of the moment at which the call became due. */
  atMs: number;
  cause: CallCause;
  /** The entry is an earlier one, whose call could not be made. */
  owed?: OwedEntry | undefined;
}

/** What became of one membership at one moment. */
export type Change =
  | 'notInSegment'
  | 'alreadyInside'
  | 'called'
  /** Entered, but has been sent before and is sent once. */
  | 'alreadySent'
  /** Left, and nothing is called on exit. */
  | 'left'
  /** Entered or left during a pause. */
  | 'paused';

/** A membership after one moment, and what happened at it. */
export interface Transition {
  membership: Membership;
  change: Change;
  call?: PlannedCall | undefined;
}

/** Somebody who has never been inside. */
export const OUTSIDE: Membership = { inside: false, since: 0, entries: 0, sent: 0 };

/** Whether people enter and leave the engagement: while it is paused, they do so unheard. */
export function isLive({ state }: EngagementRules): boolean {
  return state === 'active' || state === 'paused';
}

/** A moment of a person's life: when it is, what has led to it, and of how many kinds the person's identifiers are then. */
export interface Moment {
  atMs: number;
  cause: CallCause;
  kinds: number;
}

/** What an evaluation makes of a membership: entry is false → true, exit is true → false. */
export function transition(
  engagement: EngagementRules,
  before: Membership,
  { holds, changesAt }: Evaluation,
  moment: Moment,
): Transition {
  const membership = { ...before, dueAt: changesAt };
  if (before.inside === holds)
    return holds ? stay(engagement, membership, moment) : { membership, change: 'notInSegment' };
  return holds ? entry(engagement, membership, moment) : exit(engagement, membership, moment);
}

/** Whether an entry is told: every one, or the first. */
export function isTold({ frequency }: EngagementRules, { sent }: Membership): boolean {
  return frequency === 'everyTime' || sent === 0;
}

/** Whoever stays inside is told of an entry whose call could not be made as soon as there is another way to name the person. */
export function stay(
  engagement: EngagementRules,
  before: Membership,
  { atMs, cause, kinds }: Moment,
): Transition {
  const { owed, since, sent } = before;
  const isDue = owed !== undefined && kinds > owed.kinds && isTold(engagement, before);
  if (!isDue || engagement.state === 'paused') return { membership: before, change: 'alreadyInside' };
  return {
    membership: { ...before, sent: sent + 1, owed: undefined },
    change: 'called',
    call: { engagement: engagement.name, action: 'entry', enteredAtMs: since, atMs, cause, owed },
  };
}

/** A membership whose call could not be made: it does not count as sent, and an entry that lasts is owed. */
export function notMade(
  membership: Membership,
  { action, enteredAtMs, owed }: PlannedCall,
  kinds: number,
  event: EntryEvent | undefined,
): Membership {
  if (action === 'exit') return membership;
  const untold = { ...membership, sent: membership.sent - 1 };
  // Where nothing was sent at all, a later entry of the same moment was silent for the sake of this one.
  const isOwed = membership.inside && (membership.since === enteredAtMs || untold.sent === 0);
  return isOwed ? { ...untold, owed: { kinds, event: owed === undefined ? event : owed.event } } : untold;
}

function entry(engagement: EngagementRules, before: Membership, { atMs, cause }: Moment): Transition {
  const entries = before.entries + 1;
  const hasLeftInPause = engagement.state === 'paused' ? before.hasLeftInPause : undefined;
  const membership = {
    ...{ ...before, inside: true, since: atMs, entries, hasLeftInPause },
    ...{ isWaiting: undefined, owed: undefined },
  };
  if (!isTold(engagement, before)) return { membership, change: 'alreadySent' };
  if (engagement.state === 'paused')
    return { membership: { ...membership, isWaiting: true }, change: 'paused' };
  return {
    membership: { ...membership, sent: before.sent + 1 },
    change: 'called',
    call: { engagement: engagement.name, action: 'entry', enteredAtMs: atMs, atMs, cause },
  };
}

function exit(engagement: EngagementRules, before: Membership, { atMs, cause }: Moment): Transition {
  const membership = {
    ...{ ...before, inside: false, since: atMs },
    ...{ isWaiting: undefined, hasLeftInPause: undefined, owed: undefined },
  };
  if (engagement.state === 'paused') {
    // Whoever came and went during the pause is told of neither, unless one was inside before it.
    const wasInside = before.isWaiting !== true || before.hasLeftInPause === true;
    const isWaiting = (engagement.exitAction !== undefined && wasInside) || undefined;
    return { membership: { ...membership, isWaiting, hasLeftInPause: isWaiting }, change: 'paused' };
  }
  if (engagement.exitAction === undefined) return { membership, change: 'left' };
  return {
    membership,
    change: 'called',
    call: { engagement: engagement.name, action: 'exit', enteredAtMs: before.since, atMs, cause },
  };
}
