import { type Fault, type Outcome } from '../contract/errors';
import {
  addNoCalls,
  addTo,
  deltaOf,
  emptyCommit,
  isEmpty,
  type NoCallCounts,
  type OpenCall,
  type ShardCommit,
} from '../domain/stream/shard-work';
import { type CallParts } from '../domain/stream/call-parts';
import { type CallSender } from './call-sender';
import { type CallEnd } from './sending-call';
import { addUpdate, type CarriedEnd, countEnd, NO_PARTS, recordOf, type ShardCall } from './shard-call';
import { ShardSignal } from './shard-signal';
import { type ShardStates } from './shard-states';
import { type ShardWitness } from './shard-witness';
import { type SteppedBatch, type SteppedCall } from './shard-stepper';

/** What the outbox works with. */
export interface OutboxPorts {
  sender: Pick<CallSender<ShardCall>, 'add' | 'release' | 'unreleased' | 'isBusy'>;
  states: ShardStates;
  commit(commit: ShardCommit): Promise<Outcome<(string | undefined)[] | false>>;
  /** Takes a request apart, its secrets filled in. */
  parts(request: NonNullable<SteppedCall['record']['request']>): Promise<CallParts | { problem: string }>;
  /** The last commit was not written: what would be sent before its own would go again and again while that lasts. */
  isCautious: boolean;
  /** Looks for what was delivered; absent where nothing can be read back. */
  witness: Pick<ShardWitness, 'stepped' | 'delivered' | 'take'> | undefined;
  /** Monotonic milliseconds: a wall clock that is set back would hold back what waits for a commit. */
  now(): number;
  /** Wall clock, for what is written. */
  epochMs(): number;
}

interface Waiting {
  batch: SteppedBatch;
  number: number;
  calls: ShardCall[];
  /** Calls that are being sent before the commit, and have not ended. */
  early: number;
  /** Some calls may be sent only after the commit. */
  hasLate: boolean;
  /** By the monotonic clock. */
  steppedAtMs: number;
}

/** Requests of a batch may take so long before it is committed without their answers. */
const HOLD_MS = 300;
/** Commits follow each other at this distance at least: under load each takes more along. */
const COMMIT_EVERY_MS = 250;
const MOST_CALLS = 4_000;
const MOST_BATCHES = 12;

/**
 * Between stepping and the database. Calls that may be repeated, and would be the same if everything were stepped again, are
 * sent at once and written with their answers: one row, written once. All others are written first. Batches are committed
 * in the order of the log, several at a time; a person's next call goes only when the end of the last is written.
 */
export class ShardOutbox {
  readonly tally = { events: 0, delivered: 0, refused: 0, unknown: 0, ...noCalls() };
  /** Whether the database has taken anything. */
  hasCommitted = false;
  /** Last entry of the log that was committed; absent while none was. */
  cursor: number | undefined;
  private readonly ports: OutboxPorts;
  private readonly signal = new ShardSignal();
  private readonly relieved = new ShardSignal();
  private waiting: Waiting[] = [];
  private ended: ShardCall[] = [];
  /** By early calls whose batch waits. */
  private readonly entries = new Map<ShardCall, Waiting>();
  /** People whose calls have to wait for a commit. */
  private readonly late = new Map<string, number>();
  private numbers = 0;
  private isCommitting = false;
  private isClosing = false;
  private fault: Fault | undefined;
  private flushing = 0;
  private lastCommitMs = -Infinity;
  /** Nothing goes before its commit until one was written. */
  private isCautious: boolean;

  constructor(ports: OutboxPorts) {
    this.ports = ports;
    this.isCautious = ports.isCautious;
  }

  /** Whether stepping should wait: requests or the database are slower than the log. */
  get isFull(): boolean {
    return this.waiting.length >= MOST_BATCHES || this.ports.sender.unreleased >= MOST_CALLS;
  }

  /** Whether everything that was stepped is committed. */
  get isFlushed(): boolean {
    return this.waiting.length === 0 && this.ended.length === 0 && !this.isCommitting;
  }

  /** Whether a person has a call that is under way, or waits for its commit. */
  isBusy(profileId: string): boolean {
    return this.late.has(profileId) || this.ports.sender.isBusy(profileId);
  }

  /** Until something has been committed. */
  relief(): Promise<void> {
    return this.relieved.wait(250);
  }

  /** Calls that an earlier owner has left planned, or a person has put back. */
  async resume(
    calls: readonly OpenCall[],
    onUnknown: (engagement: string) => 'hold' | 'resend',
  ): Promise<void> {
    for (const { id, redrivenAt, ...record } of calls) {
      const call = await this.prepare({
        // The time until somebody has put it back says nothing of how fast calls are.
        record: redrivenAt === undefined ? record : { ...record, capturedAtMs: undefined },
        isRepeatable: false,
        onUnknown: onUnknown(record.engagement),
      });
      call.id = id;
      call.redrivenAt = redrivenAt;
      if (call.end === undefined) this.ports.sender.add([call]);
      else this.end(call, call.end);
    }
  }

