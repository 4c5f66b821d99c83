import { type ActionPin, type Engagement } from '../contract/engagement';
import { emptyState } from '../domain/stream/profile-state';
import {
  countNoCall,
  deltaOf,
  emptyCommit,
  type CallRecord,
  type LogPlace,
  type LogRow,
  type ShardCommit,
  type StoredRequest,
} from '../domain/stream/shard-work';
import {
  stepActivate,
  stepClock,
  stepEvent,
  stepMerge,
  stepNotMade,
  stepResume,
  stepUpgrade,
  type ResumeStep,
  type Step,
} from '../domain/stream/step';
import { type PlannedCall } from '../domain/stream/transition';
import { type EntryEvent, type NoCallReason, type ProfileState } from '../domain/stream/vocabulary';

/** Makes the body of a call, or says why none can be made. */
export type CallMaker = (call: {
  engagement: Engagement;
  pin: ActionPin;
  planned: PlannedCall;
  state: ProfileState;
  event?: EntryEvent | undefined;
}) => { ok: true; request: StoredRequest } | { ok: false; reason: string };

/** A call that a batch has brought about. */
export interface SteppedCall {
  record: CallRecord;
  /** Stepped again after a crash, it would be the same: what does not depend on when somebody looked at a clock. */
  isRepeatable: boolean;
  onUnknown: 'hold' | 'resend';
}

/** What a stretch of the log, or of time, comes to. */
export interface SteppedBatch {
  /** Its states are kept apart, since a later batch may have changed them already. */
  commit: Omit<ShardCommit, 'states' | 'calls'>;
  states: Map<string, { state: ProfileState; dueAtMs: number | undefined; isRetired?: boolean }>;
  calls: SteppedCall[];
  events: number;
}

/** A batch that comes to nothing so far. */
export function emptyBatch(): SteppedBatch {
  return { commit: emptyCommit(), states: new Map(), calls: [], events: 0 };
}

/** Steps people by the rules; knows neither the database nor Braze. */
export class ShardStepper {
  private readonly engagements = new Map<string, Engagement>();
  private readonly make: CallMaker;
  private readonly now: () => number;

  constructor(make: CallMaker, now: () => number) {
    this.make = make;
    this.now = now;
  }

  /** From here on the engagement is as it says. */
  setEngagement(engagement: Engagement): void {
    this.engagements.set(engagement.name, engagement);
  }

  /** As it stands at this place of the log. */
  engagementAt(name: string): Engagement | undefined {
    return this.engagements.get(name);
  }

  event(batch: SteppedBatch, row: EventRow, known: ProfileState | undefined): void {
    const { profileId, capturedAtMs, seq, eventId, entry: event } = row;
    const before = known ?? emptyState(profileId, Math.min(event.at, capturedAtMs));
    batch.events += 1;
    batch.commit.cursor = seq;
    const step = this.stepOrSetAside(batch, row, () => stepEvent(before, event, capturedAtMs, this.live()));
    if (step === undefined) return;
    if (step.setAside) this.setAside(batch, row, step.setAside.reason, step.setAside.detail);
    const { state, calls } = this.callAll(batch, step, { seq, eventId, capturedAtMs, event });
    const hasCalled = calls.some(({ cause }) => cause === 'event');
    if (!step.setAside && !hasCalled) countNoCall(batch.commit.noCall, step.noCall ?? 'alreadyInside');
    this.keep(batch, before, state);
    this.countMemberships(batch, before, state, calls);
  }

