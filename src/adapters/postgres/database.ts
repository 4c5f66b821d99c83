import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import { type ErrorCode, fault, type Fault, success, type Outcome } from '../../contract/errors';
import { databaseFault, withoutValues } from './database-fault';

/** How the database is reached. */
export interface DatabaseSettings {
  /** postgres://user:password@host:port/database; `?sslmode=verify-full` for TLS. */
  url: string;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  maxConnections?: number | undefined;
  /** Done before the first statement of this process, again until it succeeds: migrations. */
  prepare?: ((url: string) => Promise<Outcome<void>>) | undefined;
}

/** A statement that a connection prepares once, under a name of its own, and then runs many times. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What statements are run on: one connection, inside a transaction or not. Failures are thrown. */
export interface Queries {
  query<Row extends QueryResultRow>(
    statement: string | Statement,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  /** The same, for the number of rows that it touched. */
  execute(statement: string | Statement, values?: readonly unknown[]): Promise<number>;
}

/** A bounded pool of connections to Brazier's own database. */
export interface Database {
  /** Statements on one connection, each a transaction of its own. */
  run<T>(work: (queries: Queries) => Promise<T>): Promise<Outcome<T>>;
  /** All or nothing: whatever `work` throws undoes it. A lost connection at the end leaves unknown which, so work has to bear being done again. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<Outcome<T>>;
  /** Does what has to precede the first statement, now. */
  prepare(): Promise<Outcome<void>>;
  /** Address with its password, for a connection that listens; never to be shown. */
  readonly url: string;
  close(): Promise<void>;
}

/** Undoes a transaction and answers a fault: for refusals that are found out inside it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  readonly outcome: { ok: false; fault: Fault };

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.outcome = fault(code, message);
  }

  /** A refusal that was found out elsewhere. */
  static of(found: Fault): Refusal {
    const refusal = new Refusal(found.code, found.message);
    refusal.outcome.fault = found;
    return refusal;
  }
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A statement that goes on for longer is ended by the server; none of ours takes nearly as long. */
export const STATEMENT_TIMEOUT_MS = 30_000;
/** For a server that has gone without a word. */
export const ANSWER_TIMEOUT_MS = 35_000;
const IDLE_IN_TRANSACTION_MS = 60_000;
const MAX_CONNECTIONS = 10;

/** Opens the pool; nothing is asked of the server yet. */
export function openDatabase(settings: DatabaseSettings): Outcome<Database> {
  const { url, applicationName, maxConnections = MAX_CONNECTIONS, prepare } = settings;
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    return fault(
      'DATABASE_REFUSED',
      'BRAZIER_DATABASE_URL does not refer to an address such as postgres://user:password@host/database',
    );
  }
  const pool = new Pool({
    connectionString: url,
    application_name: applicationName,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    // Ended only by close(): a process that idles is not to end by itself for that.
    allowExitOnIdle: false,
  });
  // The pool drops a connection that breaks while idle and opens another when one is asked for.
  pool.on('error', () => undefined);
  const prepared = onceItSucceeds(() => prepare?.(url) ?? Promise.resolve(success(undefined)));
  const guarded = async <T>(work: (client: PoolClient) => Promise<T>): Promise<Outcome<T>> => {
    const ready = await prepared();
    return ready.ok ? withConnection(pool, work) : ready;
  };
  return success({
    url,
    prepare: prepared,
    run: (work) => guarded((client) => work(queriesOn(client))),
    transaction: (work) => guarded((client) => inTransaction(client, work)),
    close: () => pool.end(),
  });
}

function onceItSucceeds(attempt: () => Promise<Outcome<void>>): () => Promise<Outcome<void>> {
  let current: Promise<Outcome<void>> | undefined;
  return async () => {
    const mine = (current ??= attempt());
    const outcome = await mine.catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    if (!outcome.ok && current === mine) current = undefined;
    return outcome;
  };
}

async function withConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<Outcome<T>> {
  let client: PoolClient | undefined;
  let isBroken = true;
  try {
    client = await pool.connect();
    // What breaks between two statements is told by the next one.
    client.on('error', ignore);
    const value = await work(client);
    isBroken = false;
    return success(value);
  } catch (error) {
    if (error instanceof Refusal) {
      isBroken = false;
      return error.outcome;
    }
    const known = databaseFault(error);
    if (known !== undefined) return { ok: false, fault: known };
    throw withoutValues(error);
  } finally {
    client?.off('error', ignore);
    // A connection on which something went wrong is not worth knowing better: it is closed.
    client?.release(isBroken);
  }
}

function ignore(): void {
  // See where it is attached.
}

async function inTransaction<T>(client: PoolClient, work: (queries: Queries) => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const value = await work(queriesOn(client));
    await client.query('COMMIT');
    return value;
  } catch (error) {
    // Of a connection that is lost the server undoes everything by itself.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function queriesOn(client: PoolClient): Queries {
  const ask = <Row extends QueryResultRow>(statement: string | Statement, values: readonly unknown[] = []) =>
    client.query<Row>({
      ...(typeof statement === 'string' ? { text: statement } : statement),
      values: [...values],
    });
  return {
    async query<Row extends QueryResultRow>(statement: string | Statement, values?: readonly unknown[]) {
      return (await ask<Row>(statement, values)).rows;
    },
    async execute(statement, values) {
      return (await ask(statement, values)).rowCount ?? 0;
    },
  };
}