  /** The end of a call that an earlier owner, or this one, has learned of. */
  endOpen({ id, redrivenAt, ...record }: OpenCall, { end, attempts, endedAtMs }: CarriedEnd): void {
    const parts = NO_PARTS;
    const call: ShardCall = {
      ...{ id, redrivenAt, record, parts, end, endedAtMs },
      profileId: record.profileId,
      onUnknown: 'hold',
      attempts,
      isMarked: true,
      mayBeApplied: true,
    };
    this.ended.push(call);
    this.signal.raise();
  }

  /** Takes in what was stepped, in the order of the log. */
  async push(batch: SteppedBatch): Promise<void> {
    this.numbers += 1;
    const number = this.numbers;
    for (const { state } of batch.states.values()) this.ports.states.change(number, state);
    for (const profileId of batch.commit.folded) this.ports.states.forget(profileId);
    const entry: Waiting = {
      batch,
      number,
      calls: [],
      early: 0,
      hasLate: false,
      steppedAtMs: this.ports.now(),
    };
    const early: ShardCall[] = [];
    for (const stepped of batch.calls) {
      const call = await this.prepare(stepped);
      entry.calls.push(call);
      if (call.end !== undefined) continue;
      if (stepped.isRepeatable && !this.isCautious && !this.late.has(call.profileId)) early.push(call);
      else this.addLate(entry, call.profileId);
    }
    entry.early = early.length;
    this.tally.events += batch.events;
    addNoCalls(this.tally.noCall, batch.commit.noCall);
    this.waiting.push(entry);
    this.earlyOf(entry, early);
    this.signal.raise();
  }

  /** Told by the sender. */
  end(call: ShardCall, end: CallEnd): void {
    call.end = end;
    call.endedAtMs = this.ports.epochMs();
    if (end.state === 'delivered') this.ports.witness?.delivered(call);
    const entry = this.entries.get(call);
    if (entry !== undefined) {
      this.entries.delete(call);
      entry.early -= 1;
      if (entry.early === 0) this.signal.raise();
    }
    if (call.id !== undefined) {
      this.ended.push(call);
      this.signal.raise();
    }
  }

  /** Commits what there is to commit, until it is closed and nothing is left; answers why it ended otherwise. */
  async run(): Promise<'closed' | 'lost' | Fault> {
    for (;;) {
      await this.signal.wait(this.untilNext());
      const sinceMs = this.ports.now() - this.lastCommitMs;
      if (sinceMs < COMMIT_EVERY_MS && !this.isClosing)
        await new Promise((resolve) => setTimeout(resolve, COMMIT_EVERY_MS - sinceMs));
      const trouble = await this.commitReady();
      if (trouble !== undefined) return trouble;
      if (this.fault !== undefined) return this.fault;
      if (this.isClosing && this.isFlushed) return 'closed';
    }
  }

  /** Everything that was stepped is committed, whatever its requests have come to. */
  async flush(isEnding: () => boolean): Promise<void> {
    this.flushing += 1;
    while (!this.isFlushed && !isEnding()) {
      this.signal.raise();
      await this.relieved.wait(50);
    }
    this.flushing -= 1;
  }

  /** The sender has stopped: what is left is committed as it is. */
  close(): void {
    this.isClosing = true;
    this.signal.raise();
  }

  /** The database could not be had elsewhere: whoever begins anew is told of every end that is not written by then. */
  fail(fault: Fault): void {
    this.fault ??= fault;
    this.signal.raise();
  }

  /** What is known of calls in the database and could not be written. */
  carried(): Map<string, CarriedEnd> {
    const carried = new Map<string, CarriedEnd>();
    for (const { id, end, attempts, redrivenAt, endedAtMs = this.ports.epochMs() } of this.ended)
      if (id !== undefined && end !== undefined) carried.set(id, { end, attempts, endedAtMs, redrivenAt });
    return carried;
  }

  private earlyOf(entry: Waiting, calls: readonly ShardCall[]): void {
    for (const call of calls) this.entries.set(call, entry);
    this.ports.sender.add(calls);
  }

  private addLate(entry: Waiting, profileId: string): void {
    entry.hasLate = true;
    this.late.set(profileId, (this.late.get(profileId) ?? 0) + 1);
  }

