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
  stepResume,
  stepUpgrade,
} from '../domain/stream/step';
import { type PlannedCall } from '../domain/stream/transition';
import { type CapturedEvent, type NoCallReason, type ProfileState } from '../domain/stream/vocabulary';

/** Makes the body of a call, or says why none can be made. */
export type CallMaker = (call: {
  engagement: Engagement;
  pin: ActionPin;
  planned: PlannedCall;
  state: ProfileState;
  event?: CapturedEvent | undefined;
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
    else if (step.noCall !== undefined) countNoCall(batch.commit.noCall, step.noCall);
    this.keep(batch, before, step.state);
    for (const planned of step.calls)
      this.call(batch, planned, step.state, { seq, eventId, capturedAtMs, event });
    this.countMemberships(batch, before, step.state, step.calls);
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
    // Also where nothing has changed: what was due may belong to an engagement that has stopped.
    batch.states.set(state.profileId, { state: step.state, dueAtMs: this.dueAt(step.state) });
    for (const planned of step.calls) this.call(batch, planned, step.state, {});
    this.countMemberships(batch, state, step.state, step.calls);
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
    this.keep(batch, before, step.state);
    batch.commit.folded.push(loser.profileId);
    for (const planned of step.calls) this.call(batch, planned, step.state, { seq, capturedAtMs });
    this.countMemberships(batch, before, step.state, step.calls);
  }

  /** The loser's shard lets go of the profile: from here on only the survivor's works on it. */
  retire(batch: SteppedBatch, { seq }: LogPlace, loser: ProfileState | undefined): void {
    batch.commit.cursor = seq;
    if (loser !== undefined)
      batch.states.set(loser.profileId, { state: loser, dueAtMs: undefined, isRetired: true });
  }

  /** What a change of an engagement makes of one person. */
  control(batch: SteppedBatch, change: EngagementWalk, state: ProfileState, row: LogPlace): void {
    const { engagement } = change;
    const { capturedAtMs, seq } = row;
    const step =
      change.kind === 'activate'
        ? stepActivate(state, engagement, capturedAtMs)
        : change.kind === 'upgrade'
          ? stepUpgrade(state, engagement, capturedAtMs)
          : stepResume(state, engagement, capturedAtMs);
    if (step.state === state && step.calls.length === 0) return;
    if ('noCall' in step && step.noCall !== undefined)
      countNoCall(deltaOf(batch.commit, engagement.name).noCall, 'skipped');
    this.keep(batch, state, step.state);
    for (const planned of step.calls) this.call(batch, planned, step.state, { seq, capturedAtMs });
    this.countMemberships(batch, state, step.state, step.calls);
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

  private call(batch: SteppedBatch, planned: PlannedCall, state: ProfileState, cause: Cause): void {
    const engagement = this.engagements.get(planned.engagement);
    const pin = planned.action === 'entry' ? engagement?.action : engagement?.exitAction;
    if (engagement === undefined || pin === undefined)
      throw new Error(`invariant: a call of ${planned.engagement}, which has no such action`);
    const made = this.tryToMake({ engagement, pin, planned, state, event: cause.event });
    const isByClock = planned.cause === 'clock';
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
    const isRepeatable = planned.cause === 'event' && made.ok && made.request.isIdempotent;
    batch.calls.push({ record, isRepeatable, onUnknown: engagement.onUnknown });
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
  event?: CapturedEvent;
}

type EventRow = Extract<LogRow, { kind: 'event' }>;
type MergeRow = Extract<LogRow, { kind: 'merge' }>;
