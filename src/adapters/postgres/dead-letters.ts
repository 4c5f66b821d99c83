import { success, type Outcome } from '../../contract/errors';
import { type DeadLetter, type DeadLetterCounts, type DeadLetterFilter } from '../../contract/stream';
import { fillSecrets } from '../../domain/stream/call-secrets';
import { type StoredRequest } from '../../domain/stream/shard-work';
import { type JsonObject } from '../../domain/stream/vocabulary';
import { type Database, type Queries } from './database';
import { IS_OVERTAKEN } from './overtaken-calls';

/** A dead letter with everything that is kept of it. Holds a person's values: for a terminal or a file only. */
export interface ExportedLetter extends DeadLetter {
  /** As it was sent or would have been, references in the place of secrets. */
  request?: { endpoint: StoredRequest['endpoint']; body: JsonObject } | undefined;
  detail?: string | undefined;
}

/** Letters in the order in which they died. */
export interface LetterPage {
  letters: ExportedLetter[];
  /** Where the next page begins; absent after the last one. */
  next?: string | undefined;
}

/** Reads one page of an integration's dead letters. */
export async function readDeadLetters(
  database: Database,
  filter: DeadLetterFilter,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Outcome<LetterPage>> {
  const rows = await database.run((db) => selectLetters(db, filter, { after, limit: limit + 1 }));
  if (!rows.ok) return rows;
  const page = rows.value.slice(0, limit);
  const isLast = rows.value.length <= limit;
  return success({ letters: page.map(letterOf), next: isLast ? undefined : page.at(-1)?.place });
}

/** Counts what a filter finds, and what re-driving it would do; `at` is the database's time. */
export function countDeadLetters(
  database: Database,
  filter: DeadLetterFilter,
): Promise<Outcome<DeadLetterCounts & { at: Date }>> {
  return database.run(async (db) => {
    const [row] = await db.query<DeadLetterCounts & { at: Date }>(COUNT, valuesOf(filter));
    if (row === undefined) throw new Error('invariant: an aggregate has one row');
    return row;
  });
}

/** One row as the database has it. */
export interface LetterRow {
  id: string;
  kind: DeadLetter['kind'];
  number: string;
  state: DeadLetter['state'];
  engagement: string | null;
  action: 'entry' | 'exit' | null;
  external_api: string | null;
  version: number | null;
  reason: string;
  detail: string | null;
  at: string;
  attempts: number;
  profile_id: string | null;
  event_id: string | null;
  redriven_by: string | null;
  request: StoredRequest | null;
  overtaken: boolean;
  /** Its place in the order. */
  place: string;
}

/** Letters after a place, inside of somebody's transaction. */
export function selectLetters(
  db: Queries,
  filter: DeadLetterFilter,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<LetterRow[]> {
  return db.query<LetterRow>(PAGE, [...valuesOf(filter), after ?? null, limit]);
}

function valuesOf({
  integration,
  ids,
  engagement,
  state,
  reason,
  since,
  until,
}: DeadLetterFilter): unknown[] {
  return [
    integration,
    ids ?? null,
    engagement ?? null,
    state ?? null,
    reason?.toLowerCase() ?? null,
    since ?? null,
    until ?? null,
  ];
}

/** In UTC to the microsecond, so that texts sort as moments do. */
const AT = `to_char(died AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const LETTERS = `
WITH letters AS (
  SELECT 'call-' || id AS id, 'call' AS kind, id AS number, state, engagement, action, external_api, version,
    coalesce(reason, '') AS reason, NULL AS detail, coalesce(answered_at, planned_at) AS died, attempts,
    profile_id, event_id, redriven_by, request
  FROM brazier.call
  WHERE integration = $1 AND state IN ('refused', 'unknown')
    AND ($6::timestamptz IS NULL OR coalesce(answered_at, planned_at) >= $6)
    AND ($7::timestamptz IS NULL OR coalesce(answered_at, planned_at) < $7)
  UNION ALL
  SELECT 'event-' || id, 'event', id, 'setAside', NULL, NULL, NULL, NULL, reason_code, detail, at, 0,
    profile_id, event_id, NULL, NULL
  FROM brazier.set_aside
  WHERE integration = $1 AND redriven_at IS NULL AND discarded_at IS NULL
    AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
), found AS (
  SELECT *, ${AT} AS at, ${AT} || '/' || id AS place FROM letters
  WHERE ($2::text[] IS NULL OR id = ANY($2)) AND ($3::text IS NULL OR engagement = $3)
    AND ($4::text IS NULL OR state = $4) AND ($5::text IS NULL OR strpos(lower(reason), $5) > 0)
)`;

/** Looked up for letters that were chosen already: it walks over a person's profiles and calls. */
const OVERTAKEN = `(coalesce((found.request->>'isIdempotent')::boolean, false) AND ${IS_OVERTAKEN})`;
const AS_CALLS = "LEFT JOIN brazier.call AS call ON found.kind = 'call' AND call.id = found.number";

const PAGE = `${LETTERS}, page AS (
  SELECT * FROM found WHERE ($8::text IS NULL OR place COLLATE "C" > $8) ORDER BY place COLLATE "C" LIMIT $9
)
SELECT found.id, found.kind, found.number::text AS number, found.state, found.engagement, found.action, found.external_api,
  found.version, found.reason, found.detail, found.at, found.attempts, found.profile_id::text AS profile_id, found.event_id,
  found.redriven_by, found.request, ${OVERTAKEN} AS overtaken, found.place
FROM page AS found ${AS_CALLS} ORDER BY found.place COLLATE "C"`;

const COUNT = `${LETTERS}
SELECT count(*) FILTER (WHERE found.state = 'refused')::int AS refused,
  count(*) FILTER (WHERE found.state = 'unknown')::int AS unknown,
  count(*) FILTER (WHERE found.state = 'setAside')::int AS "setAside",
  count(*) FILTER (WHERE ${OVERTAKEN})::int AS overtaken,
  count(*) FILTER (WHERE found.kind = 'call' AND found.request IS NULL)::int AS "notKept",
  clock_timestamp() AS at
FROM found ${AS_CALLS}`;

function letterOf(row: LetterRow): ExportedLetter {
  const { id, kind, state, reason, at, attempts } = row;
  return {
    ...{ id, kind, state, reason, at, attempts },
    engagement: row.engagement ?? undefined,
    action: row.action ?? undefined,
    externalApi: row.external_api ?? undefined,
    version: row.version ?? undefined,
    profileId: row.profile_id ?? undefined,
    eventId: row.event_id ?? undefined,
    redrivenBy: row.redriven_by ?? undefined,
    detail: row.detail ?? undefined,
    request: row.request === null ? undefined : shown(row.request),
  };
}

function shown({ endpoint, body, secrets }: StoredRequest): NonNullable<ExportedLetter['request']> {
  const references = new Map<string, string>(secrets.map(({ reference }) => [reference, reference]));
  return { endpoint, body: fillSecrets(body, secrets, references) ?? body };
}
