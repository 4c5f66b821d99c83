import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Umzug } from 'umzug';
import { success, type Outcome } from '../../contract/errors';
import { ANSWER_TIMEOUT_MS, Refusal, STATEMENT_TIMEOUT_MS } from './database';
import { databaseFault, withoutValues } from './database-fault';
import { endConnection } from './end-connection';
import { MIGRATIONS } from './migrations/all';
import { type Migration } from './migrations/migration';

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than any statement of a migration takes; whoever waits for another process's migrations waits as long. */
const MIGRATION_STATEMENT_MS = 600_000;
/** The server bounds each statement by itself, and a migration has several: nothing that still works is cut off by us. */
const MIGRATION_ANSWER_MS = 3_600_000;
const LOCK_LOOK_MS = 200;
/** Any number that nobody else uses in this database. */
export const MIGRATION_LOCK = 7_274_627_251;

/** For tests: what bounds a migration, and what is migrated. */
export interface MigrateOptions {
  /** Of any statement but a migration's own. */
  statementMs?: number | undefined;
  /** For a server that has gone without a word. */
  answerMs?: number | undefined;
  /** How long another process's migrations are waited for. */
  lockMs?: number | undefined;
  migrations?: readonly Migration[] | undefined;
}

/**
 * Brings the database to this version's tables. Any number of processes may do so at once: one works, the others wait.
 * A database that a newer version has migrated is left as it is.
 */
export async function migrateDatabase(url: string, options: MigrateOptions = {}): Promise<Outcome<void>> {
  const client = new Client({
    connectionString: url,
    application_name: 'brazier migrations',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: options.statementMs ?? STATEMENT_TIMEOUT_MS,
    // Everything in the process waits for this connection: a server that has gone must not hold it for ever.
    query_timeout: options.answerMs ?? ANSWER_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that breaks between two statements fails the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await waitForLock(client, options.lockMs ?? MIGRATION_STATEMENT_MS);
    await migrate(client, options.migrations ?? MIGRATIONS);
    return success(undefined);
  } catch (thrown) {
    const error = causeOf(thrown);
    if (error instanceof Refusal) return error.outcome;
    const known = databaseFault(error);
    if (known !== undefined) return { ok: false, fault: known };
    throw withoutValues(error);
  } finally {
    // The lock goes with the session.
    await endConnection(client);
  }
}

/** Looked at again and again, and not waited for in one statement: a server that has gone is told from a long wait. */
async function waitForLock(client: Client, lockMs: number): Promise<void> {
  const until = performance.now() + lockMs;
  for (;;) {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS is_mine', [MIGRATION_LOCK]);
    const [{ is_mine: isMine } = { is_mine: false }] = rows as { is_mine: boolean }[];
    if (isMine) return;
    if (performance.now() > until) {
      throw new Refusal(
        'DATABASE_UNAVAILABLE',
        'Another process still brings the database’s tables up to date.',
      );
    }
    await sleep(LOCK_LOOK_MS);
  }
}

/** Umzug wraps what a migration throws. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

async function migrate(client: Client, migrations: readonly Migration[]): Promise<void> {
  const found = await client.query("SELECT to_regclass('brazier.migration') IS NOT NULL AS is_there");
  const [{ is_there: isThere } = { is_there: false }] = found.rows as { is_there: boolean }[];
  if (!isThere) {
    await client.query(
      `CREATE SCHEMA IF NOT EXISTS brazier;
       CREATE TABLE brazier.migration (name text PRIMARY KEY, migrated_at timestamptz NOT NULL DEFAULT now())`,
    );
  }
  const umzug = new Umzug({
    migrations: migrations.map((migration) => ({
      name: migration.name,
      up: () => apply(client, migration),
    })),
    logger: undefined,
    storage: {
      executed: async () =>
        (await client.query('SELECT name FROM brazier.migration ORDER BY name')).rows.map(
          ({ name }: { name: string }) => name,
        ),
      // Written by the migration's own transaction.
      logMigration: () => Promise.resolve(),
      unlogMigration: () => Promise.reject(new Error('Migrations are never undone.')),
    },
  });
  await umzug.up();
}

/** One transaction; where it fails it is undone with the session, which ends then. */
async function apply(client: Client, { name, sql }: Migration): Promise<void> {
  const work = { text: sql, query_timeout: MIGRATION_ANSWER_MS };
  await client.query('BEGIN');
  await client.query(`SET LOCAL statement_timeout = ${MIGRATION_STATEMENT_MS}`);
  await client.query(work);
  await client.query('INSERT INTO brazier.migration (name) VALUES ($1)', [name]);
  await client.query('COMMIT');
}
