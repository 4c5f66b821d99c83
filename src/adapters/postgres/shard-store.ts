import { type Engagement } from '../../contract/engagement';
import { type ControlEntry, type ShardKey } from '../../contract/stream';
import { success, type Outcome } from '../../contract/errors';
import { type BucketRange } from '../../domain/stream/sharding';
import { type ProfileState } from '../../domain/stream/vocabulary';
import {
  type LogRow,
  type OpenCall,
  type RedrivenCall,
  type ShardCommit,
} from '../../domain/stream/shard-work';
import { type Database, type Statement } from './database';
import { readAllOwed, readOwed } from './merged-calls';
import { hasOpenCalls, readLeftCalls, readRedriven, supersede } from './open-calls';
import { writeCommit } from './shard-commit';

/** A shard as whoever has just taken it finds it. */
export interface BegunShard {
  epoch: number;
  cursor: number;
  /** Until the former owner's last requests are taken to have ended; 0 if it handed the shard back. */
  waitMs: number;
}

/** Where the log of a shard ends. */
export interface ShardHead {
  lastSeq: number;
  /** The layout has been replaced: nothing comes after it. */
  endSeq?: number | undefined;
}

/** The row of one shard, and everything that only its owner writes. */
export interface ShardStore {
  /** Raises the epoch: from then on nobody else's writes count. */
  begin(owner: string, options: { leaseMs: number; requestTimeoutMs: number }): Promise<Outcome<BegunShard>>;
  /** False if somebody else has taken the shard. */
  renewLease(epoch: number, leaseMs: number): Promise<Outcome<boolean>>;
  handBack(epoch: number): Promise<Outcome<boolean>>;
  /** Marks that everything of a replaced layout is worked off. */
  markDrained(epoch: number): Promise<Outcome<boolean>>;
  readLog(after: number, limit: number): Promise<Outcome<LogRow<ControlEntry>[]>>;
  /** The engagements as they stand at this place of the log. */
  engagementsAt(cursor: number): Promise<Outcome<Engagement[]>>;
  head(): Promise<Outcome<ShardHead>>;
  states(profileIds: readonly string[]): Promise<Outcome<ProfileState[]>>;
  /** People whose clocks have struck until then, the earliest first. */
  due(range: BucketRange, untilMs: number, limit: number): Promise<Outcome<ProfileState[]>>;
  /** Everybody of the shard's buckets, by id, for the walks of an activation. */
  people(range: BucketRange, afterId: string, limit: number): Promise<Outcome<ProfileState[]>>;
  /**
   * Calls that an earlier owner has left without an end; of those that people have put back and nobody has begun to send
   * only the `known` ones, by id.
   */
  leftCalls(known: readonly string[]): Promise<Outcome<OpenCall[]>>;
  /** Whether any call has not come to its end. */
  hasOpenCalls(): Promise<Outcome<boolean>>;
  /** Of the calls that people have put back on their way, the first behind an id. */
  redriven(limit: number, afterId: string): Promise<Outcome<RedrivenCall[]>>;
  /** Ends planned calls that would put old values back; false if somebody else has taken the shard. */
  supersede(epoch: number, ids: readonly string[]): Promise<Outcome<boolean>>;
  /**
   * False if somebody else has taken the shard, and then nothing was written; else the ids of the new calls, in their order,
   * without those of calls that were delivered.
   */
  commit(epoch: number, commit: ShardCommit): Promise<Outcome<(string | undefined)[] | false>>;
  /** Marks calls before their first request; false if somebody else has taken the shard. */
  markStarted(epoch: number, ids: readonly string[]): Promise<Outcome<boolean>>;
  /** Whether the other shard has passed the entry. */
  hasPassed(other: ShardKey, seq: number): Promise<Outcome<boolean>>;
  /** Of these people, those of whom a call under a profile that was merged into theirs has not ended. */
  owed(profileIds: readonly string[]): Promise<Outcome<string[]>>;
  /** Those of all people in these buckets. */
  allOwed(range: BucketRange): Promise<Outcome<string[]>>;
  /** Whether every shard of the layouts before this one is drained. */
  isFirst(): Promise<Outcome<boolean>>;
}

