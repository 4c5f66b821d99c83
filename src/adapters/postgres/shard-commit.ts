import { success, type Outcome } from '../../contract/errors';
import { type ShardKey } from '../../contract/stream';
import { bucketOf } from '../../domain/stream/sharding';
import {
  type CallRecord,
  type CallUpdate,
  type EngagementDelta,
  type SetAsideRow,
  type ShardCommit,
  type StateRow,
} from '../../domain/stream/shard-work';
import { numberColumn, textColumn } from './columns';
import { type Database, type Queries, type Statement } from './database';

/**
 * Writes everything of a commit, or nothing if somebody else has taken the shard: the shard's row is the guard, and is held
 * until the end. A statement for each table, however many rows.
 */
export async function writeCommit(
  database: Database,
  key: ShardKey,
  epoch: number,
  commit: ShardCommit,
): Promise<Outcome<(string | undefined)[] | false>> {
  const place = [key.integration, key.layout, key.shard] as const;
  const written = await database.transaction(async (db) => {
    const guarded = await db.execute(GUARD, [...place, epoch, commit.cursor ?? null]);
    if (guarded === 0) return false;
    await writeStates(db, key.integration, commit.states);
    if (commit.folded.length > 0)
      await db.execute('DELETE FROM brazier.profile_state WHERE profile_id = ANY($1::bigint[])', [
        commit.folded,
      ]);
    await writeSetAside(db, place, commit.setAside);
    await addCounts(db, place, commit);
    // Last, so that their moments are near to the commit: LATE_MS.
    const ids = await writeCalls(db, place, commit.calls);
    await updateCalls(db, commit.updates);
    return ids;
  });
  return written.ok ? success(written.value) : written;
}

/** Prepared once for each connection: a shard commits many times a second. */
const GUARD: Statement = {
  name: 'shard-guard',
  text: `UPDATE brazier.shard SET cursor = coalesce($5::bigint, cursor)
     WHERE integration = $1 AND layout = $2 AND shard = $3 AND epoch = $4`,
};

const WRITE_STATES: Statement = {
  name: 'shard-write-states',
  text: `INSERT INTO brazier.profile_state (profile_id, integration, bucket, state, due_at)
     SELECT id, $1, bucket, state::json, to_timestamp(due / 1000)
     FROM ROWS FROM (unnest($2::bigint[]), unnest($3::smallint[]), unnest($4::float8[]), string_to_table($5, E'\\n'))
       AS given (id, bucket, due, state)
     ON CONFLICT (profile_id) DO UPDATE SET bucket = excluded.bucket, state = excluded.state, due_at = excluded.due_at`,
};

const WRITE_CALLS: Statement = {
  name: 'shard-write-calls',
  text: `INSERT INTO brazier.call (integration, layout, shard, profile_id, engagement, action, external_api, version,
       cause_seq, event_id, state, reason, attempts, request, captured_at, planned_at, answered_at)
     SELECT $1, $2, $3, "profileId", engagement, action, "externalApi", version,
       "causeSeq", "eventId", state, reason, attempts, request,
       to_timestamp("capturedAtMs" / 1000), to_timestamp("plannedAtMs" / 1000), to_timestamp("answeredAtMs" / 1000)
     FROM ROWS FROM (json_to_recordset($4::json) AS ("profileId" bigint, engagement text, action text,
       "externalApi" text, version int, "causeSeq" bigint, "eventId" text, state text, reason text, attempts int,
       request jsonb, "capturedAtMs" float8, "plannedAtMs" float8, "answeredAtMs" float8)) WITH ORDINALITY
     ORDER BY ordinality
     RETURNING id::text AS id`,
};

const UPDATE_CALLS: Statement = {
  name: 'shard-update-calls',
  text: `UPDATE brazier.call AS call SET state = given.state, reason = given.reason, attempts = given.attempts,
       answered_at = to_timestamp(given."answeredAtMs" / 1000), written_at = clock_timestamp(),
       request = CASE WHEN given.state = 'delivered' THEN NULL ELSE call.request END
     FROM json_to_recordset($1::json)
       AS given (id bigint, state text, reason text, attempts int, "answeredAtMs" float8)
     WHERE call.id = given.id AND call.state IN ('planned', 'started')`,
};

/** Of people who have turned out to be others: no shard walks over it. */
const NO_BUCKET = -1;

type Place = readonly [integration: string, layout: number, shard: number];

async function writeStates(db: Queries, integration: string, states: readonly StateRow[]): Promise<void> {
  if (states.length === 0) return;
  await db.execute(WRITE_STATES, [
    integration,
    numberColumn(states.map(({ profileId }) => profileId)),
    numberColumn(states.map(({ profileId, isRetired }) => (isRetired ? NO_BUCKET : bucketOf(profileId)))),
    numberColumn(states.map(({ dueAtMs }) => dueAtMs)),
    // JSON texts already, none with a line feed of its own.
    textColumn(states.map(({ text }) => text)),
  ]);
}

/** Ids of the calls in their order: of those that were delivered none is told, since nothing is written about them again. */
async function writeCalls(
  db: Queries,
  place: Place,
  calls: readonly CallRecord[],
): Promise<(string | undefined)[]> {
  const others: CallRecord[] = [];
  const delivered = new Map<string, CallRecord[]>();
  for (const call of calls) {
    if (call.state !== 'delivered' || call.reason !== undefined) others.push(call);
    else add(delivered, kindOf(call), call);
  }
  for (const alike of delivered.values()) await writeDelivered(db, place, alike);
  const ids = await writeOthers(db, place, others);
  const idOf = new Map(others.map((call, at) => [call, ids[at]]));
  return calls.map((call) => idOf.get(call));
}

