import { type EngagementKey } from '../../contract/engagement-calls';
import { type EngagementCounts } from '../../contract/stream';
import { addLatencies, latencySummary } from '../../domain/stream/latency';
import { type NoCallReason } from '../../domain/stream/vocabulary';
import { type Queries } from './database';

interface CountRow {
  entered: string;
  sent: string;
  accepted: string;
  refused: string;
  unknown: string;
  seen: string;
  set_aside: string;
  no_call: Partial<Record<NoCallReason, number>>;
  latency: number[];
}

interface StreamRow {
  captured: string | null;
  unified: string | null;
}

/** The counts of all shards, of every layout that there has been, added up. */
export async function readCounts(
  queries: Queries,
  { integration, name }: EngagementKey,
): Promise<EngagementCounts> {
  const shards = await queries.query<CountRow>(
    `SELECT entered, sent, accepted, refused, unknown, seen, set_aside, no_call, latency
     FROM brazier.engagement_count WHERE integration = $1 AND engagement = $2`,
    [integration, name],
  );
  const [stream] = await queries.query<StreamRow>(
    'SELECT sum(captured) AS captured, sum(unified) AS unified FROM brazier.stream_count WHERE integration = $1',
    [integration],
  );
  const sum = (column: Exclude<keyof CountRow, 'no_call' | 'latency'>) =>
    shards.reduce((total, row) => total + Number(row[column]), 0);
  return {
    stages: {
      captured: Number(stream?.captured ?? 0),
      unified: Number(stream?.unified ?? 0),
      entered: sum('entered'),
      sent: sum('sent'),
      accepted: sum('accepted'),
      seen: sum('seen'),
    },
    refused: sum('refused'),
    unknown: sum('unknown'),
    setAside: sum('set_aside'),
    noCall: sumOfReasons(shards.map(({ no_call }) => no_call)),
    latencyMs: latencySummary(addLatencies(shards.map(({ latency }) => latency))),
  };
}

function sumOfReasons(all: readonly CountRow['no_call'][]): CountRow['no_call'] {
  const sums = new Map<string, number>();
  for (const counts of all)
    for (const [reason, count] of Object.entries(counts)) sums.set(reason, (sums.get(reason) ?? 0) + count);
  return Object.fromEntries(sums);
}
