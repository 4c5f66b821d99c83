import { type ChangeOperation, type ObjectReference, type OutcomeCounts, type PlanCounts } from './phases';

export type { ChangeOperation, LedgerReference, ObjectReference, OutcomeCounts, PlanCounts } from './phases';

/** What was read from the source, row by row. */
export interface SnapshotCounts {
  objects: number;
  bytes: number;
  rows: number;
  /** Distinct usable identifiers. */
  members: number;
  blank: number;
  /** Rows that repeat an identifier after trimming. */
  duplicate: number;
  /** Rows whose identifier Braze could never accept (over-long, control characters, not an e-mail address …), by reason. */
  unusable: Record<string, number>;
}

/** A source as it lay there when it was looked at. */
export interface SourceSeen {
  /** `s3://bucket/key`, with every date filled in and the newest folder named. */
  location: string;
  /** SHA-256 over every object's key, ETag and size, and over all of the activation that decides what is planned from them. */
  digest: string;
}

/** The members frozen at one moment. */
export interface SnapshotReference {
  /** Parquet with one text column, `id`. */
  file: ObjectReference;
  /** NDJSON of unusable rows with their reason, `{id, rows, reason}`; absent when there are none. */
  rejected?: ObjectReference | undefined;
  counts: SnapshotCounts;
  /** What was read; absent in snapshots of earlier releases. */
  source?: SourceSeen | undefined;
}

/** A slice: the part of a plan that one activity sends. One JSON-encoded identifier a line. */
export interface SliceReference {
  operation: ChangeOperation;
  /** Counted from 0 within its operation. */
  index: number;
  members: number;
  object: ObjectReference;
}

/** Who enters and who leaves, in slices, with a hash that does not depend on row order. */
export interface PlanReference {
  hash: string;
  counts: PlanCounts;
  /** Parquet with one text column, `id`, in slice order; absent when the plan has no such change. */
  add?: ObjectReference | undefined;
  remove?: ObjectReference | undefined;
  membersPerSlice: number;
  /** JSON array of {@link SliceReference}; a list in the bucket, since histories carry no lists that grow. */
  slices: ObjectReference;
  sliceCount: { add: number; remove: number };
}

/** What Braze answered for a slice. */
export interface SliceReceipt {
  operation: ChangeOperation;
  index: number;
  counts: OutcomeCounts;
  receipt: ObjectReference;
  /** Temporal's number of the attempt that wrote this receipt, from 1. */
  attempt: number;
  requests: number;
  retries: number;
  throttled: number;
  /** Why the slice ended early, if it did; the code is of the error catalog. */
  stopped?: { code: string; message: string } | undefined;
}

/** Written durably before the first request of a slice attempt: from then on its members may be in Braze. */
export interface StartedMarker {
  operation: ChangeOperation;
  index: number;
  members: number;
  plan: PlanReference;
}

/** Body of a receipt object: everybody in the slice was accepted but for the exceptions listed by line (from 0). */
export interface ReceiptBody {
  operation: ChangeOperation;
  index: number;
  members: number;
  /** Line and Braze's own words. */
  rejected: [line: number, reason: string][];
  unknown: number[];
  /** First and last line of each stretch that no request may have carried to Braze. */
  unsent: [first: number, last: number][];
}

/** What verification found of one member; one JSON object a line of a corrections object. */
export interface Correction {
  id: string;
  operation: ChangeOperation;
  /** `late`: the profile did not show the change in time. */
  finding: 'notInBraze' | 'late';
}
