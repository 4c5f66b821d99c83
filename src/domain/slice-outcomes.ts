import { type OutcomeCounts, type RecordOutcome } from './vocabulary';

const RANK: Record<RecordOutcome, number> = { unsent: 0, unknown: 1, rejected: 2, accepted: 3 };
const BY_RANK: readonly RecordOutcome[] = ['unsent', 'unknown', 'rejected', 'accepted'];

/** A line that was never heard of has not been sent. */
function outcomeOf(rank: number | undefined): RecordOutcome {
  return BY_RANK[rank ?? RANK.unsent] ?? 'unsent';
}

/** The exceptions of a receipt: everybody else in the slice was accepted. */
export interface OutcomeExceptions {
  rejected: [line: number, reason: string][];
  unknown: number[];
  /** First and last line of each stretch. */
  unsent: [first: number, last: number][];
}

/** A stretch of lines of one slice, all with the same outcome, none of them accepted. */
export interface OutcomeStretch {
  first: number;
  last: number;
  outcome: Exclude<RecordOutcome, 'accepted'>;
  /** Braze's own words, for rejected lines. */
  reason?: string;
}

/**
 * What became of each line of a slice. Several answers for a line merge as accepted > rejected > unknown > unsent,
 * so a later, surer answer replaces an earlier doubt and never the reverse.
 */
export class SliceOutcomes {
  readonly members: number;
  private readonly ranks: Uint8Array;
  private readonly reasons = new Map<number, string>();

  constructor(members: number) {
    this.members = members;
    this.ranks = new Uint8Array(members);
  }

  /** Takes in one more answer for a line. */
  merge(line: number, outcome: RecordOutcome, reason?: string): void {
    const rank = RANK[outcome];
    if (rank <= (this.ranks[line] ?? 0)) return;
    this.ranks[line] = rank;
    if (outcome === 'rejected' && reason !== undefined) this.reasons.set(line, reason);
    else if (this.reasons.size > 0) this.reasons.delete(line);
  }

  /** The same as merging `accepted` for each line: what happens to nearly all of them, hence without detours. */
  mergeAccepted(lines: readonly number[]): void {
    for (const line of lines) this.ranks[line] = RANK.accepted;
    if (this.reasons.size > 0) for (const line of lines) this.reasons.delete(line);
  }

  /**
   * Takes in an earlier receipt of the same slice; a line that it names twice counts as the lesser. False, with nothing
   * taken in, if it speaks of lines that the slice does not have.
   */
  mergeReceipt({ rejected, unknown, unsent }: OutcomeExceptions): boolean {
    const isLine = (line: number) => Number.isInteger(line) && line >= 0 && line < this.members;
    const known =
      rejected.every(([line]) => isLine(line)) &&
      unknown.every(isLine) &&
      unsent.every(([first, last]) => isLine(first) && isLine(last) && first <= last);
    if (!known) return false;
    const ranks = new Uint8Array(this.members).fill(RANK.accepted);
    // The weakest claim last.
    for (const [line] of rejected) ranks[line] = RANK.rejected;
    for (const line of unknown) ranks[line] = RANK.unknown;
    for (const [first, last] of unsent) ranks.fill(RANK.unsent, first, last + 1);
    const reasons = new Map(rejected);
    ranks.forEach((rank, line) => this.merge(line, outcomeOf(rank), reasons.get(line)));
    return true;
  }

  /** Takes in an attempt that began and left no receipt: it may have sent any line. */
  mergeSilentAttempt(): void {
    for (let line = 0; line < this.members; line += 1) this.merge(line, 'unknown');
  }

  /** The outcome of a line. */
  of(line: number): RecordOutcome {
    return outcomeOf(this.ranks[line]);
  }

  /** Lines that still need an answer: never sent, or sent and not known. */
  pending(): number[] {
    const lines: number[] = [];
    for (let line = 0; line < this.members; line += 1)
      if ((this.ranks[line] ?? 0) < RANK.rejected) lines.push(line);
    return lines;
  }

  /** How many lines ended how. */
  counts(): OutcomeCounts {
    const counts: OutcomeCounts = { accepted: 0, rejected: 0, unknown: 0, unsent: 0 };
    for (const rank of this.ranks) counts[outcomeOf(rank)] += 1;
    return counts;
  }

  /** The receipt's body: exceptions only. */
  exceptions(): OutcomeExceptions {
    const result: OutcomeExceptions = { rejected: [], unknown: [], unsent: [] };
    for (let line = 0; line < this.members; line += 1) {
      if (this.ranks[line] === RANK.accepted) continue;
      const outcome = this.of(line);
      if (outcome === 'rejected')
        result.rejected.push([line, this.reasons.get(line) ?? 'refused without a reason']);
      else if (outcome === 'unknown') result.unknown.push(line);
      else if (outcome === 'unsent') appendToStretch(result.unsent, line);
    }
    return result;
  }

  /** Everybody who was not accepted, in stretches of one outcome and reason. */
  stretches(): OutcomeStretch[] {
    const found: OutcomeStretch[] = [];
    for (let line = 0; line < this.members; line += 1) {
      const outcome = this.of(line);
      if (outcome === 'accepted') continue;
      const reason = outcome === 'rejected' ? (this.reasons.get(line) ?? '') : undefined;
      const open = found.at(-1);
      if (open?.last === line - 1 && open.outcome === outcome && open.reason === reason) open.last = line;
      else found.push({ first: line, last: line, outcome, ...(reason === undefined ? {} : { reason }) });
    }
    return found;
  }
}

/**
 * What all attempts at one slice come to; `silentAttempts` of them began and left no receipt. `undefined` if a receipt
 * speaks of lines that the slice does not have.
 */
export function mergeAttempts(
  members: number,
  receipts: readonly OutcomeExceptions[],
  silentAttempts: number,
): OutcomeStretch[] | undefined {
  const outcomes = new SliceOutcomes(members);
  if (silentAttempts > 0) outcomes.mergeSilentAttempt();
  return receipts.every((receipt) => outcomes.mergeReceipt(receipt)) ? outcomes.stretches() : undefined;
}

function appendToStretch(stretches: [number, number][], line: number): void {
  const last = stretches.at(-1);
  if (last?.[1] === line - 1) last[1] = line;
  else stretches.push([line, line]);
}
