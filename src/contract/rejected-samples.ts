/** How many members or rows a report shows for one reason … */
export const SAMPLES_PER_REASON = 20;
/** … and in all. */
export const SAMPLES_IN_ALL = 50;

/** One value that was not sent or not taken, shortened for people. */
export interface RejectedSample {
  value: string;
  /** The source's object and the row within it, counted from 1 and without a header; absent for what Braze refused. */
  place?: { object: string; row: number } | undefined;
  /** How many rows hold it; 1 for what Braze refused. */
  rows: number;
}

/** Samples that share what is wrong with them. */
export interface RejectedSamples {
  /** Whether the row could not be sent, or Braze refused the member. */
  by: 'source' | 'braze';
  /** Our word for an unusable row, or Braze's own words. */
  reason: string;
  samples: RejectedSample[];
}