  private async prepare({ record, onUnknown }: SteppedCall): Promise<ShardCall> {
    const call: ShardCall = {
      record,
      profileId: record.profileId,
      parts: NO_PARTS,
      onUnknown,
      attempts: record.attempts,
      isMarked: record.state === 'started',
      mayBeApplied: record.state === 'started',
    };
    const { request } = record;
    if (record.state === 'refused') call.end = { state: 'refused', reason: record.reason ?? '' };
    else if (request === undefined) call.end = { state: 'refused', reason: 'CALL_NOT_KEPT' };
    else {
      const parts = await this.ports.parts(request);
      if ('problem' in parts) call.end = { state: 'refused', reason: parts.problem };
      else call.parts = parts;
    }
    if (call.end !== undefined) call.endedAtMs = this.ports.epochMs();
    this.ports.witness?.stepped(call);
    return call;
  }

  private untilNext(): number {
    const [first] = this.waiting;
    return first === undefined ? 1_000 : Math.max(1, first.steppedAtMs + HOLD_MS - this.ports.now());
  }

  private takeReady(): Waiting[] {
    const now = this.ports.now();
    const mayWait = !this.isClosing && this.flushing === 0;
    const until = this.waiting.findIndex(
      ({ early, hasLate, steppedAtMs }) => mayWait && early > 0 && !hasLate && now - steppedAtMs < HOLD_MS,
    );
    return until === -1 ? [...this.waiting] : this.waiting.slice(0, until);
  }

  private async commitReady(): Promise<'lost' | Fault | undefined> {
    const ready = this.takeReady();
    // Copies: what comes while the commit is under way belongs to the next one.
    const ended = [...this.ended];
    const commit = emptyCommit();
    const calls = ready.flatMap((entry) => entry.calls);
    const endsAtCommit = new Map(calls.map((call) => [call, call.end]));
    for (const { batch } of ready) addTo(commit, batch.commit);
    commit.states = stateRows(ready);
    commit.calls = calls.map((call) => recordOf(call));
    for (const call of ended) addUpdate(commit, call);
    for (const call of [...calls, ...ended]) countEnd(commit, call);
    for (const [engagement, { checked, seen }] of this.ports.witness?.take() ?? []) {
      const delta = deltaOf(commit, engagement);
      delta.seenChecked += checked;
      delta.seen += seen;
    }
    if (isEmpty(commit)) {
      this.waiting = this.waiting.slice(ready.length);
      return undefined;
    }
    this.isCommitting = true;
    this.lastCommitMs = this.ports.now();
    const written = await this.ports.commit(commit);
    this.isCommitting = false;
    if (!written.ok) return written.fault;
    if (written.value === false) return 'lost';
    this.hasCommitted = true;
    this.isCautious = false;
    this.cursor = commit.cursor ?? this.cursor;
    this.ended = this.ended.slice(ended.length);
    this.waiting = this.waiting.slice(ready.length);
    this.afterCommit(ready, calls, endsAtCommit, written.value);
    this.release([...calls.filter((call) => endsAtCommit.get(call) !== undefined), ...ended]);
    this.relieved.raise();
    return undefined;
  }

  private afterCommit(
    ready: readonly Waiting[],
    calls: readonly ShardCall[],
    ends: ReadonlyMap<ShardCall, CallEnd | undefined>,
    ids: readonly (string | undefined)[],
  ): void {
    const last = ready.at(-1);
    if (last !== undefined)
      for (const { batch } of ready) this.ports.states.committed(last.number, batch.states.keys());
    const late: ShardCall[] = [];
    calls.forEach((call, at) => {
      const wasEarly = this.entries.delete(call) || call.end !== undefined;
      if (ends.get(call) !== undefined) return;
      const id = ids[at];
      if (id === undefined) throw new Error('invariant: a call that has not ended was written without an id');
      call.id = id;
      if (call.end !== undefined) this.ended.push(call);
      else if (!wasEarly) late.push(call);
    });
    for (const { profileId } of late) {
      const left = (this.late.get(profileId) ?? 1) - 1;
      if (left === 0) this.late.delete(profileId);
      else this.late.set(profileId, left);
    }
    if (late.length > 0) this.ports.sender.add(late);
    if (this.ended.length > 0) this.signal.raise();
  }

  private release(calls: readonly ShardCall[]): void {
    const people: string[] = [];
    for (const { end, profileId, parts } of calls) {
      if (end === undefined) continue;
      if (end.state === 'delivered') this.tally.delivered += 1;
      else if (end.state === 'refused') this.tally.refused += 1;
      else if (end.state === 'unknown') this.tally.unknown += 1;
      // Calls that never went to the sender hold nobody back.
      if (end.state !== 'planned' && parts !== NO_PARTS) people.push(profileId);
    }
    this.ports.sender.release(people);
  }
}

function noCalls(): { noCall: NoCallCounts } {
  return { noCall: {} };
}

function stateRows(ready: readonly Waiting[]): ShardCommit['states'] {
  const latest = new Map(ready.flatMap(({ batch }) => [...batch.states]));
  return [...latest].map(([profileId, { state, dueAtMs, isRetired }]) => ({
    profileId,
    text: JSON.stringify(state),
    dueAtMs,
    isRetired,
  }));
}
