import { lockIntake } from '../../src/adapters/postgres/intake-lock';
import { bucketOf, shardOfBucket } from '../../src/domain/stream/sharding';
import { SHOP, type ShardWorld } from './shard-world';

/** As the intake does: the loser's shard lets go, the survivor's waits for that. */
export async function mergePeople(world: ShardWorld, survivor: number, loser: number): Promise<void> {
  const shardOf = (person: number) => shardOfBucket(bucketOf(String(person)), world.shards);
  const done = await world.database.transaction(async (db) => {
    await lockIntake(db, SHOP);
    const append = async (person: number, entry: unknown): Promise<number> => {
      const [row] = await db.query<{ seq: number }>(
        `WITH head AS (UPDATE brazier.shard_head SET last_seq = last_seq + 1
           WHERE integration = $1 AND layout = 1 AND shard = $2 RETURNING last_seq)
         INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, profile_id, captured_at, entry)
         SELECT $1, 1, $2, last_seq, 'merge', $3, clock_timestamp(), $4 FROM head RETURNING seq::float8 AS seq`,
        [SHOP, shardOf(person), person, JSON.stringify(entry)],
      );
      return row?.seq ?? 0;
    };
    const seq = await append(loser, { role: 'out', into: String(survivor) });
    await append(survivor, { role: 'in', from: String(loser), layout: 1, shard: shardOf(loser), seq });
    await db.execute(
      `INSERT INTO brazier.profile (id, integration, bucket, merged_into) OVERRIDING SYSTEM VALUE
       VALUES ($2, $1, $4, NULL), ($3, $1, $5, $2)
       ON CONFLICT (id) DO UPDATE SET merged_into = coalesce(excluded.merged_into, profile.merged_into)`,
      [SHOP, survivor, loser, bucketOf(String(survivor)), bucketOf(String(loser))],
    );
  });
  if (!done.ok) throw new Error(done.fault.message);
}