interface StateRecord {
  state: ProfileState;
}

/** SQL of one shard. */
export function createShardStore(database: Database, key: ShardKey): ShardStore {
  const { integration, layout, shard } = key;
  const place = [integration, layout, shard] as const;
  return {
    async begin(owner, { leaseMs, requestTimeoutMs }) {
      const rows = await database.run((db) =>
        db.query<{ epoch: number; cursor: number; wait_ms: number }>(BEGIN, [
          ...place,
          owner,
          leaseMs,
          requestTimeoutMs,
        ]),
      );
      if (!rows.ok) return rows;
      const [row] = rows.value;
      if (row === undefined) throw new Error(`invariant: shard ${place.join('/')} has no row`);
      return success({ epoch: row.epoch, cursor: row.cursor, waitMs: Math.max(0, row.wait_ms) });
    },
    renewLease: (epoch, leaseMs) =>
      touched(
        database,
        // A renewal that comes behind the hand-back would leave a lease that nobody has.
        `UPDATE brazier.shard SET lease_until = clock_timestamp() + make_interval(secs => $5::float8 / 1000)
         WHERE integration = $1 AND layout = $2 AND shard = $3 AND epoch = $4 AND owner IS NOT NULL`,
        [...place, epoch, leaseMs],
      ),
    handBack: (epoch) =>
      touched(
        database,
        `UPDATE brazier.shard SET owner = NULL, lease_until = NULL
         WHERE integration = $1 AND layout = $2 AND shard = $3 AND epoch = $4`,
        [...place, epoch],
      ),
    markDrained: (epoch) =>
      touched(
        database,
        `UPDATE brazier.shard SET owner = NULL, lease_until = NULL, drained_at = coalesce(drained_at, now())
         WHERE integration = $1 AND layout = $2 AND shard = $3 AND epoch = $4`,
        [...place, epoch],
      ),
    readLog: (after, limit) => database.run((db) => db.query<LogRecord>(READ_LOG, [...place, after, limit])),
    async engagementsAt(cursor) {
      const rows = await database.run((db) =>
        db.query<{ definition: Engagement }>(ENGAGEMENTS_AT, [...place, cursor]),
      );
      return rows.ok ? success(rows.value.map(({ definition }) => definition)) : rows;
    },
    async head() {
      const rows = await database.run((db) =>
        db.query<{ last_seq: number; end_seq: number | null }>(
          `SELECT last_seq::float8 AS last_seq, end_seq::float8 AS end_seq FROM brazier.shard_head
           WHERE integration = $1 AND layout = $2 AND shard = $3`,
          place,
        ),
      );
      if (!rows.ok) return rows;
      const [row] = rows.value;
      return success({ lastSeq: row?.last_seq ?? 0, endSeq: row?.end_seq ?? undefined });
    },
    states: (profileIds) => readStates(database, READ_STATES, [profileIds]),
    // Nothing but the index of those who are due will do: `+ 0` keeps the planner from reading everybody by their buckets,
    // which it prefers while it has no statistics.
    due: ({ from, to }, untilMs, limit) =>
      readStates(
        database,
        `SELECT state FROM brazier.profile_state
         WHERE integration = $1 AND bucket + 0 BETWEEN $2 AND $3 AND due_at <= to_timestamp($4::float8 / 1000)
         ORDER BY due_at LIMIT $5`,
        [integration, from, to, untilMs, limit],
      ),
    people: ({ from, to }, afterId, limit) =>
      readStates(
        database,
        `SELECT state FROM brazier.profile_state
         WHERE integration = $1 AND bucket BETWEEN $2 AND $3 AND profile_id > $4 ORDER BY profile_id LIMIT $5`,
        [integration, from, to, afterId, limit],
      ),
    leftCalls: (known) => readLeftCalls(database, key, known),
    hasOpenCalls: () => hasOpenCalls(database, key),
    redriven: (limit, afterId) => readRedriven(database, key, { limit, afterId }),
    supersede: (epoch, ids) => supersede(database, key, epoch, ids),
    commit: (epoch, commit) => writeCommit(database, key, epoch, commit),
    async markStarted(epoch, ids) {
      const written = await database.run((db) =>
        db.execute(
          `WITH mine AS (SELECT 1 FROM brazier.shard
             WHERE integration = $1 AND layout = $2 AND shard = $3 AND epoch = $4 FOR NO KEY UPDATE)
           UPDATE brazier.call SET state = 'started' WHERE id = ANY($5::bigint[]) AND EXISTS (SELECT 1 FROM mine)`,
          [...place, epoch, ids],
        ),
      );
      return written.ok ? success(written.value === ids.length) : written;
    },
    owed: (profileIds) => readOwed(database, key, profileIds),
    allOwed: (range) => readAllOwed(database, key, range),
    async hasPassed(other, seq) {
      const rows = await database.run((db) =>
        db.query<{ passed: boolean }>(HAS_PASSED, [other.integration, other.layout, other.shard, seq]),
      );
      return rows.ok ? success(rows.value[0]?.passed ?? false) : rows;
    },
    async isFirst() {
      const rows = await database.run((db) =>
        db.query<{ others: boolean }>(
          `SELECT EXISTS (SELECT 1 FROM brazier.shard
             WHERE integration = $1 AND layout < $2 AND drained_at IS NULL) AS others`,
          [integration, layout],
        ),
      );
      return rows.ok ? success(rows.value[0]?.others === false) : rows;
    },
  };
}

