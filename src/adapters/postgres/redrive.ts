import { success, type Outcome } from '../../contract/errors';
import { type DeadLetterFilter, type RedriveResult } from '../../contract/stream';
import { bucketOf, shardOfBucket } from '../../domain/stream/sharding';
import { type Database, type Queries, Refusal } from './database';
import { countDeadLetters, selectLetters, type LetterRow } from './dead-letters';
import { lockIntake } from './intake-lock';
import { appendAgain } from './redrive-events';
import { survivorsOf } from './survivors';

const AT_ONCE = 500;

/**
 * Puts dead letters back on their way, the oldest first: calls are planned again in the shard that looks after their person
 * now, events come into the log once more. Letters that die again meanwhile are left. What fails half-way has
 * put back whole groups: repeated, it goes on with the rest.
 */
export async function redrive(
  database: Database,
  filter: DeadLetterFilter,
  by: string,
): Promise<Outcome<RedriveResult>> {
  const counted = await countDeadLetters(database, filter);
  if (!counted.ok) return counted;
  const until = filter.until ?? counted.value.at;
  const result: RedriveResult = { calls: 0, events: 0, superseded: 0, notKept: 0 };
  for (let after: string | undefined; ;) {
    const group = await database.transaction((db) => redriveGroup(db, { ...filter, until }, by, after));
    if (!group.ok) return group;
    const { next, ...done } = group.value;
    result.calls += done.calls;
    result.events += done.events;
    result.superseded += done.superseded;
    result.notKept += done.notKept;
    if (next === undefined) return success(result);
    after = next;
  }
}

interface Layout {
  layout: number;
  shards: number;
}

async function redriveGroup(
  db: Queries,
  filter: DeadLetterFilter,
  by: string,
  after: string | undefined,
): Promise<RedriveResult & { next: string | undefined }> {
  const { integration } = filter;
  // The layout stays the present one until the end, and nothing else comes into the log.
  await lockIntake(db, integration);
  const [present] = await db.query<Layout>(
    'SELECT layout, shards FROM brazier.stream WHERE integration = $1',
    [integration],
  );
  if (present === undefined) throw new Refusal('STREAM_NOT_FOUND', `${integration} has no stream`);
  // As every commit of a shard begins: whoever holds these rows has the counts to itself.
  await db.execute(
    'SELECT 1 FROM brazier.shard WHERE integration = $1 ORDER BY layout, shard FOR NO KEY UPDATE',
    [integration],
  );
  const letters = await selectLetters(db, filter, { after, limit: AT_ONCE });
  const calls = letters.filter(({ kind }) => kind === 'call');
  const kept = calls.filter(({ request }) => request !== null);
  const [planned, superseded] = [
    kept.filter(({ overtaken }) => !overtaken),
    kept.filter(({ overtaken }) => overtaken),
  ];
  await uncount(
    db,
    kept.map(({ number }) => number),
  );
  await planAgain(db, present, by, planned);
  const events = letters.filter(({ kind }) => kind === 'event').map(({ number }) => number);
  const appended = await appendAgain(db, { integration, ...present, by }, events);
  // Last, so that their moments are near to the commit: LATE_MS.
  await db.execute(SUPERSEDE, [superseded.map(({ number }) => number), by]);
  return {
    calls: planned.length,
    superseded: superseded.length,
    events: appended,
    notKept: calls.length - kept.length + events.length - appended,
    next: letters.length < AT_ONCE ? undefined : letters.at(-1)?.place,
  };
}

/** They have not ended after all, or will be counted once more when they end again. */
async function uncount(db: Queries, ids: readonly string[]): Promise<void> {
  await db.execute(
    `UPDATE brazier.engagement_count AS counted SET refused = counted.refused - given.refused,
       unknown = counted.unknown - given.unknown, sent = counted.sent - given.sent
     FROM (SELECT integration, engagement, layout, shard, count(*) FILTER (WHERE state = 'refused') AS refused,
         count(*) FILTER (WHERE state = 'unknown') AS unknown, count(*) FILTER (WHERE attempts > 0) AS sent
       FROM brazier.call WHERE id = ANY($1::bigint[]) GROUP BY 1, 2, 3, 4) AS given
     WHERE counted.integration = given.integration AND counted.engagement = given.engagement
       AND counted.layout = given.layout AND counted.shard = given.shard`,
    [ids],
  );
}

async function planAgain(
  db: Queries,
  { layout, shards }: Layout,
  by: string,
  letters: readonly LetterRow[],
): Promise<void> {
  if (letters.length === 0) return;
  const survivors = await survivorsOf(
    db,
    letters.flatMap(({ profile_id: id }) => (id === null ? [] : [id])),
  );
  const rows = letters.flatMap(({ number, profile_id: id }) => {
    if (id === null) return [];
    const person = survivors.get(id) ?? id;
    return [{ id: number, person, shard: shardOfBucket(bucketOf(person), shards) }];
  });
  await db.execute(PLAN, [JSON.stringify(rows), layout, by]);
}

const PLAN = `
UPDATE brazier.call SET state = 'planned', reason = NULL, answered_at = NULL, layout = $2, shard = given.shard,
  profile_id = given.person, redriven_by = $3, redriven_at = clock_timestamp()
FROM json_to_recordset($1::json) AS given (id bigint, person bigint, shard int)
WHERE call.id = given.id AND call.state IN ('refused', 'unknown')`;

const SUPERSEDE = `
UPDATE brazier.call SET state = 'superseded', request = NULL, redriven_by = $2, redriven_at = clock_timestamp(),
  answered_at = clock_timestamp(), written_at = clock_timestamp()
WHERE id = ANY($1::bigint[]) AND state IN ('refused', 'unknown')`;
