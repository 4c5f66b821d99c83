import { Client } from 'pg';

/** How far a stream has come, as PostgreSQL has it. */
export interface StreamCounts {
  read(): Promise<{ captured: number; entered: number; delivered: number; toDo: number }>;
  close(): Promise<void>;
}

const COUNTS = `
SELECT (SELECT coalesce(sum(captured), 0) FROM brazier.stream_count WHERE integration = $1) AS captured,
       (SELECT coalesce(sum(entered), 0) FROM brazier.engagement_count WHERE integration = $1 AND engagement = $2) AS entered,
       (SELECT coalesce(sum(accepted), 0) FROM brazier.engagement_count WHERE integration = $1 AND engagement = $2) AS delivered,
       (SELECT coalesce(sum(h.last_seq - s.cursor), 0) FROM brazier.shard_head h
          JOIN brazier.shard s USING (integration, layout, shard) WHERE integration = $1)
         + (SELECT count(*) FROM brazier.call WHERE integration = $1 AND state IN ('planned', 'started')) AS to_do`;

/** Reads the counts of one engagement as often as somebody watches. */
export async function openStreamCounts(
  databaseUrl: string,
  integration: string,
  engagement: string,
): Promise<StreamCounts> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  return {
    async read() {
      const { rows } = await client.query<Record<string, string>>(COUNTS, [integration, engagement]);
      const { captured = 0, entered = 0, delivered = 0, to_do: toDo = 0 } = rows[0] ?? {};
      return {
        captured: Number(captured),
        entered: Number(entered),
        delivered: Number(delivered),
        toDo: Number(toDo),
      };
    },
    close: () => client.end(),
  };
}
