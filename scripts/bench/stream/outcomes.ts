import { setTimeout as sleep } from 'node:timers/promises';
import { type Client } from 'pg';
import { z } from 'zod';
import { Latencies } from './histogram';

/** What became of the events that are in the log. */
export interface Outcomes {
  /** Events in the log. */
  logged: number;
  /** Calls that an event caused, by state. */
  calls: Record<string, number>;
  /** Events that caused no call, by reason. */
  noCall: Record<string, number>;
  setAside: number;
}

const TERMINAL = ['delivered', 'refused', 'unknown', 'superseded'];
const POLL_MS = 250;
const countsSchema = z.array(z.object({ name: z.string(), count: z.coerce.number() }));

/** How much of a stream is still to do: entries of the log that no shard has come to, and calls without an outcome. */
export async function leftOver(
  database: Client,
  integration: string,
): Promise<{ entries: number; calls: number }> {
  const { rows } = await database.query<{ entries: string; calls: string }>(
    `SELECT (SELECT coalesce(sum(h.last_seq - s.cursor), 0) FROM brazier.shard_head h JOIN brazier.shard s USING (integration, layout, shard)
              WHERE integration = $1) AS entries,
            (SELECT count(*) FROM brazier.call WHERE integration = $1 AND state IN ('planned', 'started')) AS calls`,
    [integration],
  );
  return { entries: Number(rows[0]?.entries ?? 0), calls: Number(rows[0]?.calls ?? 0) };
}

/** Waits until nothing is left to do, and says how long that took; gives up after a while, as what is lost never comes. */
export async function drain(database: Client, integration: string, patienceMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const { entries, calls } = await leftOver(database, integration);
    const waitedMs = performance.now() - startedAt;
    if (entries + calls === 0 || waitedMs > patienceMs) return waitedMs / 1_000;
    await sleep(POLL_MS);
  }
}

/** Counts what became of the events of one source. */
export async function readOutcomes(database: Client, integration: string, source: string): Promise<Outcomes> {
  const counts = async (text: string, values: string[]): Promise<Record<string, number>> => {
    const { rows } = await database.query<Record<string, unknown>>(text, values);
    return Object.fromEntries(countsSchema.parse(rows).map(({ name, count }) => [name, count]));
  };
  const logged = await counts(
    `SELECT 'logged' AS name, count(*) AS count FROM brazier.event_log WHERE integration = $1 AND source = $2 AND kind = 'event'`,
    [integration, source],
  );
  const calls = await counts(
    `SELECT state AS name, count(*) AS count FROM brazier.call WHERE integration = $1 AND cause_seq IS NOT NULL GROUP BY 1`,
    [integration],
  );
  const noCall = await counts(
    `SELECT reason.key AS name, sum(reason.value::bigint) AS count
       FROM brazier.stream_count, jsonb_each_text(no_call) AS reason WHERE integration = $1 GROUP BY 1`,
    [integration],
  );
  const setAside = await counts(
    `SELECT 'setAside' AS name, count(*) AS count FROM brazier.set_aside WHERE integration = $1`,
    [integration],
  );
  return { logged: logged['logged'] ?? 0, calls, noCall, setAside: setAside['setAside'] ?? 0 };
}

/** Accepted events that ended in no way that is counted. */
export function lostOf(accepted: number, { calls, noCall, setAside }: Outcomes): number {
  const ended = TERMINAL.reduce((sum, state) => sum + (calls[state] ?? 0), 0);
  const without = Object.values(noCall).reduce((sum, count) => sum + count, 0);
  return Math.max(0, accepted - ended - Math.max(without, setAside));
}

/** From the durable capture of an event to Braze's answer to its call, of events captured from a moment on. */
export async function readLatencies(
  database: Client,
  integration: string,
  fromEpochMs: number,
): Promise<Latencies> {
  const latencies = new Latencies();
  const { rows } = await database.query<{ ms: number }>(
    `SELECT (extract(epoch FROM answered_at - captured_at) * 1000)::float8 AS ms
       FROM brazier.call WHERE integration = $1 AND cause_seq IS NOT NULL AND answered_at IS NOT NULL
         AND captured_at >= to_timestamp($2::float8 / 1000)`,
    [integration, fromEpochMs],
  );
  for (const { ms } of rows) latencies.add(ms);
  return latencies;
}

/** Bytes that the database takes on disk. */
export async function databaseBytes(database: Client): Promise<number> {
  const { rows } = await database.query<{ bytes: string }>(
    'SELECT pg_database_size(current_database()) AS bytes',
  );
  return Number(rows[0]?.bytes ?? 0);
}
