import { type EventRetention, type Forgotten } from '../adapters/postgres/event-retention';
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
}

/** Few enough that a transaction takes a moment and holds up nobody. */
const ROWS_AT_ONCE = 5_000;
/** Well within the activity's time-out. */
const BUDGET_MS = 240_000;

/** Deletes events and calls that are past their retention. */
export function createForgetActivities({ retention, days, now }: ForgetEventsDependencies) {
  const clock = now ?? (() => performance.now());
  return {
    /**
     * Deletes step by step until nothing old is left or its time is up. Safe to retry and to run twice at once: what is gone is
     * gone, and only what its shard has passed goes. Bounded by its budget and its time-out. Reads fresh: age and cursors.
     */
    async forgetOldEvents(): Promise<ForgetEventsResult> {
      const total: ForgetEventsResult = { events: 0, calls: 0, setAside: 0, isDone: true };
      if (retention === undefined) return total;
      const startedAt = clock();
      for (;;) {
        const { events, calls, setAside } = valueOf(await retention.forget({ days, rows: ROWS_AT_ONCE }));
        total.events += events;
        total.calls += calls;
        total.setAside += setAside;
        if (Math.max(events, calls, setAside) < ROWS_AT_ONCE) return total;
        if (clock() - startedAt > BUDGET_MS) return { ...total, isDone: false };
      }
    },
  };
}
