import { type JsonObject } from '../json-values';
import { type InputArray } from './refusals';

/** The objects of one request that were accepted, in Braze's order of work: attributes, events, purchases. */
export type TrackWrites = Record<InputArray, readonly JsonObject[]>;

/** How many objects there are in all three arrays. */
export function countWrites(writes: TrackWrites): number {
  return writes.attributes.length + writes.events.length + writes.purchases.length;
}
