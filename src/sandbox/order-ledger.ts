import { type JsonObject } from './json-values';
import { identityKey, readIdentity } from './profiles/identity';
import { INPUT_ARRAYS, type InputArray } from './track/refusals';
import { type TrackWrites } from './track/track-writes';

/** One object that was accepted for a user. */
export interface OrderedWrite {
  /** Which accepted request it came in, from 1, in the order of their arrival. */
  request: number;
  atMs: number;
  array: InputArray;
  /** As it came; its identifiers too. */
  object: JsonObject;
}

/** What came for one user, in the order in which it was accepted. */
export interface UserOrder {
  user: string;
  writes: readonly OrderedWrite[];
}

/** So many writes are kept; later ones are only counted, so that what is kept has no gaps. */
const CAPACITY = 1_000_000;

/**
 * In which order each user was written to: what a client's promise of order per person is checked by. Objects are kept
 * as they were parsed, so a write costs a map look-up and a small record.
 */
export class OrderLedger {
  private readonly byUser = new Map<string, OrderedWrite[]>();
  private requests = 0;
  /** Writes that are kept. */
  kept = 0;
  /** Writes that came when the ledger was full. */
  missed = 0;

  /** Notes the objects of one accepted request. */
  note(writes: TrackWrites, atMs: number): void {
    const request = ++this.requests;
    for (const array of INPUT_ARRAYS) {
      for (const object of writes[array]) this.add({ request, atMs, array, object });
    }
  }

  /** What came for one user, by external id, or by the text that `all` gives for users without one. */
  of(user: string): UserOrder {
    return { user, writes: this.byUser.get(user) ?? [] };
  }

  /** Every user, in the order of their first write. */
  *all(): Generator<UserOrder> {
    for (const [user, writes] of this.byUser) yield { user, writes };
  }

  /** Forgets everything. */
  clear(): void {
    this.byUser.clear();
    this.kept = 0;
    this.missed = 0;
  }

  private add(write: OrderedWrite): void {
    if (this.kept >= CAPACITY) {
      this.missed += 1;
      return;
    }
    const identity = readIdentity(write.object);
    const user = identity === undefined ? '' : identityKey(identity);
    const known = this.byUser.get(user);
    if (known === undefined) this.byUser.set(user, [write]);
    else known.push(write);
    this.kept += 1;
  }
}
