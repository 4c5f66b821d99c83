import { type Outcome } from '../../contract/errors';
import { type Database } from './database';

const BACKLOG = {
  name: 'stream-backlog',
  text: `SELECT coalesce(sum(h.last_seq - s.cursor), 0)::float8 AS waiting
FROM brazier.shard_head h JOIN brazier.shard s USING (integration, layout, shard) WHERE integration = $1`,
};

/** Entries of an integration's log that no shard has worked off yet, in all layouts. */
export function readBacklog(database: Database, integration: string): Promise<Outcome<number>> {
  return database.run(async (queries) => {
    const [row] = await queries.query<{ waiting: number }>(BACKLOG, [integration]);
    return row?.waiting ?? 0;
  });
}