  /** Whatever goes wrong with an event, those after it are not to wait. */
  private stepOrSetAside<T>(batch: SteppedBatch, row: EventRow, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown failure';
      this.setAside(batch, row, 'notUnderstood', `working on it failed: ${name}`);
      return undefined;
    }
  }

  clock(batch: SteppedBatch, state: ProfileState, nowMs: number): void {
    const step = stepClock(state, nowMs, this.live());
    const called = this.callAll(batch, step, {});
    // Also where nothing has changed: what was due may belong to an engagement that has stopped.
    batch.states.set(state.profileId, { state: called.state, dueAtMs: this.dueAt(called.state) });
    this.countMemberships(batch, state, called.state, called.calls);
  }

  /** The survivor's shard folds the other profile in. */
  merge(
    batch: SteppedBatch,
    row: MergeRow,
    survivor: ProfileState | undefined,
    loser: ProfileState | undefined,
  ): void {
    const { profileId, capturedAtMs, seq } = row;
    batch.commit.cursor = seq;
    if (loser === undefined) return;
    const before = survivor ?? emptyState(profileId, loser.firstSeenAt);
    const step = stepMerge(before, loser, capturedAtMs, this.live());
    const called = this.callAll(batch, step, { seq, capturedAtMs });
    this.keep(batch, before, called.state);
    batch.commit.folded.push(loser.profileId);
    this.countMemberships(batch, before, called.state, called.calls);
  }

  /**
   * The loser's shard lets go of the profile: from here on only the survivor's works on it. What was due before is told here
   * still, for the survivor's shard waits for that; afterwards nobody would know of it.
   */
  retire(batch: SteppedBatch, { seq, capturedAtMs }: LogPlace, loser: ProfileState | undefined): void {
    batch.commit.cursor = seq;
    if (loser === undefined) return;
    const { state, calls } = this.callAll(batch, stepClock(loser, capturedAtMs, this.live()), {});
    batch.states.set(state.profileId, { state, dueAtMs: undefined, isRetired: true });
    this.countMemberships(batch, loser, state, calls);
  }

  /** What a change of an engagement makes of one person. */
  control(batch: SteppedBatch, change: EngagementWalk, state: ProfileState, row: LogPlace): void {
    const { engagement } = change;
    const { capturedAtMs, seq } = row;
    const step: ResumeStep =
      change.kind === 'activate'
        ? stepActivate(state, engagement, capturedAtMs)
        : change.kind === 'upgrade'
          ? stepUpgrade(state, engagement, capturedAtMs)
          : stepResume(state, engagement, capturedAtMs);
    if (step.state === state && step.calls.length === 0) return;
    if (step.noCall !== undefined) countNoCall(deltaOf(batch.commit, engagement.name).noCall, step.noCall);
    const called = this.callAll(batch, step, { seq, capturedAtMs });
    this.keep(batch, state, called.state);
    this.countMemberships(batch, state, called.state, called.calls);
  }

  private live(): Engagement[] {
    return [...this.engagements.values()];
  }

  /** When time alone may move the person next, in whatever is not stopped. */
  private dueAt({ memberships }: ProfileState): number | undefined {
    let earliest: number | undefined;
    for (const [name, { dueAt }] of Object.entries(memberships)) {
      if (dueAt === undefined || (earliest !== undefined && dueAt >= earliest)) continue;
      const state = this.engagements.get(name)?.state;
      if (state === 'active' || state === 'paused') earliest = dueAt;
    }
    return earliest;
  }

  private keep(batch: SteppedBatch, before: ProfileState, state: ProfileState): void {
    if (state === before) return;
    batch.states.set(state.profileId, { state, dueAtMs: this.dueAt(state) });
  }

  /** The calls of a step that end somehow, and the person as one is after those that could not be made. */
  private callAll(batch: SteppedBatch, step: Step, cause: Cause): Pick<Step, 'state' | 'calls'> {
    let { state } = step;
    const calls = step.calls.filter((planned) => {
      const { isMade, toldEvent } = this.call(batch, planned, step.state, cause);
      if (!isMade) state = stepNotMade(state, planned, toldEvent);
      // That an owed entry still can't be told is no other call: the one of the entry itself is listed.
      return isMade || planned.owed === undefined;
    });
    return { state, calls };
  }

  private call(batch: SteppedBatch, planned: PlannedCall, state: ProfileState, cause: Cause): Called {
    const engagement = this.engagements.get(planned.engagement);
    const pin = planned.action === 'entry' ? engagement?.action : engagement?.exitAction;
    if (engagement === undefined || pin === undefined)
      throw new Error(`invariant: a call of ${planned.engagement}, which has no such action`);
    const { owed } = planned;
    const isByClock = planned.cause === 'clock';
    // An event before which a clock strikes has nothing to do with that.
    const event = owed === undefined ? (isByClock ? undefined : cause.event) : owed.event;
    const made = this.tryToMake({ engagement, pin, planned, state, event });
    if (!made.ok && owed !== undefined) return { isMade: false };
    const record: CallRecord = {
      profileId: state.profileId,
      engagement: engagement.name,
      action: planned.action,
      externalApi: pin.externalApi,
      version: pin.version,
      state: 'planned',
      attempts: 0,
      capturedAtMs: isByClock ? planned.atMs : cause.capturedAtMs,
      plannedAtMs: this.now(),
      ...(isByClock ? {} : { causeSeq: cause.seq, eventId: cause.eventId }),
    };
    const delta = deltaOf(batch.commit, engagement.name);
    if (made.ok) record.request = made.request;
    else {
      record.state = 'refused';
      record.reason = made.reason;
      record.answeredAtMs = record.plannedAtMs;
      delta.refused += 1;
    }
    // When an owed entry is told depends on what was written of the person before.
    const isFromLog = planned.cause === 'event' && owed === undefined;
    const isRepeatable = isFromLog && made.ok && made.request.isIdempotent;
    batch.calls.push({ record, isRepeatable, onUnknown: engagement.onUnknown });
    return made.ok ? { isMade: true } : { isMade: false, toldEvent: toldOf(pin, event) };
  }

  private tryToMake(call: Parameters<CallMaker>[0]): ReturnType<CallMaker> {
    try {
      return this.make(call);
    } catch (error) {
      return {
        ok: false,
        reason: `CALL_NOT_MADE: ${error instanceof Error ? error.name : 'unknown failure'}`,
      };
    }
  }

  private setAside(batch: SteppedBatch, row: EventRow, reason: string, detail: string): void {
    const { seq, eventId, profileId } = row;
    countNoCall(batch.commit.noCall, 'setAside');
    batch.commit.setAside.push({ seq, eventId, profileId, reason, detail });
  }

  /** Entries and exits, and why an engagement was silent about what happened to somebody whom it concerns. */
  private countMemberships(
    batch: SteppedBatch,
    before: ProfileState,
    after: ProfileState,
    calls: readonly PlannedCall[],
  ): void {
    if (before.memberships === after.memberships) return;
    for (const [name, membership] of Object.entries(after.memberships)) {
      const earlier = before.memberships[name];
      if (earlier === membership) continue;
      const entered = membership.entries - (earlier?.entries ?? 0);
      const hasLeft = earlier?.inside === true && !membership.inside;
      if (entered <= 0 && !hasLeft) continue;
      const delta = deltaOf(batch.commit, name);
      delta.entered += Math.max(0, entered);
      if (hasLeft) delta.exits += 1;
      if (!calls.some(({ engagement }) => engagement === name))
        countNoCall(delta.noCall, silence(membership.isWaiting === true, entered > 0));
    }
  }
}

interface Called {
  isMade: boolean;
  /** What has to be kept of the event, in case that the call is made later. */
  toldEvent?: EntryEvent | undefined;
}

function toldOf({ parameters }: ActionPin, event: EntryEvent | undefined): EntryEvent | undefined {
  const isTold = Object.values(parameters).some((source) => 'eventField' in source);
  return isTold && event ? { name: event.name, at: event.at, properties: event.properties } : undefined;
}

function silence(isWaiting: boolean, hasEntered: boolean): NoCallReason {
  if (isWaiting) return 'paused';
  return hasEntered ? 'alreadySent' : 'left';
}

/** A change that touches everybody. */
export interface EngagementWalk {
  kind: 'activate' | 'upgrade' | 'resume';
  engagement: Engagement;
}

interface Cause {
  seq?: number;
  eventId?: string | undefined;
  capturedAtMs?: number;
  event?: EntryEvent;
}

type EventRow = Extract<LogRow, { kind: 'event' }>;
type MergeRow = Extract<LogRow, { kind: 'merge' }>;
