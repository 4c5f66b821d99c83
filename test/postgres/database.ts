import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { type Database, openDatabase } from '../../src/adapters/postgres/database';
import { migrateDatabase } from '../../src/adapters/postgres/migrate';
import { MIGRATIONS } from '../../src/adapters/postgres/migrations/all';

/** A database of a suite's own on the run's PostgreSQL server. */
export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  readonly close: () => Promise<void>;
}

/** Address of the server that the set-up has started, with another database's name. */
function urlOf(database: string): string {
  const server = process.env['BRAZIER_TEST_POSTGRES_URL'];
  if (server === undefined) throw new Error('The set-up has started no PostgreSQL server.');
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function asAdministrator(work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const TEMPLATE_LOCK = 81_726_354;

/** Suites run at once in several processes: the first makes the template, the others copy it. */
async function createFromTemplate(client: Client, name: string): Promise<void> {
  const digest = createHash('sha256').update(JSON.stringify(MIGRATIONS)).digest('hex').slice(0, 12);
  const template = `template_${digest}`;
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
  if (found.rowCount === 0) {
    const half = `${template}_${randomBytes(4).toString('hex')}`;
    await client.query(`CREATE DATABASE ${half}`);
    const migrated = await migrateDatabase(urlOf(half));
    if (!migrated.ok) throw new Error(migrated.fault.message);
    await client.query(`ALTER DATABASE ${half} RENAME TO ${template}`);
  }
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
}

/** A fresh address: of an empty database, or of one with all tables. */
export async function createTestDatabaseUrl({ migrated = true } = {}): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdministrator(async (client) => {
    await (migrated ? createFromTemplate(client, name) : client.query(`CREATE DATABASE ${name}`));
  });
  return urlOf(name);
}

/** Removes it, whoever is still connected. */
export async function dropTestDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await asAdministrator(async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
}

/** A fresh database with all tables, and a pool on it. */
export async function createTestDatabase({ maxConnections = 5 } = {}): Promise<TestDatabase> {
  const url = await createTestDatabaseUrl();
  const opened = openDatabase({ url, applicationName: 'brazier tests', maxConnections });
  if (!opened.ok) throw new Error(opened.fault.message);
  const database = opened.value;
  return {
    url,
    database,
    async close() {
      await database.close();
      await dropTestDatabase(url);
    },
  };
}
