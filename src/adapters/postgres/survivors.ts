import { type Queries } from './database';

/** Who people are now that have turned out to be others. */
export async function survivorsOf(db: Queries, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.query<{ id: string; survivor: string }>(SURVIVORS, [ids]);
  return new Map(rows.map(({ id, survivor }) => [id, survivor]));
}

const SURVIVORS = `
WITH RECURSIVE chain AS (
  SELECT id, id AS survivor, merged_into FROM brazier.profile WHERE id = ANY($1::bigint[])
  UNION ALL
  SELECT chain.id, p.id, p.merged_into FROM chain JOIN brazier.profile p ON p.id = chain.merged_into
)
SELECT id::text AS id, survivor::text AS survivor FROM chain WHERE merged_into IS NULL`;
