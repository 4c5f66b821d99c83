import { type MergeEntry } from '../../domain/stream/log-entry';
import { shardOfBucket } from '../../domain/stream/sharding';
import { type StoredProfile, type UnifiedStep } from '../../domain/stream/unify-group';
import { numberColumn, textColumn } from './columns';
import { type Queries } from './database';
import { LOG_CHANNEL, noticeText } from './log-notice';

/** An event on its way into the log. */
export interface LoggedEvent {
  source: string;
  id: string;
  /** The event as JSON text, without its identifiers. */
  rest: string;
}

/** Where the log ends: what the next entries of each shard come after. */
export interface LogEnd {
  integration: string;
  layout: number;
  shards: number;
  lastSeq: ReadonlyMap<number, bigint>;
  capturedAt: string;
}

interface LogRow {
  shard: number;
  seq: bigint;
  profileId: string;
  /** Absent for a merge. */
  event?: LoggedEvent | undefined;
  entry: string;
}

/** Appends what a group has come to, with the counts of it, and tells whoever listens: one statement. */
export async function appendToLog(
  queries: Queries,
  end: LogEnd,
  steps: readonly UnifiedStep[],
  events: readonly LoggedEvent[],
): Promise<void> {
  const { rows, lastSeq } = rowsOf(end, steps, events);
  const touched = [...new Set(rows.map(({ shard }) => shard))].sort((left, right) => left - right);
  const captured = new Map<number, number>();
  for (const { shard, event } of rows)
    captured.set(shard, (captured.get(shard) ?? 0) + (event === undefined ? 0 : 1));
  await queries.query(APPEND, [
    end.integration,
    end.layout,
    end.capturedAt,
    numberColumn(rows.map(({ shard }) => shard)),
    numberColumn(rows.map(({ seq }) => seq)),
    numberColumn(rows.map(({ profileId }) => profileId)),
    textColumn(rows.map(({ event }) => event?.source)),
    textColumn(rows.map(({ event }) => event?.id)),
    // JSON texts, none with a line feed of its own.
    textColumn(rows.map(({ entry }) => entry)),
    numberColumn(touched),
    numberColumn(touched.map((shard) => lastSeq.get(shard))),
    numberColumn(touched.map((shard) => captured.get(shard) ?? 0)),
    noticeText({ integration: end.integration, layout: end.layout, shards: touched }),
  ]);
}

const APPEND = {
  name: 'intake-append',
  text: `WITH entries AS (
  INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, profile_id, source, event_id, captured_at, entry)
  SELECT $1::text, $2::int, t.shard, t.seq, CASE WHEN t.event_id IS NULL THEN 'merge' ELSE 'event' END, t.profile_id,
    t.source, t.event_id, $3::timestamptz, t.entry::json
  FROM ROWS FROM (unnest($4::int[]), unnest($5::bigint[]), unnest($6::bigint[]), string_to_table($7, E'\\n', ''),
    string_to_table($8, E'\\n', ''), string_to_table($9, E'\\n')) AS t(shard, seq, profile_id, source, event_id, entry)
), heads AS (
  UPDATE brazier.shard_head h SET last_seq = t.last_seq
  FROM unnest($10::int[], $11::bigint[]) AS t(shard, last_seq)
  WHERE h.integration = $1 AND h.layout = $2 AND h.shard = t.shard
), counts AS (
  UPDATE brazier.stream_count c SET captured = captured + t.n, unified = unified + t.n
  FROM unnest($10::int[], $12::int[]) AS t(shard, n)
  WHERE c.integration = $1 AND c.layout = $2 AND c.shard = t.shard
)
SELECT pg_notify('${LOG_CHANNEL}', $13)`,
};

function rowsOf(end: LogEnd, steps: readonly UnifiedStep[], events: readonly LoggedEvent[]) {
  const lastSeq = new Map(end.lastSeq);
  const rows: LogRow[] = [];
  const append = (profile: StoredProfile, entry: string, event?: LoggedEvent) => {
    const shard = shardOfBucket(profile.bucket, end.shards);
    const seq = (lastSeq.get(shard) ?? 0n) + 1n;
    lastSeq.set(shard, seq);
    rows.push({ shard, seq, profileId: profile.profileId, entry, event });
    return { shard, seq: Number(seq) };
  };
  for (const step of steps) {
    if (step.kind === 'merge') {
      const { from, into } = step;
      const place = append(from, mergeEntry({ role: 'out', into: into.profileId }));
      append(into, mergeEntry({ role: 'in', from: from.profileId, layout: end.layout, ...place }));
    } else {
      const event = events[step.index];
      if (event === undefined) throw new Error('A step belongs to no event of its group.');
      append(
        step.profile,
        `{"identifiers":${JSON.stringify(step.identifiers)},${event.rest.slice(1)}`,
        event,
      );
    }
  }
  return { rows, lastSeq };
}

function mergeEntry(entry: MergeEntry): string {
  return JSON.stringify(entry);
}
