import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgresServer } from '../../dev/servers/postgres';
import { openDatabase, type Database } from './database';
import { createIntake, type Intake, type IntakeEvent } from './intake';
import { migrateDatabase } from './migrate';

const PEOPLE = 20;
const WRITERS = 4;
const KILLS = 3;

let dir: string;
let server: PostgresServer;
let database: Database;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'brazier-intake-'));
  server = await startPostgresServer({ dir });
  const opened = openDatabase({ url: server.url, applicationName: 'test', prepare: migrateDatabase });
  if (!opened.ok) throw new Error(opened.fault.message);
  database = opened.value;
});
afterEach(async () => {
  await database.close();
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

function groupOf(writer: number, group: number): IntakeEvent[] {
  return Array.from({ length: 20 }, (_, n) => {
    const number = group * 20 + n;
    const id = `${writer}-${number}`;
    return {
      source: 'web',
      id,
      identities: [{ kind: 'externalId', value: `${writer}-${number % PEOPLE}` }],
      rest: JSON.stringify({ id, name: 'Seen', at: 0, properties: { number }, traits: {} }),
    };
  });
}

/** Writes group after group until it is told to stop; answers the ids that it was told are safe. */
async function writeUntil(intake: Intake, writer: number, isOver: () => boolean): Promise<string[]> {
  const safe: string[] = [];
  for (let group = 0; !isOver(); group += 1) {
    const events = groupOf(writer, group);
    const outcome = await intake('shop', events);
    if (!outcome.ok) throw new Error(outcome.fault.message);
    // Its own ids, each posted once: none of them is anybody's duplicate, however often the group was tried.
    expect(outcome.value.isDuplicate).not.toContain(true);
    safe.push(...events.map(({ id }) => id));
  }
  return safe;
}

test('a database that is killed in the middle of commits loses nothing that was accepted, and takes nothing twice', async () => {
  let isOver = false;
  const writers = Array.from({ length: WRITERS }, (_, writer) =>
    writeUntil(createIntake(database, { shards: 4, patienceMs: 120_000 }), writer, () => isOver),
  );
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = await countEvents();
    while ((await countEvents()) < before + 200) await new Promise(setImmediate);
    await server.kill();
    server = await startPostgresServer({ dir, port: server.port });
  }
  isOver = true;
  const safe = (await Promise.all(writers)).flat();
  const rows = await query<{ shard: number; seq: number; event_id: string; profile: string; number: number }>(
    `SELECT shard, seq::int, event_id, profile_id::text AS profile, (entry -> 'properties' ->> 'number')::int AS number
     FROM brazier.event_log ORDER BY shard, seq`,
  );
  expect(rows.map(({ event_id }) => event_id).sort()).toEqual(safe.sort());
  for (const shard of [0, 1, 2, 3]) {
    const seqs = rows.filter((row) => row.shard === shard).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
  }
  const people = new Map<string, typeof rows>();
  for (const row of rows) people.set(row.profile, [...(people.get(row.profile) ?? []), row]);
  expect(people.size).toBe(WRITERS * PEOPLE);
  for (const own of people.values()) {
    const numbers = own.map(({ number }) => number);
    expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
  }
  expect(await query('SELECT sum(captured)::int AS n FROM brazier.stream_count')).toEqual([
    { n: safe.length },
  ]);
});

async function countEvents(): Promise<number> {
  const [row] = await query<{ n: number }>(
    'SELECT coalesce(sum(last_seq), 0)::int AS n FROM brazier.shard_head',
  );
  return row?.n ?? 0;
}

/** Asks until the server answers: it may be on its way up. */
async function query<Row extends object>(text: string): Promise<Row[]> {
  for (;;) {
    const rows = await database.run((queries) => queries.query(text));
    // The test's own statements: each names the columns of its row.
    if (rows.ok) return rows.value as Row[];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
