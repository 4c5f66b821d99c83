import { type JsonObject } from './json-values';

/** One message that a trigger caused, for one recipient. */
export interface Delivery {
  at: string;
  dispatchId: string;
  kind: 'canvas' | 'campaign';
  /** Of the Canvas or the campaign. */
  id: string;
  /** As the request named it; null stands for everybody, in a broadcast. */
  recipient: JsonObject | null;
  /** The request's properties, and over them the recipient's own. */
  properties: JsonObject;
  /** Unknown people get nothing unless the request asked for them to be made. */
  outcome: 'delivered' | 'unknownUser';
}

const CAPACITY = 20_000;

/** The messages that would have gone out; the oldest are forgotten where there is no room. */
export class DeliveryLog {
  private entries: Delivery[] = [];
  /** Everything ever noted. */
  count = 0;

  /** Notes one message. */
  add(delivery: Delivery): void {
    this.count += 1;
    this.entries.push(delivery);
    // Dropping half at a time keeps the cost per message constant.
    if (this.entries.length >= CAPACITY * 2) this.entries = this.entries.slice(-CAPACITY);
  }

  /** The last so many that fit, oldest first. */
  last(count: number, fits: (delivery: Delivery) => boolean): Delivery[] {
    const fitting = this.entries.filter(fits);
    return count === 0 ? [] : fitting.slice(-count);
  }
}
