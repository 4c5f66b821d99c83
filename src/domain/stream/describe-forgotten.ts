import { number } from '../describe-run';

/** What a run of the retention has done. */
export interface ForgottenCounts {
  events: number;
  calls: number;
  setAside: number;
  isDone: boolean;
  kept: { calls: number; events: number };
}

/** Markdown of one run of the retention for Temporal's current details: what went, what stays, and who acts. */
export function describeForgotten({ events, calls, setAside, isDone, kept }: ForgottenCounts): string {
  const lines = [
    `Deleted: ${number(events)} entries of the log, ${number(calls)} calls, ${number(setAside)} records of events that had been set aside.`,
  ];
  if (!isDone) lines.push('Its time was up before all of it was gone; the next run goes on.');
  if (kept.calls + kept.events > 0)
    lines.push(
      `**Kept, though past the retention: ${number(kept.calls)} calls that were refused or are unknown, ${number(kept.events)} events set aside.** ` +
        'They stay until a person re-drives or discards them: `brazier dead-letters list`.',
    );
  return lines.join('\n\n');
}
