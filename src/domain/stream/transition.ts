import { type EngagementState, type Evaluation, type Membership, type SegmentCondition } from './vocabulary';

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

/** What an evaluation makes of a membership: entry is false → true, exit is true → false. */
export function transition(
  engagement: EngagementRules,
  before: Membership,
  { holds, changesAt }: Evaluation,
  atMs: number,
  cause: CallCause,
): Transition {
  const membership = { ...before, dueAt: changesAt };
  if (before.inside === holds) return { membership, change: holds ? 'alreadyInside' : 'notInSegment' };
  return holds ? entry(engagement, membership, atMs, cause) : exit(engagement, membership, atMs, cause);
}

/** Whether an entry is told: every one, or the first. */
function isTold({ frequency }: EngagementRules, { sent }: Membership): boolean {
  return frequency === 'everyTime' || sent === 0;
}

function entry(engagement: EngagementRules, before: Membership, atMs: number, cause: CallCause): Transition {
  const entries = before.entries + 1;
  const membership = { ...before, inside: true, since: atMs, entries, isWaiting: undefined };
  if (!isTold(engagement, before)) return { membership, change: 'alreadySent' };
  if (engagement.state === 'paused')
    return { membership: { ...membership, isWaiting: true }, change: 'paused' };
  return {
    membership: { ...membership, sent: before.sent + 1 },
    change: 'called',
    call: { engagement: engagement.name, action: 'entry', enteredAtMs: atMs, atMs, cause },
  };
}

function exit(engagement: EngagementRules, before: Membership, atMs: number, cause: CallCause): Transition {
  const membership = { ...before, inside: false, since: atMs, isWaiting: undefined };
  if (engagement.state === 'paused') {
    // Whoever came and went during the pause is told of neither.
    const isWaiting = engagement.exitAction !== undefined && before.isWaiting !== true;
    return { membership: { ...membership, isWaiting: isWaiting || undefined }, change: 'paused' };
  }
  if (engagement.exitAction === undefined) return { membership, change: 'left' };
  return {
    membership,
    change: 'called',
    call: { engagement: engagement.name, action: 'exit', enteredAtMs: before.since, atMs, cause },
  };
}
