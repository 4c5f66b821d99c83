import { type Outcome } from '../../contract/errors';
import { type ReadEvent } from '../../contract/schemas/capture';

/** Where events come from: a source of an integration. */
export interface EventOrigin {
  integration: string;
  source: string;
}

/** What has become of events that were well-formed. */
export interface CapturedPost {
  accepted: number;
  /** Were in the log already. */
  duplicates: number;
}

/** Takes events into the log of their integration. */
export interface Capture {
  /** Resolves with a success once all of them are durable. */
  post(origin: EventOrigin, events: readonly ReadEvent[]): Promise<Outcome<CapturedPost>>;
  /** Events that could not be read; for the figures. */
  refused(origin: EventOrigin, count: number): void;
}
