import { type Outcome } from '../contract/errors';
import { type CallIdentifier, personObjects, readIdentifier } from '../domain/stream/call-identifier';
import { isProvenByItself, judge, proofOf, type ProvenValue } from '../domain/stream/call-proof';
import { type CallRecord } from '../domain/stream/shard-work';
import { type JsonObject } from '../domain/stream/vocabulary';

/** How profiles are read back. */
export interface ReadDoor {
  /** What Braze may take to apply a write. */
  applyLagMs: number;
  /** Everybody whom the identifier means, within the budget for reading. */
  read(identifier: CallIdentifier, signal: AbortSignal): Promise<Outcome<JsonObject[]>>;
}

/** What a witness works with. */
export interface WitnessPorts {
  /** Nothing where the integration does not want profiles read back. */
  open(): Promise<Outcome<ReadDoor | undefined>>;
  /** One delivered call of each engagement is looked for so often at most. */
  everyMs: number;
  /** Monotonic milliseconds. */
  now(): number;
}

/** What was looked for, and what of it was there. */
export interface Witnessed {
  checked: number;
  seen: number;
}

interface Sample {
  call: WitnessedCall;
  identifier: CallIdentifier;
  values: ProvenValue[];
}

/** A call as far as it is looked for. */
export interface WitnessedCall {
  profileId: string;
  record: CallRecord;
}

/** How often delivered calls are looked for, unless a test has less time. */
export const WITNESS_EVERY_MS = 10_000;
/** After a read that failed or is not wanted: a key that may not read, or a workspace that is busy, is not asked all the time. */
const AFTER_TROUBLE_MS = 600_000;
const MOST_PEOPLE = 10_000;
/** Said of an integration with `features.readBack: false`. */
export const READ_BACK_OFF = 'reading profiles back is switched off for this integration (features.readBack)';

/**
 * Looks now and then whether what Braze has accepted is on the profile. It holds nothing up and decides nothing: what it
 * finds is counted. A call after which the person had another one is not judged, since that one may have written over it.
 */
export class ShardWitness {
  private readonly ports: WitnessPorts;
  /** The latest call of each person, as far as remembered. */
  private readonly latest = new Map<string, WitnessedCall>();
  private readonly notBefore = new Map<string, number>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly ending = new AbortController();
  private found = new Map<string, Witnessed>();
  /** Why nothing is looked for; absent while it is, or while there was nothing yet. */
  trouble: string | undefined;

  constructor(ports: WitnessPorts) {
    this.ports = ports;
  }

  /** A call of a person is on its way: what went before it can no longer be told from it. */
  stepped(call: WitnessedCall): void {
    this.latest.delete(call.profileId);
    this.latest.set(call.profileId, call);
    if (this.latest.size <= MOST_PEOPLE) return;
    const [oldest] = this.latest.keys();
    if (oldest !== undefined) this.latest.delete(oldest);
  }

  /** Braze has accepted a call. */
  delivered(call: WitnessedCall): void {
    const { engagement } = call.record;
    const now = this.ports.now();
    if (now < (this.notBefore.get(engagement) ?? -Infinity) || this.ending.signal.aborted) return;
    const sample = this.sampleOf(call);
    if (sample === undefined) return;
    this.notBefore.set(engagement, now + this.ports.everyMs);
    void this.look(sample).catch((error: unknown) => {
      this.trouble = `INVARIANT_BROKEN: ${error instanceof Error ? error.name : 'something was thrown'}`;
      this.waitAfterTrouble(engagement);
    });
  }

  /** What was found since the last time. */
  take(): Map<string, Witnessed> {
    const found = this.found;
    if (found.size > 0) this.found = new Map();
    return found;
  }

  /** Looks no more; what is under way is given up. */
  close(): void {
    this.ending.abort();
    for (const timer of this.timers) clearTimeout(timer);
  }

  private sampleOf(call: WitnessedCall): Sample | undefined {
    const { request } = call.record;
    if (request === undefined || this.latest.get(call.profileId) !== call) return undefined;
    const { endpoint, body, secrets } = request;
    const values = proofOf(endpoint, body, secrets).values.filter(isProvenByItself);
    const [person] = personObjects(endpoint, body);
    const identifier = person && readIdentifier(endpoint, person);
    return identifier === undefined || values.length === 0 ? undefined : { call, identifier, values };
  }

  private async look({ call, identifier, values }: Sample): Promise<void> {
    const { engagement } = call.record;
    const door = await this.ports.open();
    if (!door.ok) {
      this.trouble = `${door.fault.code}: ${door.fault.message}`;
      this.waitAfterTrouble(engagement);
      return;
    }
    if (door.value === undefined) {
      this.trouble = READ_BACK_OFF;
      this.waitAfterTrouble(engagement);
      return;
    }
    await this.pause(door.value.applyLagMs);
    if (this.ending.signal.aborted || this.latest.get(call.profileId) !== call) return;
    const profiles = await door.value.read(identifier, this.ending.signal);
    this.trouble = profiles.ok ? undefined : `${profiles.fault.code}: ${profiles.fault.message}`;
    if (!profiles.ok) {
      this.waitAfterTrouble(engagement);
      return;
    }
    // An event that came meanwhile may have written over it, and Braze keeps several profiles to an address.
    if (this.latest.get(call.profileId) !== call || profiles.value.length > 1) return;
    const isThere = judge(values, undefined, profiles.value[0]).every(({ arrived }) => arrived);
    const { checked, seen } = this.found.get(engagement) ?? { checked: 0, seen: 0 };
    this.found.set(engagement, { checked: checked + 1, seen: seen + (isThere ? 1 : 0) });
  }

  private waitAfterTrouble(engagement: string): void {
    this.notBefore.set(engagement, this.ports.now() + AFTER_TROUBLE_MS);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, ms);
      this.timers.add(timer);
    });
  }
}
