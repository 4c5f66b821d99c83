import { type Outcome } from '../../contract/errors';
import { type Database, type Statement } from './database';

/** How many rows were deleted. */
export interface Forgotten {
  events: number;
  calls: number;
  setAside: number;
}

/** What is no longer needed, deleted in bounded steps. */
export interface EventRetention {
  /** Deletes at most so many rows of each kind that are older than so many days. */
  forget(limits: { days: number; rows: number }): Promise<Outcome<Forgotten>>;
}

/** Over Brazier's own database: one short transaction for each kind of row. */
export function createEventRetention(database: Database): EventRetention {
  return {
    forget: ({ days, rows }) =>
      database.run(async (queries) => ({
        events: await queries.execute(FORGET_EVENTS, [days, rows]),
        calls: await queries.execute(FORGET_CALLS, [days, rows]),
        setAside: await queries.execute(FORGET_SET_ASIDE, [days, rows]),
      })),
  };
}

/**
 * Only what its shard has passed. Histories, memberships and counts are kept with the people and the engagements, so nothing
 * is decided differently without it. Control entries stay: a shard finds in them what its engagements are.
 */
const FORGET_EVENTS: Statement = {
  name: 'forget-events',
  text: `DELETE FROM brazier.event_log l USING (
    SELECT e.integration, e.layout, e.shard, e.seq FROM brazier.event_log e
    JOIN brazier.shard s ON s.integration = e.integration AND s.layout = e.layout AND s.shard = e.shard
    WHERE e.captured_at < now() - make_interval(days => $1) AND e.kind <> 'control' AND e.seq <= s.cursor
    ORDER BY e.captured_at LIMIT $2
  ) AS old
  WHERE l.integration = old.integration AND l.layout = old.layout AND l.shard = old.shard AND l.seq = old.seq`,
};

/** Planned and started ones have no answer yet, whatever their age. */
const FORGET_CALLS: Statement = {
  name: 'forget-calls',
  text: `DELETE FROM brazier.call WHERE id IN (
    SELECT id FROM brazier.call WHERE answered_at < now() - make_interval(days => $1)
      AND state IN ('delivered', 'refused', 'unknown', 'superseded')
    ORDER BY answered_at LIMIT $2)`,
};

const FORGET_SET_ASIDE: Statement = {
  name: 'forget-set-aside',
  text: `DELETE FROM brazier.set_aside WHERE id IN (
    SELECT id FROM brazier.set_aside WHERE at < now() - make_interval(days => $1) ORDER BY id LIMIT $2)`,
};
