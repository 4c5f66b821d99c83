import { setTimeout as sleep } from 'node:timers/promises';
import { createBrazeConnection, type BrazeConnection } from '../../src/adapters/braze/connection';
import { LocalBudget } from '../../src/adapters/braze/budget';
import { CALL_PATHS } from '../../src/domain/stream/call-paths';
import { exportProfiles } from '../../src/adapters/braze/export-profiles';
import { type Database } from '../../src/adapters/postgres/database';
import { lockIntake } from '../../src/adapters/postgres/intake-lock';
import { appendControl } from '../../src/adapters/postgres/log-append';
import { makeStream } from '../../src/adapters/postgres/make-stream';
import { createShardStore } from '../../src/adapters/postgres/shard-store';
import { type BrazeDoor } from '../../src/activities/sending-call';
import { type RunShardPorts, ShardKeeper } from '../../src/activities/run-shard';
import { type CallFactory } from '../../src/activities/shard-stay';
import { type ReadDoor } from '../../src/activities/shard-witness';
import { type Engagement } from '../../src/contract/engagement';
import { type ShardKey, type ShardProgress } from '../../src/contract/stream';
import { takeApart } from '../../src/domain/stream/call-parts';
import { type EngagementChange } from '../../src/domain/stream/log-entry';
import { bucketOf, shardOfBucket } from '../../src/domain/stream/sharding';
import { type CallEndpoint, type JsonObject } from '../../src/domain/stream/vocabulary';
import { type Sandbox, startSandbox } from '../../src/sandbox/server';
import { type SandboxOptions } from '../../src/sandbox/settings';
import { createTestDatabase } from '../postgres/database';

/** Name of the integration that everything here belongs to. */
export const SHOP = 'shop';
const KEY = 'stream-tests-key';