/** Prepared once for each connection: a shard reads many times a second. */
const READ_STATES: Statement = {
  name: 'shard-read-states',
  text: 'SELECT state FROM brazier.profile_state WHERE profile_id = ANY($1::bigint[])',
};

const READ_LOG: Statement = {
  name: 'shard-read-log',
  text: `SELECT seq::float8 AS seq, kind, profile_id::text AS "profileId", event_id AS "eventId",
                  round(extract(epoch FROM captured_at) * 1000)::float8 AS "capturedAtMs", entry
           FROM brazier.event_log
           WHERE integration = $1 AND layout = $2 AND shard = $3 AND seq > $4 ORDER BY seq LIMIT $5`,
};

/** The lease that was found is read before it is overwritten: a request may have started up to its end. */
const BEGIN = `
WITH old AS (
  SELECT owner, lease_until FROM brazier.shard
  WHERE integration = $1 AND layout = $2 AND shard = $3 FOR UPDATE
)
UPDATE brazier.shard AS mine SET epoch = mine.epoch + 1, owner = $4,
  lease_until = clock_timestamp() + make_interval(secs => $5::float8 / 1000)
FROM old WHERE integration = $1 AND layout = $2 AND shard = $3
RETURNING mine.epoch::float8 AS epoch, mine.cursor::float8 AS cursor,
  CASE WHEN old.owner IS NULL THEN 0
  ELSE extract(epoch FROM old.lease_until - clock_timestamp())::float8 * 1000 + $6::float8 END AS wait_ms`;

/** The latest change of each before the place; those of earlier layouts are in every shard alike. */
const ENGAGEMENTS_AT = `
SELECT DISTINCT ON (entry->>'engagement') entry->'definition' AS definition FROM brazier.event_log
WHERE integration = $1 AND kind = 'control'
  AND ((layout = $2 AND shard = $3 AND seq <= $4) OR (layout < $2 AND shard = 0))
ORDER BY entry->>'engagement', layout DESC, seq DESC`;

const HAS_PASSED = `
SELECT EXISTS (SELECT 1 FROM brazier.shard
    WHERE integration = $1 AND layout = $2 AND shard = $3 AND cursor >= $4) AS passed`;

/** As it is in the table: what is in an entry was checked by whoever has written it. */
type LogRecord = LogRow<ControlEntry> & { eventId: string | null; capturedAtMs: number };

async function touched(
  database: Database,
  text: string,
  values: readonly unknown[],
): Promise<Outcome<boolean>> {
  const rows = await database.run((db) => db.execute(text, values));
  return rows.ok ? success(rows.value > 0) : rows;
}

async function readStates(
  database: Database,
  statement: string | Statement,
  values: readonly unknown[],
): Promise<Outcome<ProfileState[]>> {
  const rows = await database.run((db) => db.query<StateRecord>(statement, values));
  return rows.ok ? success(rows.value.map(({ state }) => state)) : rows;
}
