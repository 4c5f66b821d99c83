import { success, type Outcome } from '../../contract/errors';
import { type EndedCall } from '../../contract/stream';
import { CALL_COLUMNS, type CallRow, endedCall, LATE_MS } from './call-tail';
import { type Database } from './database';

/** Which calls are read. */
export interface EndedCallsRequest {
  integration: string;
  engagement?: string | undefined;
  since?: Date | undefined;
  /** `next` of the page before. */
  after?: string | undefined;
  limit: number;
}

/** Calls in the order in which they ended. */
export interface EndedCallsPage {
  calls: EndedCall[];
  /** Where to go on; that of the request where nothing has come since. */
  next?: string | undefined;
}

/**
 * Reads a page of calls that have come to their end. Nothing has to be remembered between pages, hence a call is told only once
 * no other can be written down before it any more.
 */
export async function readEndedCalls(
  database: Database,
  { integration, engagement, since, after, limit }: EndedCallsRequest,
): Promise<Outcome<EndedCallsPage>> {
  const [answered, id] = after?.split('/') ?? [];
  const rows = await database.run((queries) =>
    queries.query<CallRow>(PAGE, [
      ...[integration, engagement ?? null, since ?? null, answered ?? null, id ?? '0', LATE_MS, limit],
    ]),
  );
  if (!rows.ok) return rows;
  const last = rows.value.at(-1);
  const next = last === undefined ? after : `${last.answered}/${last.id}`;
  return success({ calls: rows.value.map(endedCall), ...(next === undefined ? {} : { next }) });
}

const PAGE = `SELECT ${CALL_COLUMNS},
    to_char(c.answered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS answered
  FROM brazier.call c LEFT JOIN brazier.profile p ON p.id = c.profile_id
  WHERE c.integration = $1 AND ($2::text IS NULL OR c.engagement = $2)
    AND ($3::timestamptz IS NULL OR c.answered_at >= $3)
    AND ($4::timestamptz IS NULL OR (c.answered_at, c.id) > ($4::timestamptz, $5::bigint))
    AND c.answered_at < clock_timestamp() - $6 * interval '1 millisecond'
    AND c.state IN ('delivered', 'refused', 'unknown', 'superseded')
  ORDER BY c.answered_at, c.id LIMIT $7`;
