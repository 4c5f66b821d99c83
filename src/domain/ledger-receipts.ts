import { type RecordOutcome } from './vocabulary';

/** What one attempt to send a slice reports: everybody was accepted but for these lines. */
export interface AttemptReport {
  rejected: readonly (readonly [line: number, reason: string])[];
  unknown: readonly number[];
  unsent: readonly (readonly [first: number, last: number])[];
}

/** A stretch of lines of one slice, all with the same outcome, none of them accepted. */
export interface OutcomeStretch {
  first: number;
  last: number;
  outcome: Exclude<RecordOutcome, 'accepted'>;
  /** Braze's own words, for rejected lines. */
  reason?: string;
}

const BY_RANK = ['unsent', 'unknown', 'rejected', 'accepted'] as const satisfies readonly RecordOutcome[];
const [UNSENT, UNKNOWN, REJECTED, ACCEPTED] = [0, 1, 2, 3];

/**
 * Merges what several attempts at one slice reported: per line accepted > rejected > unknown > unsent.
 * `silentAttempts` counts attempts that began and left no report, each of which may have sent any line.
 * `undefined` if a report speaks of lines that the slice does not have.
 */
export function mergeReports(
  members: number,
  reports: readonly AttemptReport[],
  silentAttempts: number,
): OutcomeStretch[] | undefined {
  const merged = new Uint8Array(members).fill(silentAttempts > 0 ? UNKNOWN : UNSENT);
  const reasons = new Map<number, string>();
  for (const report of reports) {
    const ranks = ranksOf(members, report);
    if (ranks === undefined) return undefined;
    for (const [line, reason] of report.rejected) reasons.set(line, reason);
    for (let line = 0; line < members; line += 1) {
      const rank = ranks[line] ?? UNSENT;
      if (rank > (merged[line] ?? UNSENT)) merged[line] = rank;
    }
  }
  return stretchesOf(merged, reasons);
}

/** The stretch of a slice that no attempt ever began. */
export function neverStarted(members: number): OutcomeStretch[] {
  return members === 0 ? [] : [{ first: 0, last: members - 1, outcome: 'unsent' }];
}

function ranksOf(members: number, report: AttemptReport): Uint8Array | undefined {
  const ranks = new Uint8Array(members).fill(ACCEPTED);
  const inside = (line: number) => Number.isInteger(line) && line >= 0 && line < members;
  // Weakest claim last: a line reported twice counts as the lesser.
  for (const [line] of report.rejected) {
    if (!inside(line)) return undefined;
    ranks[line] = REJECTED;
  }
  for (const line of report.unknown) {
    if (!inside(line)) return undefined;
    ranks[line] = UNKNOWN;
  }
  for (const [first, last] of report.unsent) {
    if (!inside(first) || !inside(last) || first > last) return undefined;
    ranks.fill(UNSENT, first, last + 1);
  }
  return ranks;
}

function stretchesOf(ranks: Uint8Array, reasons: ReadonlyMap<number, string>): OutcomeStretch[] {
  const stretches: OutcomeStretch[] = [];
  let open: OutcomeStretch | undefined;
  ranks.forEach((rank, line) => {
    const outcome = BY_RANK[rank];
    if (outcome === undefined || outcome === 'accepted') {
      open = undefined;
      return;
    }
    const reason = outcome === 'rejected' ? (reasons.get(line) ?? '') : undefined;
    if (open?.outcome === outcome && open.reason === reason) {
      open.last = line;
      return;
    }
    open = { first: line, last: line, outcome, ...(reason === undefined ? {} : { reason }) };
    stretches.push(open);
  });
  return stretches;
}
