import { type EngagementKey, type ShardsPassed } from '../../contract/engagement-calls';
import { type Queries } from './database';

/** How many shards have met a change of an engagement in their log; a change that none has to know is met by all. */
export async function shardsPassed(
  queries: Queries,
  { integration, name, revision }: EngagementKey & { revision: number },
): Promise<ShardsPassed> {
  const [row] = await queries.query<{ shards: number; passed: number }>(
    `SELECT count(*)::int AS shards, count(*) FILTER (WHERE s.cursor >= (place->>'seq')::bigint)::int AS passed
     FROM brazier.engagement_change c
     CROSS JOIN LATERAL jsonb_array_elements(c.places->'shards') AS place
     JOIN brazier.shard s ON s.integration = c.integration AND s.layout = (c.places->>'layout')::int
       AND s.shard = (place->>'shard')::int
     WHERE c.integration = $1 AND c.name = $2 AND c.revision = $3`,
    [integration, name, revision],
  );
  return row ?? { shards: 0, passed: 0 };
}
