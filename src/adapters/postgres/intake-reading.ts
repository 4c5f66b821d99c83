import { z } from 'zod';
import { type Identity, type IdentityKind } from '../../domain/stream/vocabulary';
import { type StoredIdentity } from '../../domain/stream/unify-group';
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
  (SELECT json_agg(t.n - 1) FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS t(source, id, n)
    CROSS JOIN LATERAL (SELECT 1 FROM brazier.event_log l WHERE l.integration = $1 AND l.source = t.source
      AND l.event_id = t.id AND l.kind = 'event' LIMIT 1) AS known) AS duplicates,
  (SELECT json_agg(json_build_array(t.kind, t.value, known.profile_id::text, known.external_id, known.bucket))
    FROM unnest($4::text[], $5::text[]) AS t(kind, value)
    CROSS JOIN LATERAL (SELECT i.profile_id, p.external_id, p.bucket FROM brazier.identity i
      JOIN brazier.profile p ON p.id = i.profile_id
      WHERE i.integration = $1 AND i.kind = t.kind AND i.value = t.value LIMIT 1) AS known) AS identities,
  (SELECT json_build_array(s.layout, s.shards,
      (SELECT json_agg(json_build_array(h.shard, h.last_seq::text)) FROM brazier.shard_head h
        WHERE h.integration = s.integration AND h.layout = s.layout))
    FROM brazier.stream s WHERE s.integration = $1) AS stream,
  to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS captured_at`,
};

const kindSchema = z.enum(['externalId', 'email', 'phone', 'anonymousId'] as const satisfies IdentityKind[]);
const rowSchema = z.object({
  duplicates: z.array(z.number()).nullable(),
  identities: z
    .array(z.tuple([kindSchema, z.string(), z.string(), z.string().nullable(), z.number()]))
    .nullable(),
  stream: z.tuple([z.number(), z.number(), z.array(z.tuple([z.number(), z.string()])).nullable()]).nullable(),
  captured_at: z.string(),
});

/** Reads it all in one statement, whatever the size of the group. */
export async function readForIntake(
  queries: Queries,
  integration: string,
  events: readonly { source: string; id: string }[],
  identities: readonly Identity[],
): Promise<IntakeReading> {
  const [row] = await queries.query(READ, [
    integration,
    events.map(({ source }) => source),
    events.map(({ id }) => id),
    identities.map(({ kind }) => kind),
    identities.map(({ value }) => value),
  ]);
  const read = rowSchema.parse(row);
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
