import { isJsonObject } from '../json-values';
import { identityKey, readIdentity } from '../profiles/identity';
import { type TrackWrites } from './track-writes';

/** What was seen of requests that touched one (user, attribute, value) at the same time. */
export interface OverlapCounts {
  /** Two requests, neither answered. */
  inFlight: number;
  /** The same, one adding and one removing (or setting something else). */
  oppositeInFlight: number;
  /** The earlier one answered, but not yet applied. */
  unapplied: number;
  /** The same, one adding and one removing (or setting something else): the outcome is a matter of luck. */
  oppositeUnapplied: number;
  /** The first few, as user, attribute, value. */
  examples: string[];
}

interface Touch {
  inFlight: number;
  unapplied: number;
  change: string;
  request: number;
}

const MAX_EXAMPLES = 20;

/**
 * Watches that a client keeps one write in flight per user, attribute and value: Braze promises no order across requests
 * (https://www.braze.com/docs/api/api_limits, read 2026-09-02), so an older write can overtake a newer one.
 */
export class OverlapWatch {
  readonly counts: OverlapCounts = {
    inFlight: 0,
    oppositeInFlight: 0,
    unapplied: 0,
    oppositeUnapplied: 0,
    examples: [],
  };
  private readonly touches = new Map<string, Touch>();
  private requests = 0;

  /** Notes what a request touches, from its arrival. Call `answered` and `applied` of the result, in either order. */
  open(writes: TrackWrites): { answered: () => void; applied: () => void } {
    const request = ++this.requests;
    const keys = new Set<string>();
    for (const [key, change] of touchesOf(writes)) {
      keys.add(key);
      this.touch(key, change, request);
    }
    return {
      answered: () => this.close(keys, 'inFlight'),
      applied: () => this.close(keys, 'unapplied'),
    };
  }

  private touch(key: string, change: string, request: number): void {
    const known = this.touches.get(key);
    if (known === undefined) {
      this.touches.set(key, { inFlight: 1, unapplied: 1, change, request });
      return;
    }
    if (known.request === request) return;
    this.count(known, key, change);
    known.inFlight += 1;
    known.unapplied += 1;
    known.change = change;
    known.request = request;
  }

  private count(known: Touch, key: string, change: string): void {
    const opposite = known.change !== change;
    if (known.inFlight > 0) {
      this.counts.inFlight += 1;
      if (opposite) this.counts.oppositeInFlight += 1;
    } else {
      this.counts.unapplied += 1;
      if (opposite) this.counts.oppositeUnapplied += 1;
    }
    if (this.counts.examples.length < MAX_EXAMPLES) this.counts.examples.push(key.replaceAll('\0', ' '));
  }

  private close(keys: ReadonlySet<string>, stage: 'inFlight' | 'unapplied'): void {
    for (const key of keys) {
      const touch = this.touches.get(key);
      if (touch === undefined) continue;
      touch[stage] -= 1;
      if (touch.inFlight <= 0 && touch.unapplied <= 0) this.touches.delete(key);
    }
  }
}

/** What is touched, and how: each value of an add or remove by itself, any other write as the whole attribute. */
function* touchesOf({ attributes }: TrackWrites): Generator<[key: string, change: string]> {
  for (const record of attributes) {
    const identity = readIdentity(record);
    if (identity === undefined) continue;
    const user = identityKey(identity);
    for (const name in record) {
      if (name === 'external_id' || name === 'braze_id' || name === 'user_alias' || name.startsWith('_'))
        continue;
      const value = record[name];
      if (!isJsonObject(value) || !('add' in value || 'remove' in value)) {
        yield [`${user}\0${name}`, JSON.stringify(value)];
        continue;
      }
      for (const change of ['add', 'remove']) {
        const items = value[change];
        if (!Array.isArray(items)) continue;
        for (const item of items) yield [`${user}\0${name}\0${String(item)}`, change];
      }
    }
  }
}
