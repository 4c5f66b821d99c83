import { type Outcome } from '../../contract/errors';
import { type ShardStatus } from '../../contract/stream';
import { type Database, Refusal } from './database';

/** How every shard of a stream that has work left stands, by its row in the database. */
export function readShardStatus(database: Database, integration: string): Promise<Outcome<ShardStatus[]>> {
  return database.run(async (db) => {
    const rows = await db.query<ShardStatus>(STATUS, [integration]);
    if (rows.length === 0)
      throw new Refusal(
        'STREAM_NOT_FOUND',
        `${integration} has no stream: nothing was captured or activated`,
      );
    return rows;
  });
}

const STATUS = `
SELECT shard.layout, shard.shard, shard.owner, shard.epoch::float8 AS epoch, shard.cursor::float8 AS cursor,
  (head.last_seq - shard.cursor)::float8 AS backlog, head.end_seq IS NOT NULL AS "isReplaced",
  (SELECT count(*)::int FROM brazier.call WHERE call.integration = $1 AND call.layout = shard.layout
    AND call.shard = shard.shard AND call.state IN ('planned', 'started')) AS "openCalls",
  to_char(shard.lease_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "leaseUntil",
  coalesce(shard.owner IS NOT NULL AND shard.lease_until > clock_timestamp(), false) AS "isHeld"
FROM brazier.shard AS shard JOIN brazier.shard_head AS head USING (integration, layout, shard)
WHERE shard.integration = $1 AND shard.drained_at IS NULL ORDER BY shard.layout, shard.shard`;
