import { Client } from 'pg';
import { Umzug } from 'umzug';
import { success, type Outcome } from '../../contract/errors';
import { databaseFault, withoutValues } from './database-fault';
import { MIGRATIONS } from './migrations/all';
import { type Migration } from './migrations/migration';

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than any migration; whoever waits for the lock waits for another process's. */
const STATEMENT_TIMEOUT_MS = 600_000;
/** Any number that nobody else uses in this database. */
const LOCK = 7_274_627_251;

/**
 * Brings the database to this version's tables. Any number of processes may do so at once: one works, the others wait.
 * A database that a newer version has migrated is left as it is.
 */
export async function migrateDatabase(url: string): Promise<Outcome<void>> {
  const client = new Client({
    connectionString: url,
    application_name: 'brazier migrations',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  // A connection that breaks between two statements fails the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await migrate(client);
    return success(undefined);
  } catch (thrown) {
    const error = causeOf(thrown);
    const known = databaseFault(error);
    if (known !== undefined) return { ok: false, fault: known };
    throw withoutValues(error);
  } finally {
    // The lock goes with the session.
    await client.end().catch(() => undefined);
  }
}

/** Umzug wraps what a migration throws. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

async function migrate(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const found = await client.query("SELECT to_regclass('brazier.migration') IS NOT NULL AS is_there");
  const [{ is_there: isThere } = { is_there: false }] = found.rows as { is_there: boolean }[];
  if (!isThere) {
    await client.query(
      `CREATE SCHEMA IF NOT EXISTS brazier;
       CREATE TABLE brazier.migration (name text PRIMARY KEY, migrated_at timestamptz NOT NULL DEFAULT now())`,
    );
  }
  const umzug = new Umzug({
    migrations: MIGRATIONS.map((migration) => ({
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

async function apply(client: Client, { name, sql }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('INSERT INTO brazier.migration (name) VALUES ($1)', [name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
