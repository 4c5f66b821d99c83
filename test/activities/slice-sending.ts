import { LocalBudget, type RequestBudget } from '../../src/adapters/braze/budget';
import {
  createBrazeConnection,
  type BrazeConnection,
  type BrazeReply,
} from '../../src/adapters/braze/connection';
import { SliceOutcomes } from '../../src/domain/slice-outcomes';
import { objectAffixes } from '../../src/domain/track-body';
import { type ChangeOperation, type RecordOutcome } from '../../src/domain/vocabulary';
import { type SandboxOptions } from '../../src/sandbox/settings';
import { openTestWorkspace, TEST_KEY, type TestWorkspace } from '../../src/sandbox/test-workspace';
import { SliceSender, type SendGate, type SendTally } from '../../src/activities/slice-sender';

const ATTRIBUTE = 'list';
const VALUE = 'VIP';

/** A gate that is open until told otherwise. */
export class TestGate implements SendGate {
  private state: 'open' | 'closed' | 'ended' = 'open';
  private waiting: (() => void)[] = [];
  private readonly ending = new AbortController();

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  isOpen(): boolean {
    return this.state === 'open';
  }

  async opened(): Promise<boolean> {
    while (this.state === 'closed') await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.state === 'open';
  }

  /** Whether a sender waits before it. */
  get isAwaited(): boolean {
    return this.waiting.length > 0;
  }

  set(state: 'open' | 'closed' | 'ended'): void {
    this.state = state;
    if (state === 'ended') this.ending.abort();
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A budget whose pauses are over at once, so that tests need not sit them out. */
export function impatientBudget(maxInFlight: number): LocalBudget {
  let nowMs = 0;
  return new LocalBudget(1_000_000, maxInFlight, {
    nowMs: () => nowMs,
    epochMs: Date.now,
    schedule: (callback, delayMs) =>
      void setImmediate(() => {
        nowMs += delayMs;
        callback();
      }),
    random: () => 0.5,
  });
}

/** How a sending differs from the usual one. */
export interface SendingOptions {
  operation?: ChangeOperation;
  objectsPerRequest?: number;
  concurrency?: number;
  outcomes?: SliceOutcomes;
  budget?: RequestBudget;
  gate?: SendGate;
  key?: string;
  path?: string;
  /** Called with each answer before the sender sees it. */
  onReply?: (reply: BrazeReply) => void;
}

/** A sandbox with profiles, and a sender that writes to it over HTTP. */
export class Sending {
  readonly braze: TestWorkspace;
  private readonly connections: BrazeConnection[] = [];

  private constructor(braze: TestWorkspace) {
    this.braze = braze;
  }

  static async open(ids: readonly string[], options: Partial<SandboxOptions> = {}): Promise<Sending> {
    const sending = new Sending(await openTestWorkspace({ trackOverlaps: true, ...options }));
    const profiles = ids.map((id) => JSON.stringify({ external_id: id, custom_attributes: {} }));
    await sending.braze.call('POST', '/_sandbox/profiles', profiles.join('\n'));
    return sending;
  }

  /** Sends lines (identifiers as JSON) and answers what the sender believes. */
  async send(
    lines: readonly string[],
    options: SendingOptions = {},
  ): Promise<{ tally: SendTally; outcomes: SliceOutcomes }> {
    const { operation = 'add', objectsPerRequest = 75, concurrency = 4, key = TEST_KEY, path } = options;
    const outcomes = options.outcomes ?? new SliceOutcomes(lines.length);
    const connection = this.connect(key, concurrency);
    const affixes = objectAffixes({
      identifier: 'external_id',
      attribute: ATTRIBUTE,
      value: VALUE,
      operation,
      createProfiles: false,
    });
    const sender = new SliceSender(
      { lines, pending: outcomes.pending(), affixes, objectsPerRequest, concurrency },
      {
        async track(body) {
          const reply = await connection.request({ method: 'POST', path: path ?? '/users/track', body });
          options.onReply?.(reply);
          return reply;
        },
        budget: options.budget ?? impatientBudget(concurrency),
        gate: options.gate ?? new TestGate(),
        backoffMs: () => 0,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      },
      outcomes,
    );
    const tally = await sender.run();
    return { tally, outcomes };
  }

  /** Who holds the value in Braze, once everything is applied. */
  async holders(): Promise<string[]> {
    const query = `flush=true&attribute=${ATTRIBUTE}&value=${VALUE}`;
    const { text } = await this.braze.call('GET', `/_sandbox/profiles?${query}`);
    const ids = [...text.matchAll(/"external_id":"([^"]*)"/g)].map(([, id]) => id ?? '');
    return ids.sort();
  }

  /** Requests to `/users/track` that the sandbox has answered, or dropped, so far. */
  requests(): number {
    const byStatus = this.braze.sandbox.workspace.statistics.requests['/users/track'] ?? {};
    return Object.values(byStatus).reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
    await this.braze.close();
  }

  private connect(key: string, connections: number): BrazeConnection {
    const connection = createBrazeConnection({
      endpoint: this.braze.sandbox.url,
      key,
      connections,
      requestTimeoutMs: 30_000,
      userAgent: 'partner-Brazier-Brazier/test',
    });
    this.connections.push(connection);
    return connection;
  }
}

/** Numbered identifiers. */
export function numbered(count: number, prefix = 'u'): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`);
}

/** Identifiers as the lines of a slice. */
export function linesOf(ids: readonly string[]): string[] {
  return ids.map((id) => JSON.stringify(id));
}

/** The identifiers with an outcome, sorted. */
export function having(outcome: RecordOutcome, ids: readonly string[], outcomes: SliceOutcomes): string[] {
  return ids.filter((_, line) => outcomes.of(line) === outcome).sort();
}