function add(groups: Map<string, CallRecord[]>, kind: string, call: CallRecord): void {
  const group = groups.get(kind);
  if (group === undefined) groups.set(kind, [call]);
  else group.push(call);
}

function kindOf({ engagement, action, externalApi, version, attempts }: CallRecord): string {
  // No name has a line feed in it.
  return `${engagement}\n${action}\n${externalApi}\n${version}\n${attempts}`;
}

/** Calls of one kind: most of them all. */
async function writeDelivered(db: Queries, place: Place, calls: readonly CallRecord[]): Promise<void> {
  const [first] = calls;
  if (first === undefined) return;
  await db.execute(WRITE_DELIVERED, [
    ...place,
    ...[first.engagement, first.action, first.externalApi, first.version, first.attempts],
    numberColumn(calls.map(({ profileId }) => profileId)),
    numberColumn(calls.map(({ causeSeq }) => causeSeq)),
    textColumn(calls.map(({ eventId }) => eventId)),
    numberColumn(calls.map(({ capturedAtMs }) => capturedAtMs)),
    numberColumn(calls.map(({ plannedAtMs }) => plannedAtMs)),
    numberColumn(calls.map(({ answeredAtMs }) => answeredAtMs)),
  ]);
}

const WRITE_DELIVERED: Statement = {
  name: 'shard-write-delivered',
  text: `INSERT INTO brazier.call (integration, layout, shard, engagement, action, external_api, version, attempts, state,
       profile_id, cause_seq, event_id, captured_at, planned_at, answered_at)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'delivered', person, seq, event_id,
       to_timestamp(captured / 1000), to_timestamp(planned / 1000), to_timestamp(answered / 1000)
     FROM ROWS FROM (unnest($9::bigint[]), unnest($10::bigint[]), string_to_table($11, E'\\n', ''),
       unnest($12::float8[]), unnest($13::float8[]), unnest($14::float8[]))
       AS given (person, seq, event_id, captured, planned, answered)`,
};

async function writeOthers(db: Queries, place: Place, calls: readonly CallRecord[]): Promise<string[]> {
  if (calls.length === 0) return [];
  const rows = calls.map((call) => ({ ...call, request: call.request ?? null }));
  const written = await db.query<{ id: string }>(WRITE_CALLS, [...place, JSON.stringify(rows)]);
  return written.map(({ id }) => id);
}

/** What was delivered needs no request any more; what was refused or is unknown does, to be sent again by a person's choice. */
async function updateCalls(db: Queries, updates: readonly CallUpdate[]): Promise<void> {
  if (updates.length === 0) return;
  await db.execute(UPDATE_CALLS, [JSON.stringify(updates)]);
}

async function writeSetAside(db: Queries, place: Place, rows: readonly SetAsideRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(
    `INSERT INTO brazier.set_aside (integration, layout, shard, seq, event_id, profile_id, reason_code, detail)
     SELECT $1, $2, $3, seq, "eventId", "profileId", reason, detail
     FROM json_to_recordset($4::json)
       AS given (seq bigint, "eventId" text, "profileId" bigint, reason text, detail text)`,
    [...place, JSON.stringify(rows)],
  );
}

async function addCounts(db: Queries, place: Place, { engagements, noCall }: ShardCommit): Promise<void> {
  if (Object.keys(noCall).length > 0) {
    await db.execute(ADD_NO_CALLS, [...place, JSON.stringify(noCall)]);
  }
  for (const [engagement, delta] of engagements)
    await db.execute(ADD_ENGAGEMENT, engagementValues(place, engagement, delta));
}

function sumOf(column: string): string {
  return `(SELECT coalesce(jsonb_object_agg(key, total), '{}') FROM (
    SELECT key, sum(value::bigint) AS total
    FROM (SELECT * FROM jsonb_each_text(${column}) UNION ALL SELECT * FROM jsonb_each_text(excluded.no_call)) AS given
    GROUP BY key) AS sums)`;
}

const ADD_NO_CALLS: Statement = {
  name: 'shard-add-no-calls',
  text: `INSERT INTO brazier.stream_count AS counted (integration, layout, shard, no_call) VALUES ($1, $2, $3, $4)
       ON CONFLICT (integration, layout, shard) DO UPDATE SET no_call = ${sumOf('counted.no_call')}`,
};

const COUNTED = [
  ...['entered', 'exits', 'sent', 'accepted', 'refused', 'unknown'],
  ...['seen_checked', 'seen', 'set_aside'],
] as const;

const ADD_ENGAGEMENT: Statement = {
  name: 'shard-add-engagement',
  text: `
INSERT INTO brazier.engagement_count AS counted
  (integration, layout, shard, engagement, ${COUNTED.join(', ')}, no_call, latency)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (integration, engagement, layout, shard) DO UPDATE SET
  ${COUNTED.map((column) => `${column} = counted.${column} + excluded.${column}`).join(', ')},
  no_call = ${sumOf('counted.no_call')},
  latency = ARRAY(SELECT coalesce(one, 0) + coalesce(other, 0)
    FROM unnest(counted.latency, excluded.latency) AS pair (one, other))`,
};

function engagementValues(place: Place, engagement: string, delta: EngagementDelta): unknown[] {
  const { entered, exits, sent, accepted, refused, unknown, seenChecked, seen, setAside } = delta;
  return [
    ...place,
    engagement,
    ...[entered, exits, sent, accepted, refused, unknown, seenChecked, seen, setAside],
    JSON.stringify(delta.noCall),
    delta.latency,
  ];
}
