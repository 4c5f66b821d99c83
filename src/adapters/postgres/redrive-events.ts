import { bucketOf, shardOfBucket } from '../../domain/stream/sharding';
import { type Queries } from './database';
import { notifyShards } from './log-notice';
import { survivorsOf } from './survivors';

interface Target {
  integration: string;
  layout: number;
  shards: number;
  by: string;
}

interface SetAsideEvent {
  id: string;
  person: string;
  source: string;
  event_id: string;
  entry: string;
}

/**
 * Appends events that were set aside to the log once more, inside of a transaction that holds the intake's lock; answers how
 * many there still were. The log takes an event of a source once only: the new entry is of the source
 * `redriven/<number of what was set aside>/<source>`, so it is taken once for each time that the event was set aside, and posted
 * again under its own source the event is still known.
 */
export async function appendAgain(
  db: Queries,
  { integration, layout, shards, by }: Target,
  ids: readonly string[],
): Promise<number> {
  if (ids.length === 0) return 0;
  const events = await db.query<SetAsideEvent>(READ, [ids]);
  const survivors = await survivorsOf(
    db,
    events.map(({ person }) => person),
  );
  const rows = events.map(({ person: known, ...event }) => {
    const person = survivors.get(known) ?? known;
    return { ...event, person, shard: shardOfBucket(bucketOf(person), shards) };
  });
  await db.execute(APPEND, [integration, layout, JSON.stringify(rows)]);
  await db.execute(
    `UPDATE brazier.set_aside SET redriven_at = clock_timestamp(), redriven_by = $2
     WHERE id = ANY($1::bigint[]) AND redriven_at IS NULL`,
    [events.map(({ id }) => id), by],
  );
  await db.execute(UNCOUNT, [events.map(({ id }) => id)]);
  const told = [...new Set(rows.map(({ shard }) => shard))];
  await notifyShards(db, { integration, layout, shards: told });
  return events.length;
}

/** Events past their retention are gone. */
const READ = `
SELECT aside.id::text AS id, log.profile_id::text AS person, log.source, log.event_id, log.entry::text AS entry
FROM brazier.set_aside AS aside JOIN brazier.event_log AS log USING (integration, layout, shard, seq)
WHERE aside.id = ANY($1::bigint[]) AND log.kind = 'event' ORDER BY aside.id`;

const APPEND = `
WITH given AS (
  SELECT *, row_number() OVER (PARTITION BY shard ORDER BY ord) AS nth
  FROM ROWS FROM (json_to_recordset($3::json)
      AS (id bigint, person bigint, source text, event_id text, entry text, shard int))
    WITH ORDINALITY AS g (id, person, source, event_id, entry, shard, ord)
), raised AS (
  UPDATE brazier.shard_head AS head SET last_seq = head.last_seq + more.n
  FROM (SELECT shard, count(*) AS n FROM given GROUP BY shard) AS more
  WHERE head.integration = $1 AND head.layout = $2 AND head.shard = more.shard
  RETURNING head.shard, head.last_seq - more.n AS before
)
INSERT INTO brazier.event_log
  (integration, layout, shard, seq, kind, profile_id, source, event_id, captured_at, entry)
SELECT $1, $2, shard, before + nth, 'event', person, 'redriven/' || id || '/' || source, event_id,
  clock_timestamp(), entry::json
FROM given JOIN raised USING (shard)`;

/** Each will be counted by what it comes to now. */
const UNCOUNT = `
UPDATE brazier.stream_count AS counted SET no_call = jsonb_set(counted.no_call, '{setAside}',
  to_jsonb(greatest(0, coalesce((counted.no_call->>'setAside')::bigint, 0) - given.n)))
FROM (SELECT integration, layout, shard, count(*) AS n FROM brazier.set_aside
  WHERE id = ANY($1::bigint[]) GROUP BY 1, 2, 3) AS given
WHERE counted.integration = given.integration AND counted.layout = given.layout AND counted.shard = given.shard`;
