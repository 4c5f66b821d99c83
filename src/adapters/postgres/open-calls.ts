import { success, type Outcome } from '../../contract/errors';
import { type ShardKey } from '../../contract/stream';
import { type OpenCall, type RedrivenCall, type StoredRequest } from '../../domain/stream/shard-work';
import { type Database } from './database';
import { IS_OVERTAKEN } from './overtaken-calls';

interface CallRow {
  id: string;
  profile_id: string;
  engagement: string;
  action: 'entry' | 'exit';
  external_api: string;
  version: number;
  cause_seq: number | null;
  event_id: string | null;
  state: OpenCall['state'];
  reason: string | null;
  attempts: number;
  request: StoredRequest | null;
  captured_ms: number | null;
  planned_ms: number;
  redriven_at: string | null;
}

/**
 * Calls of a shard that an owner has left without an end, in their order: as many as one has under way at most. What people
 * have put back and nobody has begun to send is not among them, since that may be any number, unless it is among the `known` ids.
 */
export async function readLeftCalls(
  database: Database,
  { integration, layout, shard }: ShardKey,
  known: readonly string[],
): Promise<Outcome<OpenCall[]>> {
  const rows = await database.run((db) => db.query<CallRow>(LEFT_CALLS, [integration, layout, shard, known]));
  return rows.ok ? success(rows.value.map(openCall)) : rows;
}

/** Whether any call of a shard has not come to its end. */
export async function hasOpenCalls(
  database: Database,
  { integration, layout, shard }: ShardKey,
): Promise<Outcome<boolean>> {
  const rows = await database.run((db) =>
    db.query<{ open: boolean }>(HAS_OPEN, [integration, layout, shard]),
  );
  return rows.ok ? success(rows.value[0]?.open === true) : rows;
}

/** Calls of a shard that people have put back on their way and that have not ended again, by id. */
export async function readRedriven(
  database: Database,
  { integration, layout, shard }: ShardKey,
  { limit, afterId }: { limit: number; afterId: string },
): Promise<Outcome<RedrivenCall[]>> {
  const rows = await database.run((db) =>
    db.query<CallRow & { redriven_at: string; overtaken: boolean }>(REDRIVEN, [
      integration,
      layout,
      shard,
      limit,
      afterId,
    ]),
  );
  if (!rows.ok) return rows;
  return success(
    rows.value.map((row) => ({
      ...openCall(row),
      redrivenAt: row.redriven_at,
      isOvertaken: row.overtaken && row.request?.isIdempotent === true,
    })),
  );
}

/** Ends planned calls without sending them; false if the shard is somebody else's. */
export async function supersede(
  database: Database,
  { integration, layout, shard }: ShardKey,
  epoch: number,
  ids: readonly string[],
): Promise<Outcome<boolean>> {
  const written = await database.run((db) =>
    db.execute(
      `WITH mine AS (SELECT 1 FROM brazier.shard
         WHERE integration = $1 AND layout = $2 AND shard = $3 AND epoch = $4 FOR NO KEY UPDATE)
       UPDATE brazier.call SET state = 'superseded', request = NULL, answered_at = clock_timestamp(),
         written_at = clock_timestamp()
       WHERE id = ANY($5::bigint[]) AND state = 'planned' AND EXISTS (SELECT 1 FROM mine)`,
      [integration, layout, shard, epoch, ids],
    ),
  );
  return written.ok ? success(written.value === ids.length) : written;
}

const COLUMNS = `id::text AS id, profile_id::text AS profile_id, engagement, action, external_api, version,
  cause_seq::float8 AS cause_seq, event_id, state, reason, attempts, request,
  extract(epoch FROM captured_at)::float8 * 1000 AS captured_ms,
  extract(epoch FROM planned_at)::float8 * 1000 AS planned_ms, redriven_at::text AS redriven_at`;

const LEFT_CALLS = `SELECT ${COLUMNS} FROM brazier.call
WHERE integration = $1 AND layout = $2 AND shard = $3
  AND (state = 'started' OR (state = 'planned' AND (redriven_at IS NULL OR id = ANY($4::bigint[])))) ORDER BY call.id`;

const HAS_OPEN = `SELECT EXISTS (SELECT 1 FROM brazier.call
  WHERE integration = $1 AND layout = $2 AND shard = $3 AND state IN ('planned', 'started')) AS open`;

const REDRIVEN = `SELECT ${COLUMNS}, ${IS_OVERTAKEN} AS overtaken
FROM brazier.call
WHERE integration = $1 AND layout = $2 AND shard = $3 AND state = 'planned' AND redriven_at IS NOT NULL
  AND call.id > $5::bigint
ORDER BY call.id LIMIT $4`;

function openCall(row: CallRow): OpenCall {
  return {
    id: row.id,
    profileId: row.profile_id,
    engagement: row.engagement,
    action: row.action,
    externalApi: row.external_api,
    version: row.version,
    causeSeq: row.cause_seq ?? undefined,
    eventId: row.event_id ?? undefined,
    state: row.state,
    reason: row.reason ?? undefined,
    attempts: row.attempts,
    request: row.request ?? undefined,
    capturedAtMs: row.captured_ms === null ? undefined : Math.round(row.captured_ms),
    plannedAtMs: Math.round(row.planned_ms),
    redrivenAt: row.redriven_at ?? undefined,
  };
}
