import { type ControlEntry } from '../../contract/stream';
import { type Queries } from './database';
import { notifyShards } from './log-notice';

/** Where a control entry lies in every shard of the layout that was the present one when it was written. */
export interface ControlPlaces {
  layout: number;
  shards: { shard: number; seq: string }[];
}

/**
 * Appends one control entry to every shard of an integration's stream, inside of a transaction that holds the intake's lock
 * (`lockIntake`): each shard then meets it at one place between its people's events. Needs the stream to be there.
 */
export async function appendControl(
  queries: Queries,
  integration: string,
  entry: ControlEntry,
): Promise<ControlPlaces> {
  const rows = await queries.query<{ layout: number; shard: number; seq: string }>(APPEND, [
    integration,
    JSON.stringify(entry),
  ]);
  const [first] = rows;
  if (first === undefined) throw new Error('invariant: a control entry needs a stream');
  const { layout } = first;
  await notifyShards(queries, { integration, layout, shards: rows.map(({ shard }) => shard) });
  return { layout, shards: rows.map(({ shard, seq }) => ({ shard, seq })) };
}

/** Heads first: the number that each shard's head is raised to is the entry's own. */
const APPEND = `WITH stream AS (
  UPDATE brazier.stream SET revision = revision + 1 WHERE integration = $1::text RETURNING layout
), heads AS (
  UPDATE brazier.shard_head h SET last_seq = h.last_seq + 1 FROM stream
  WHERE h.integration = $1 AND h.layout = stream.layout
  RETURNING h.layout, h.shard, h.last_seq
), entries AS (
  INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, captured_at, entry)
  SELECT $1, layout, shard, last_seq, 'control', clock_timestamp(), $2::json FROM heads
)
SELECT layout, shard, last_seq AS seq FROM heads ORDER BY shard`;
