import { success, type Outcome } from '../../contract/errors';
import { type DeadLetterFilter, type DiscardResult } from '../../contract/stream';
import { type Database, type Queries } from './database';
import { countDeadLetters, selectLetters } from './dead-letters';
import { lockIntake } from './intake-lock';

const AT_ONCE = 500;

/**
 * Gives dead letters up for good, in somebody's name: they are listed no more, what was kept to send them is deleted at once, and
 * the retention may forget their rows. Counts stay, for they tell what happened. What fails half-way has given up whole groups:
 * repeated, it goes on with the rest.
 */
export async function discard(
  database: Database,
  filter: DeadLetterFilter,
  by: string,
): Promise<Outcome<DiscardResult>> {
  const counted = await countDeadLetters(database, filter);
  if (!counted.ok) return counted;
  // Letters that die meanwhile were seen by nobody.
  const until = filter.until ?? counted.value.at;
  const result: DiscardResult = { calls: 0, events: 0 };
  for (;;) {
    const group = await database.transaction((db) => discardGroup(db, { ...filter, until }, by));
    if (!group.ok) return group;
    const { calls, events } = group.value;
    result.calls += calls;
    result.events += events;
    if (calls + events < AT_ONCE) return success(result);
  }
}

async function discardGroup(db: Queries, filter: DeadLetterFilter, by: string): Promise<DiscardResult> {
  // Nobody puts them back on their way at the same time.
  await lockIntake(db, filter.integration);
  const letters = await selectLetters(db, filter, { limit: AT_ONCE });
  const numbers = (kind: 'call' | 'event') =>
    letters.filter((letter) => letter.kind === kind).map(({ number }) => number);
  return {
    calls: await db.execute(DISCARD_CALLS, [numbers('call'), by]),
    events: await db.execute(DISCARD_EVENTS, [numbers('event'), by]),
  };
}

const DISCARD_CALLS = `
UPDATE brazier.call SET state = 'discarded', request = NULL, discarded_by = $2, discarded_at = clock_timestamp(),
  answered_at = coalesce(answered_at, planned_at)
WHERE id = ANY($1::bigint[]) AND state IN ('refused', 'unknown')`;

const DISCARD_EVENTS = `
UPDATE brazier.set_aside SET discarded_by = $2, discarded_at = clock_timestamp()
WHERE id = ANY($1::bigint[]) AND redriven_at IS NULL AND discarded_at IS NULL`;
