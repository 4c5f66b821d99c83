import { type Outcome, success } from '../../contract/errors';
import { type EndedCall } from '../../contract/stream';
import { type Database, type Queries, STATEMENT_TIMEOUT_MS } from './database';

/** Which calls are told: those of one engagement or of all, from a moment on. */
export interface TailRequest {
  integration: string;
  engagement?: string | undefined;
  /** So far back from now, on the clock of the database. */
  sinceSeconds: number;
}

/** Reads calls as they end. */
export interface CallTail {
  /** From when on calls are told, on the clock of the database, counted from when the tail was made. */
  begin(): Promise<Outcome<Date>>;
  /** Those that have ended since it was last asked, in the order in which that was written down; each is told once. */
  next(): AsyncGenerator<Outcome<EndedCall>, void>;
}

/**
 * So far each reading looks back behind the one before. An end is seen once its transaction has committed, and bears the moment
 * at which the database wrote it. What writes ends does that last, so between the two lies what is left of such a statement,
 * which the time-out of statements bounds, and the commit, for which the rest is. When Braze answered bounds nothing: ends are
 * carried over an outage of the database, however long.
 */
export const LATE_MS = STATEMENT_TIMEOUT_MS + 5_000;
const PAGE = 1_000;

/** A call as the database has it. */
export interface CallRow {
  id: string;
  /** Text, since a date of JavaScript would lose the microseconds that the next page begins after. */
  written: string;
  written_at: Date;
  answered_at: Date;
  engagement: string;
  action: EndedCall['action'];
  external_api: string;
  version: number;
  event_id: string | null;
  state: EndedCall['state'];
  reason: string | null;
  captured_at: Date | null;
  profile_id: string;
  external_id: string | null;
}

/** A place in the order in which ends were written down. */
interface Place {
  written: string;
  id: string;
}

/** What has been told and may be met again. */
interface Told extends Place {
  writtenMs: number;
}

/** One look at everything since the one before, in pages. */
interface Reading {
  after?: Place | undefined;
  /** Told before it began. */
  known: readonly Place[];
  /** Where the next one begins. */
  nextFloorMs: number;
}

/** Follows the calls of an integration. What has been told is remembered as long as a reading may meet it again. */
export function createCallTail(database: Database, request: TailRequest): CallTail {
  const { integration, engagement, sinceSeconds } = request;
  const madeMs = performance.now();
  let start: number | undefined;
  let floorMs = 0;
  let told = new Map<string, Told>();
  let reading: Reading | undefined;

  // What has ended while the database was not reached is not left out.
  const startAt = (nowMs: number): number =>
    (start ??= Math.floor(nowMs - sinceSeconds * 1_000 - (performance.now() - madeMs)));
  const begin = (nowMs: number): Reading => {
    const fromMs = startAt(nowMs);
    floorMs = Math.max(fromMs, floorMs);
    return { known: [...told.values()], nextFloorMs: Math.max(fromMs, nowMs - LATE_MS) };
  };
  const page = (queries: Queries, { after, known }: Reading) =>
    queries.query<CallRow>(NEXT, [
      ...[integration, engagement ?? null, floorMs / 1_000, after?.written ?? null, after?.id ?? '0'],
      ...[known.map(({ id }) => id), known.map(({ written }) => written)],
    ]);
  const tell = (row: CallRow, current: Reading): EndedCall => {
    const { id, written } = row;
    current.after = { id, written };
    const writtenMs = row.written_at.getTime();
    if (writtenMs >= current.nextFloorMs) told.set(`${id} ${written}`, { id, written, writtenMs });
    return endedCall(row);
  };

  return {
    async begin() {
      const clock = await database.run((queries) => queries.query<{ now_ms: string }>(NOW));
      return clock.ok ? success(new Date(startAt(Number(clock.value[0]?.now_ms)))) : clock;
    },
    async *next() {
      if (reading === undefined) {
        const clock = await database.run((queries) => queries.query<{ now_ms: string }>(NOW));
        if (!clock.ok) {
          yield clock;
          return;
        }
        reading = begin(Number(clock.value[0]?.now_ms));
      }
      const current = reading;
      for (;;) {
        const rows = await database.run((queries) => page(queries, current));
        // The next reading goes on where this one broke off.
        if (!rows.ok) {
          yield rows;
          return;
        }
        for (const row of rows.value) yield success(tell(row, current));
        if (rows.value.length < PAGE) break;
      }
      floorMs = current.nextFloorMs;
      told = new Map([...told].filter(([, { writtenMs }]) => writtenMs >= floorMs));
      reading = undefined;
    },
  };
}

/** A call as it is told. */
export function endedCall(row: CallRow): EndedCall {
  const { answered_at: answered, captured_at: captured } = row;
  return {
    id: row.id,
    at: answered.toISOString(),
    engagement: row.engagement,
    action: row.action,
    externalApi: row.external_api,
    version: row.version,
    state: row.state,
    ...(row.event_id === null ? {} : { eventId: row.event_id }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(captured === null ? {} : { latencyMs: answered.getTime() - captured.getTime() }),
    profileId: row.profile_id,
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
  };
}

const NOW = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS now_ms';

/** What is asked beyond the integration, `$1`, and the engagement, `$2`. */
interface Asked {
  /** SQL: how the place of a call is written. */
  written: string;
  /** SQL: which calls, as `c`. */
  where: string;
  /** SQL: how many. */
  limit: string | number;
}

/** SQL: ended calls in the order in which that was written down. Each kind has an index of its own in this order. */
export function endedCallsSql({ written, where, limit }: Asked): string {
  const order = `ORDER BY c.written_at, c.id LIMIT ${limit}`;
  const of = (states: string) => `(SELECT * FROM brazier.call AS c
    WHERE c.integration = $1 AND ($2::text IS NULL OR c.engagement = $2) AND c.state IN (${states}) AND ${where} ${order})`;
  return `SELECT c.id::text AS id, ${written} AS written, c.written_at,
    coalesce(c.answered_at, c.written_at) AS answered_at, c.engagement, c.action, c.external_api, c.version, c.event_id,
    c.state, c.reason, c.captured_at, c.profile_id::text AS profile_id, p.external_id
  FROM (${of(`'delivered', 'superseded'`)} UNION ALL ${of(`'refused', 'unknown'`)}) AS c
  LEFT JOIN brazier.profile p ON p.id = c.profile_id ${order}`;
}

const NEXT = endedCallsSql({
  written: 'c.written_at::text',
  where: `c.written_at >= to_timestamp($3)
    AND ($4::timestamptz IS NULL OR (c.written_at, c.id) > ($4::timestamptz, $5::bigint))
    AND NOT EXISTS (SELECT FROM unnest($6::bigint[], $7::timestamptz[]) AS told(id, written)
      WHERE told.id = c.id AND told.written = c.written_at)`,
  limit: PAGE,
});
