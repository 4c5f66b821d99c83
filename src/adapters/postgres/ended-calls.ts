import { success, type Outcome } from '../../contract/errors';
import { type EndedCall } from '../../contract/stream';
import { type CallRow, endedCall, endedCallsSql, LATE_MS } from './call-tail';
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

/** Calls in the order in which their ends were written down. */
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
  const [written, id] = after?.split('/') ?? [];
  const rows = await database.run((queries) =>
    queries.query<CallRow>(PAGE, [
      ...[integration, engagement ?? null, since ?? null, written ?? null, id ?? '0', LATE_MS, limit],
    ]),
  );
  if (!rows.ok) return rows;
  const last = rows.value.at(-1);
  const next = last === undefined ? after : `${last.written}/${last.id}`;
  return success({ calls: rows.value.map(endedCall), ...(next === undefined ? {} : { next }) });
}

// The start of the statement, not the clock: an index can be asked for what precedes a moment that stands still.
const PAGE = endedCallsSql({
  written: `to_char(c.written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  where: `($3::timestamptz IS NULL OR c.written_at >= $3)
    AND ($4::timestamptz IS NULL OR (c.written_at, c.id) > ($4::timestamptz, $5::bigint))
    AND c.written_at < now() - $6 * interval '1 millisecond'`,
  limit: '$7',
});
