import { type Outcome } from '../../contract/errors';
import { type Database, type Statement } from './database';
import { MAY_OVERTAKE } from './overtaken-calls';

/** How many rows were deleted. */
export interface Forgotten {
  events: number;
  calls: number;
  setAside: number;
}

/** Dead letters that are older than the retention and stay, since nobody has decided about them. */
export interface KeptLetters {
  calls: number;
  events: number;
}

/** What is no longer needed, deleted in bounded steps. */
export interface EventRetention {
  /** Deletes at most so many rows of each kind that are older than so many days. */
  forget(limits: { days: number; rows: number }): Promise<Outcome<Forgotten>>;
  /** Counts what is as old and not deleted. */
  kept(days: number): Promise<Outcome<KeptLetters>>;
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
    kept: (days) =>
      database.run(async (queries) => {
        const [kept] = await queries.query<{ calls: number; events: number }>(COUNT_KEPT, [days]);
        if (kept === undefined) throw new Error('invariant: an aggregate has one row');
        return { calls: kept.calls, events: kept.events };
      }),
  };
}

/**
 * Only what its shard has passed, and no event whose outcome is open: by its place in the log it is known when it is posted
 * again, and what was set aside is re-driven from there. Histories, memberships and counts are kept with the people and the
 * engagements, so nothing is decided differently without the others. Control entries stay: a shard finds in them what its
 * engagements are.
 */
const FORGET_EVENTS: Statement = {
  name: 'forget-events',
  text: `DELETE FROM brazier.event_log l USING (
    SELECT e.integration, e.layout, e.shard, e.seq FROM brazier.event_log e
    JOIN brazier.shard s ON s.integration = e.integration AND s.layout = e.layout AND s.shard = e.shard
    WHERE e.captured_at < now() - make_interval(days => $1) AND e.kind <> 'control' AND e.seq <= s.cursor
      AND NOT EXISTS (SELECT FROM brazier.call open WHERE open.integration = e.integration
        AND open.event_id = e.event_id AND open.state IN ('planned', 'started', 'refused', 'unknown'))
      AND NOT EXISTS (SELECT FROM brazier.set_aside open WHERE open.integration = e.integration
        AND open.event_id = e.event_id AND open.redriven_at IS NULL AND open.discarded_at IS NULL)
      AND NOT EXISTS (SELECT FROM brazier.set_aside open WHERE open.integration = e.integration
        AND open.layout = e.layout AND open.shard = e.shard AND open.seq = e.seq
        AND open.redriven_at IS NULL AND open.discarded_at IS NULL)
    ORDER BY e.captured_at LIMIT $2
  ) AS old
  WHERE l.integration = old.integration AND l.layout = old.layout AND l.shard = old.shard AND l.seq = old.seq`,
};

/**
 * Those of which nobody has anything to decide any more. One that was delivered stays as long as an older one of the same person
 * and engagement is open: sent again, that one would put old values back, and by this one it is known. Each integration's are
 * looked for by themselves, since their index begins with it.
 */
const FORGET_CALLS: Statement = {
  name: 'forget-calls',
  text: `DELETE FROM brazier.call WHERE id IN (
    SELECT old.id FROM (SELECT DISTINCT integration FROM brazier.shard) AS kept, LATERAL (
      SELECT id FROM brazier.call WHERE call.integration = kept.integration
        AND written_at < now() - make_interval(days => $1) AND state IN ('delivered', 'superseded', 'discarded')
        AND (state <> 'delivered' OR NOT ${MAY_OVERTAKE})
      ORDER BY written_at LIMIT $2) AS old
    LIMIT $2)`,
};

const FORGET_SET_ASIDE: Statement = {
  name: 'forget-set-aside',
  text: `DELETE FROM brazier.set_aside WHERE id IN (
    SELECT id FROM brazier.set_aside WHERE at < now() - make_interval(days => $1)
      AND (redriven_at IS NOT NULL OR discarded_at IS NOT NULL) ORDER BY id LIMIT $2)`,
};

const COUNT_KEPT = `
SELECT (SELECT count(*)::int FROM brazier.call WHERE state IN ('refused', 'unknown')
    AND written_at < now() - make_interval(days => $1)) AS calls,
  (SELECT count(*)::int FROM brazier.set_aside WHERE redriven_at IS NULL AND discarded_at IS NULL
    AND at < now() - make_interval(days => $1)) AS events`;
