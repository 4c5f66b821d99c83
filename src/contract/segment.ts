import { type SegmentDefinition } from './engagement';

/** One saved version of a segment; it never changes. */
export interface SegmentVersion extends SegmentDefinition {
  version: number;
  /** SHA-256 over the condition, in hex. */
  digest: string;
  savedAt: string;
}

/** How many people a segment's condition would have, counted by looking at each of them. */
export interface SegmentPreview {
  /** ISO 8601: the moment that is meant by now. */
  at: string;
  /** Everybody of the integration, each unified person once. */
  people: number;
  inside: number;
  /** Are outside and will be inside by time alone, if they do nothing. */
  willEnter: number;
  /** Are inside and will be outside by time alone. */
  willLeave: number;
  /** When the first of those enters. */
  nextEntryAt?: string | undefined;
  /** Ids of profiles, if asked for. */
  sample?: { inside: string[]; willEnter: string[] } | undefined;
}