/** A database with a stream, a sandbox, and what tests do to them. */
export interface ShardWorld {
  database: Database;
  url: string;
  braze: Sandbox;
  shards: number;
  /** Appends events as the intake does: people by number, `n` counting each person's events. */
  post(events: readonly PostedEvent[], layout?: number): Promise<void>;
  change(change: EngagementChange, engagement: Engagement): Promise<void>;
  keep(
    shard: number,
    more?: Partial<RunShardPorts> & { layout?: number; shards?: number; timeoutMs?: number },
  ): Keeping;
  /** The way to the sandbox, as a keeper's own. */
  door(timeoutMs?: number): BrazeDoor;
  /** Reading profiles back, as a keeper's own. */
  reading(applyLagMs: number): ReadDoor;
  /** Until nothing is left to do in every shard of the layout. */
  settled(layout?: number): Promise<void>;
  rows<Row extends JsonObject>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** One event of a test. */
export interface PostedEvent {
  person: number;
  name?: string;
  /** The person's external id if absent. */
  identifiers?: JsonObject | undefined;
  properties?: JsonObject;
  capturedAtMs?: number;
}

/** A shard that is being looked after. */
export interface Keeping {
  progress(): ShardProgress;
  /** Hands the shard back. */
  end(): Promise<ShardProgress>;
  ended: Promise<ShardProgress>;
}

/** What sends each person's events on, in their order: one call for each. */
export function engagement(name: string, more: Partial<Engagement> = {}): Engagement {
  return {
    integration: SHOP,
    name,
    state: 'active',
    // Everybody leaves and enters again with each event: the last one is even or odd.
    segment: { name: 'odd', version: 1, condition: { field: 'events.step.last.odd', equals: true } },
    action: { externalApi: 'note', version: 1, parameters: {} },
    exitAction: { externalApi: 'note', version: 1, parameters: {} },
    frequency: 'everyTime',
    includeCurrent: false,
    onUnknown: 'resend',
    onResume: 'skip',
    ...more,
  };
}

/** Timings of tests: seconds instead of tens of them. */
export const QUICK: RunShardPorts['timing'] = {
  leaseMs: 2_000,
  renewEveryMs: 400,
  boundMs: 1_500,
  stayMs: 600_000,
  owedMs: 2_000,
};

/** Makes calls of the test's own shape: the person's number and the event's. */
export function callsOf(
  shape: 'attributes' | 'events' | 'canvas' = 'attributes',
  more: (n: number) => JsonObject = () => ({}),
): CallFactory {
  const endpoint: CallEndpoint = shape === 'canvas' ? 'canvas.trigger.send' : 'users.track';
  return {
    learn: () => Promise.resolve({ ok: true, value: undefined }),
    make({ engagement: { name }, state, event, planned }) {
      const external_id = state.identifiers.externalId ?? '';
      const n = event === undefined ? planned.atMs : Number(event.properties['n']);
      const values = { ...more(n), [`n_${name}`]: n };
      const body: JsonObject =
        shape === 'attributes'
          ? { attributes: [{ external_id, ...values }] }
          : shape === 'events'
            ? { events: [{ external_id, name: 'noted', time: '2026-11-22T00:00:00Z', properties: values }] }
            : {
                canvas_id: 'c1',
                recipients: [{ external_user_id: external_id, canvas_entry_properties: values }],
              };
      return { ok: true, request: { endpoint, body, secrets: [], isIdempotent: shape === 'attributes' } };
    },
    parts: ({ endpoint: at, body, isIdempotent }) => Promise.resolve(takeApart(at, body, isIdempotent)),
  };
}

/** Starts it all; the engagement is active from the first place of the log. */
export async function startShardWorld(
  options: { shards?: number; sandbox?: Partial<SandboxOptions>; engagement?: Engagement } = {},
): Promise<ShardWorld> {
  const { shards = 1 } = options;
  const own = await createTestDatabase({ maxConnections: 20 });
  const { database } = own;
  const braze = await startSandbox({
    keys: [{ key: KEY, scopes: 'all' }],
    applyLagMs: 0,
    limits: { track: { burst: { requests: 100_000, windowMs: 1_000 } } },
    rememberRequests: 100_000,
    recordOrder: true,
    ...options.sandbox,
  });
  const connections: BrazeConnection[] = [];
  let posted = 0;
  const counts = new Map<number, number>();
  const connect = (timeoutMs: number) => {
    const connection = createBrazeConnection({
      endpoint: braze.url,
      key: KEY,
      connections: 8,
      requestTimeoutMs: timeoutMs,
      userAgent: 'tests',
    });
    connections.push(connection);
    return connection;
  };
  const world: ShardWorld = {
    database,
    url: own.url,
    braze,
    shards,
    async post(events, layout = 1) {
      const rows = events.map(({ person, name = 'step', identifiers, properties, capturedAtMs }) => {
        const n = (counts.get(person) ?? 0) + 1;
        counts.set(person, n);
        posted += 1;
        // No two at one moment: the last one is the last.
        const at = (capturedAtMs ?? Date.now()) + posted / 10_000;
        const entry = {
          id: `e${posted}`,
          name,
          at,
          identifiers: identifiers ?? { externalId: `p${person}` },
          properties: { n, odd: n % 2 === 1, ...properties },
          traits: {},
        };
        return { profile: person, shard: shardOfBucket(bucketOf(String(person)), world.shards), entry, at };
      });
      const done = await database.transaction(async (db) => {
        await lockIntake(db, SHOP);
        await db.execute(
          `WITH given AS (
             SELECT *, row_number() OVER (PARTITION BY shard ORDER BY ord) AS nth
             FROM ROWS FROM (json_to_recordset($3::json) AS (profile bigint, shard int, entry jsonb, at float8))
               WITH ORDINALITY AS g (profile, shard, entry, at, ord)
           ), raised AS (
             UPDATE brazier.shard_head h SET last_seq = h.last_seq + c.n
             FROM (SELECT shard, count(*) AS n FROM given GROUP BY shard) c
             WHERE h.integration = $1 AND h.layout = $2 AND h.shard = c.shard
             RETURNING h.shard, h.last_seq - c.n AS before
           )
           INSERT INTO brazier.event_log (integration, layout, shard, seq, kind, profile_id, source, event_id, captured_at, entry)
           SELECT $1, $2, shard, before + nth, 'event', profile, 'tests', entry->>'id', to_timestamp(at / 1000), entry
           FROM given JOIN raised USING (shard)`,
          [SHOP, layout, JSON.stringify(rows)],
        );
      });
      if (!done.ok) throw new Error(done.fault.message);
    },
    async change(change, definition) {
      const done = await database.transaction(async (db) => {
        await lockIntake(db, SHOP);
        await makeStream(db, SHOP, world.shards);
        return appendControl(db, SHOP, { engagement: definition.name, change, revision: 1, definition });
      });
      if (!done.ok) throw new Error(done.fault.message);
    },
    door(timeoutMs = 10_000) {
      const connection = connect(timeoutMs);
      return {
        objectsPerRequest: 75,
        concurrency: 8,
        requestTimeoutMs: timeoutMs,
        budget: new LocalBudget(10_000, 8),
        send: (endpoint, body) => connection.request({ method: 'POST', path: CALL_PATHS[endpoint], body }),
      };
    },
    reading(applyLagMs) {
      const connection = connect(10_000);
      return { applyLagMs, read: (identifier) => exportProfiles(connection, identifier) };
    },
    keep(shard, more = {}) {
      const { layout = 1, shards: of = world.shards, timeoutMs = 10_000, ...ports } = more;
      const key: ShardKey = { integration: SHOP, layout, shard };
      const door = world.door(timeoutMs);
      const ending = new AbortController();
      const keeper = new ShardKeeper(
        {
          storeOf: (of_) => createShardStore(database, of_),
          calls: callsOf(),
          openBraze: () => Promise.resolve({ ok: true, value: door }),
          requestTimeoutMs: () => Promise.resolve({ ok: true, value: timeoutMs }),
          listen: (_key, wake) => {
            const timer = setInterval(wake, 20);
            return () => clearInterval(timer);
          },
          owner: 'tests',
          timing: QUICK,
          ...ports,
        },
        { ...key, shards: of },
        ending.signal,
      );
      const ended = keeper.run();
      return {
        progress: () => keeper.progress(),
        ended,
        end() {
          ending.abort();
          return ended;
        },
      };
    },
    async settled(layout = 1) {
      for (;;) {
        const [row] = await world.rows<{ left: number }>(
          `SELECT (SELECT coalesce(sum(last_seq - cursor), 0) FROM brazier.shard_head JOIN brazier.shard USING (integration, layout, shard)
             WHERE integration = $1 AND layout = $2)::int
           + (SELECT count(*) FROM brazier.call WHERE integration = $1 AND state IN ('planned', 'started'))::int AS left`,
          [SHOP, layout],
        );
        if (row?.left === 0) return;
        await sleep(25);
      }
    },
    async rows<Row extends JsonObject>(text: string, values: readonly unknown[] = []) {
      const rows = await database.run((db) => db.query<Row>(text, values));
      if (!rows.ok) throw new Error(rows.fault.message);
      return rows.value;
    },
    async close() {
      for (const connection of connections) await connection.close();
      await braze.close();
      await own.close();
    },
  };
  await world.change('activate', options.engagement ?? engagement('odds'));
  return world;
}

/** For each person the numbers that reached Braze, in the order in which it accepted them. */
export function numbersByPerson({ braze }: ShardWorld, field = 'n_odds'): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { user, writes } of braze.workspace.order.all()) {
    const numbers = writes.flatMap(({ object }) => {
      const { properties } = object;
      const held = typeof properties === 'object' && properties !== null ? properties : object;
      const n = new Map<string, unknown>(Object.entries(held)).get(field);
      return typeof n === 'number' ? [n] : [];
    });
    found.set(user, numbers);
  }
  return found;
}
