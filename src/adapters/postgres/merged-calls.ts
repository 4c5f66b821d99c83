import { type ShardKey } from '../../contract/stream';
import { success, type Outcome } from '../../contract/errors';
import { type BucketRange } from '../../domain/stream/sharding';
import { type Database } from './database';

/** Of these people, those of whom a call under a profile that was merged into theirs has not ended. */
export async function readOwed(
  database: Database,
  { integration }: ShardKey,
  survivors: readonly string[],
): Promise<Outcome<string[]>> {
  return readIds(database, OWED, [integration, survivors]);
}

/** Those of all people in these buckets. */
export async function readAllOwed(
  database: Database,
  { integration }: ShardKey,
  { from, to }: BucketRange,
): Promise<Outcome<string[]>> {
  return readIds(database, ALL_OWED, [integration, from, to]);
}

async function readIds(
  database: Database,
  text: string,
  values: readonly unknown[],
): Promise<Outcome<string[]>> {
  const rows = await database.run((db) => db.query<{ id: string }>(text, values));
  return rows.ok ? success(rows.value.map(({ id }) => id)) : rows;
}

const OWED = `
WITH RECURSIVE merged AS (
  SELECT id AS survivor, id FROM unnest($2::bigint[]) AS asked (id)
  UNION ALL
  SELECT merged.survivor, p.id FROM merged JOIN brazier.profile p ON p.merged_into = merged.id
)
SELECT DISTINCT survivor::text AS id FROM merged
WHERE id <> survivor AND EXISTS (
  SELECT 1 FROM brazier.call c
  WHERE c.profile_id = merged.id AND c.integration = $1 AND c.state IN ('planned', 'started'))`;

const ALL_OWED = `
WITH RECURSIVE onward AS (
  SELECT p.merged_into AS id FROM brazier.profile p
  WHERE p.merged_into IS NOT NULL AND p.id IN (
    SELECT profile_id FROM brazier.call WHERE integration = $1 AND state IN ('planned', 'started'))
  UNION
  SELECT p.merged_into FROM onward JOIN brazier.profile p ON p.id = onward.id WHERE p.merged_into IS NOT NULL
)
SELECT p.id::text AS id FROM onward JOIN brazier.profile p ON p.id = onward.id WHERE p.bucket BETWEEN $2 AND $3`;
