import { type EventRetention, type Forgotten, type KeptLetters } from '../adapters/postgres/event-retention';
import { valueOf } from './failure';

/** What the activity works with. */
export interface ForgetEventsDependencies {
  /** Absent where no database is configured: then there is nothing to delete. */
  retention: EventRetention | undefined;
  days: number;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** What one run has deleted. */
export interface ForgetEventsResult extends Forgotten {
  /** False if its time was up before everything old was gone: the next run goes on. */
  isDone: boolean;
  /** Dead letters past the retention that stay until somebody re-drives or discards them. */
  kept: KeptLetters;
}

/** Few enough that a transaction takes a moment and holds up nobody. */
const ROWS_AT_ONCE = 5_000;
/** Well within the activity's time-out. */
const BUDGET_MS = 240_000;

/** Deletes events and calls that are past their retention and of which nothing is open. */
export function createForgetActivities({ retention, days, now }: ForgetEventsDependencies) {
  const clock = now ?? (() => performance.now());
  return {
    /**
     * Deletes step by step until nothing old is left or its time is up. Safe to retry and to run twice at once: what is gone is
     * gone, and only what its shard has passed goes, and nothing of which somebody has to decide. Bounded by its budget and its
     * time-out. Reads fresh: age, cursors and states.
     */
    async forgetOldEvents(): Promise<ForgetEventsResult> {
      const total = { events: 0, calls: 0, setAside: 0 };
      if (retention === undefined) return { ...total, isDone: true, kept: { calls: 0, events: 0 } };
      const startedAt = clock();
      for (;;) {
        const { events, calls, setAside } = valueOf(await retention.forget({ days, rows: ROWS_AT_ONCE }));
        total.events += events;
        total.calls += calls;
        total.setAside += setAside;
        const isDone = Math.max(events, calls, setAside) < ROWS_AT_ONCE;
        if (isDone || clock() - startedAt > BUDGET_MS)
          return { ...total, isDone, kept: valueOf(await retention.kept(days)) };
      }
    },
  };
}
