import { type Identifiers, type JsonObject } from '../domain/stream/vocabulary';

/** One event as a source posts it. */
export interface EventInput {
  /** What makes it one event, however often it is posted: the idempotency key, unique within the source. */
  id: string;
  /** Absent if it brings traits only. */
  name?: string | undefined;
  /** ISO 8601; the moment of capture if absent. */
  time?: string | undefined;
  identifiers: Identifiers;
  properties?: JsonObject | undefined;
  /** Fields of the person that this makes known. */
  traits?: JsonObject | undefined;
}

/** One refused event of a batch. */
export interface EventRefusal {
  /** Position in the batch. */
  index: number;
  problem: string;
}

/** Answer of 202: everything but the refused is in the event log, durably. */
export interface EventsAnswer {
  accepted: number;
  /** Were in the log already. */
  duplicates: number;
  refused: EventRefusal[];
}
