import { type Identity, type IdentityKind } from '../../domain/stream/vocabulary';
import { type StoredIdentity } from '../../domain/stream/unify-group';
import { textColumn } from './columns';
import { type Queries } from './database';

/** What the database knows that a group of events is about. */
export interface IntakeReading {
  /** Positions in the group of events that are in the log already. */
  duplicates: ReadonlySet<number>;
  identities: StoredIdentity[];
  /** Absent until the stream is made. */
  stream?: { layout: number; shards: number; lastSeq: ReadonlyMap<number, bigint> } | undefined;
  /** Of the database, so that it agrees with the order of the log: ISO 8601. */
  capturedAt: string;
}

/**
 * Each event and each identifier is looked up by itself: LIMIT keeps the planner from reading all of an integration's rows
 * and joining them, which is what it prefers while it has no statistics, and what a prepared plan then stays with.
 */
const READ = {
  name: 'intake-read',
  text: `SELECT
  (SELECT json_agg(t.n - 1) FROM ROWS FROM (string_to_table($2, E'\\n'), string_to_table($3, E'\\n')) WITH ORDINALITY AS t(source, id, n)
    CROSS JOIN LATERAL (SELECT 1 FROM brazier.event_log l WHERE l.integration = $1 AND l.source = t.source
      AND l.event_id = t.id AND l.kind = 'event' LIMIT 1) AS known) AS duplicates,
  (SELECT json_agg(json_build_array(t.kind, t.value, known.profile_id::text, known.external_id, known.bucket))
    FROM ROWS FROM (string_to_table($4, E'\\n'), string_to_table($5, E'\\n')) AS t(kind, value)
    CROSS JOIN LATERAL (SELECT i.profile_id, p.external_id, p.bucket FROM brazier.identity i
      JOIN brazier.profile p ON p.id = i.profile_id
      WHERE i.integration = $1 AND i.kind = t.kind AND i.value = t.value LIMIT 1) AS known) AS identities,
  (SELECT json_build_array(s.layout, s.shards,
      (SELECT json_agg(json_build_array(h.shard, h.last_seq::text)) FROM brazier.shard_head h
        WHERE h.integration = s.integration AND h.layout = s.layout))
    FROM brazier.stream s WHERE s.integration = $1) AS stream,
  to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS captured_at`,
};

/** As the statement makes it from columns whose types the tables vouch for; 5,000 rows a second are not looked at twice. */
interface Row {
  duplicates: number[] | null;
  identities:
    | [kind: IdentityKind, value: string, profileId: string, externalId: string | null, bucket: number][]
    | null;
  stream: [layout: number, shards: number, heads: [shard: number, lastSeq: string][] | null] | null;
  captured_at: string;
}

/** Reads it all in one statement, whatever the size of the group. */
export async function readForIntake(
  queries: Queries,
  integration: string,
  events: readonly { source: string; id: string }[],
  identities: readonly Identity[],
): Promise<IntakeReading> {
  const [read] = await queries.query<Row>(READ, [
    integration,
    textColumn(events.map(({ source }) => source)),
    textColumn(events.map(({ id }) => id)),
    textColumn(identities.map(({ kind }) => kind)),
    textColumn(identities.map(({ value }) => value)),
  ]);
  if (read === undefined) throw new Error('invariant: a SELECT without FROM has one row');
  return {
    duplicates: new Set(read.duplicates ?? []),
    identities: (read.identities ?? []).map(([kind, value, profileId, externalId, bucket]) => ({
      kind,
      value,
      profile: { profileId, externalId: externalId ?? undefined, bucket },
    })),
    stream: read.stream === null ? undefined : streamOf(read.stream),
    capturedAt: read.captured_at,
  };
}

function streamOf([layout, shards, heads]: [number, number, [number, string][] | null]) {
  const lastSeq = new Map((heads ?? []).map(([shard, seq]) => [shard, BigInt(seq)]));
  return { layout, shards, lastSeq };
}
