import { type Queries } from './database';

const LAYOUT = 1;

/**
 * Makes the rows of an integration's stream in their first layout, inside of a transaction that holds the intake's lock.
 * One that is there stays as it is.
 */
export async function makeStream(queries: Queries, integration: string, shards: number): Promise<void> {
  const made = await queries.execute(
    `INSERT INTO brazier.stream (integration, layout, shards) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [integration, LAYOUT, shards],
  );
  if (made === 1) await makeShards(queries, integration, LAYOUT, shards);
}

/** Makes the rows of all shards of a layout. */
export async function makeShards(
  queries: Queries,
  integration: string,
  layout: number,
  shards: number,
): Promise<void> {
  for (const table of ['shard_head', 'shard', 'stream_count'] as const) {
    await queries.execute(
      `INSERT INTO brazier.${table} (integration, layout, shard)
       SELECT $1, $2, shard FROM generate_series(0, $3 - 1) AS shard ON CONFLICT DO NOTHING`,
      [integration, layout, shards],
    );
  }
}
