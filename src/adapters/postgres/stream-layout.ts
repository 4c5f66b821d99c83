import { type Outcome } from '../../contract/errors';
import { type StreamLayout, type StreamLayouts } from '../../contract/stream';
import { type Database, type Queries, Refusal } from './database';
import { lockIntake } from './intake-lock';
import { notifyShards } from './log-notice';
import { makeShards } from './make-stream';

/** Names of all integrations that have a stream. */
export function listStreams(database: Database): Promise<Outcome<string[]>> {
  return database.run(async (db) => {
    const rows = await db.query<{ integration: string }>('SELECT integration FROM brazier.stream ORDER BY 1');
    return rows.map(({ integration }) => integration);
  });
}

/** The layouts of a stream that have work left, the present one last. */
export function readLayouts(database: Database, integration: string): Promise<Outcome<StreamLayouts>> {
  return database.run((db) => layoutsOf(db, integration));
}

/**
 * Divides a stream anew, from this moment in its log: everything before it is worked off by the shards of before, then those
 * of the new layout begin. Asked for the number that it has, it changes nothing.
 */
export function setShards(
  database: Database,
  integration: string,
  shards: number,
): Promise<Outcome<StreamLayouts>> {
  return database.transaction(async (db) => {
    await lockIntake(db, integration);
    const before = await layoutsOf(db, integration);
    if (before.shards === shards) return before;
    const layout = before.layout + 1;
    await db.execute(
      'UPDATE brazier.shard_head SET end_seq = last_seq WHERE integration = $1 AND layout = $2',
      [integration, before.layout],
    );
    await db.execute('UPDATE brazier.stream SET layout = $2, shards = $3 WHERE integration = $1', [
      integration,
      layout,
      shards,
    ]);
    await makeShards(db, integration, layout, shards);
    const told = Array.from({ length: before.shards }, (_, shard) => shard);
    await notifyShards(db, { integration, layout: before.layout, shards: told });
    return layoutsOf(db, integration);
  });
}

async function layoutsOf(db: Queries, integration: string): Promise<StreamLayouts> {
  const [present] = await db.query<StreamLayout>(
    'SELECT layout, shards FROM brazier.stream WHERE integration = $1',
    [integration],
  );
  if (present === undefined)
    throw new Refusal('STREAM_NOT_FOUND', `${integration} has no stream: nothing was captured or activated`);
  const open = await db.query<StreamLayout>(
    `SELECT layout, count(*)::int AS shards FROM brazier.shard WHERE integration = $1
     GROUP BY layout HAVING bool_or(drained_at IS NULL) ORDER BY layout`,
    [integration],
  );
  return { ...present, open };
}
