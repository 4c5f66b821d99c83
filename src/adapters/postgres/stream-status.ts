import { type Outcome } from '../../contract/errors';
import { type ShardStatus, type StreamStatus } from '../../contract/stream';
import { addNoCalls } from '../../domain/stream/shard-work';
import { type Database, Refusal } from './database';

/** How a stream stands by its rows in the database: every shard that has work left, and what is counted of all. */
export function readStreamStatus(database: Database, integration: string): Promise<Outcome<StreamStatus>> {
  return database.run(async (db) => {
    const shards = await db.query<ShardStatus>(STATUS, [integration]);
    if (shards.length === 0)
      throw new Refusal(
        'STREAM_NOT_FOUND',
        `${integration} has no stream: nothing was captured or activated`,
      );
    const counted = await db.query<CountRow>(COUNTS, [integration]);
    const status: StreamStatus = { captured: 0, unified: 0, noCall: {}, shards };
    for (const { captured, unified, noCall } of counted) {
      status.captured += captured;
      status.unified += unified;
      addNoCalls(status.noCall, noCall);
    }
    return status;
  });
}

type CountRow = Pick<StreamStatus, 'captured' | 'unified' | 'noCall'>;

const COUNTS = `
SELECT captured::float8 AS captured, unified::float8 AS unified, no_call AS "noCall"
FROM brazier.stream_count WHERE integration = $1`;

const STATUS = `
SELECT shard.layout, shard.shard, shard.owner, shard.epoch::float8 AS epoch, shard.cursor::float8 AS cursor,
  (head.last_seq - shard.cursor)::float8 AS backlog, head.end_seq IS NOT NULL AS "isReplaced",
  (SELECT count(*)::int FROM brazier.call WHERE call.integration = $1 AND call.layout = shard.layout
    AND call.shard = shard.shard AND call.state IN ('planned', 'started')) AS "openCalls",
  to_char(shard.lease_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "leaseUntil",
  coalesce(shard.owner IS NOT NULL AND shard.lease_until > clock_timestamp(), false) AS "isHeld"
FROM brazier.shard AS shard JOIN brazier.shard_head AS head USING (integration, layout, shard)
WHERE shard.integration = $1 AND shard.drained_at IS NULL ORDER BY shard.layout, shard.shard`;
