import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/** The purchases of the CDNOW data set, ready to be asked. */
export interface Purchases {
  /** Every customer that ever bought. */
  customers(): Promise<string[]>;
  /** Who bought within 90 days up to and including the day. */
  activeAsOf(day: string): Promise<string[]>;
  /** The same by another query, for the comparison at the end: last purchase per customer, then the day's window. */
  truthAsOf(day: string): Promise<Set<string>>;
  /** Every purchase, by day; as events of the shop. */
  inOrder(): Promise<Purchase[]>;
  /** The truth of the second act, by a query of its own: on which day each customer bought for the third time. */
  thirdPurchases(): Promise<Map<string, string>>;
  close(): Promise<void>;
}

/** One purchase. */
export interface Purchase {
  customer: string;
  /** `yyyy-mm-dd`. */
  day: string;
  cds: number;
  amount: number;
}

/** Reads the data set through DuckDB in this process; nothing of the product is involved. */
export async function openPurchases(file: string): Promise<Purchases> {
  const dir = await mkdtemp(join(tmpdir(), 'brazier-demo-'));
  const csv = join(dir, 'transactions.csv');
  await writeFile(csv, gunzipSync(await readFile(file)));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const columns = "{'customer_id': 'VARCHAR', 'date': 'DATE', 'cds': 'INTEGER', 'amount': 'DOUBLE'}";
  await connection.run(
    `CREATE TABLE purchase AS SELECT * FROM read_csv('${csv}', auto_detect=false, header=true, delim=',', columns=${columns})`,
  );
  return {
    customers: () => texts(connection, 'SELECT DISTINCT customer_id FROM purchase ORDER BY 1'),
    activeAsOf: (day) =>
      texts(
        connection,
        `SELECT DISTINCT customer_id FROM purchase WHERE date > DATE '${day}' - 90 AND date <= DATE '${day}' ORDER BY 1`,
      ),
    async truthAsOf(day) {
      const last = `SELECT customer_id, max(date) AS last FROM purchase WHERE date <= DATE '${day}' GROUP BY customer_id`;
      return new Set(
        await texts(
          connection,
          `SELECT customer_id FROM (${last}) WHERE datediff('day', last, DATE '${day}') < 90`,
        ),
      );
    },
    async inOrder() {
      const reader = await connection.runAndReadAll(
        'SELECT customer_id, CAST(date AS VARCHAR), cds, amount FROM purchase ORDER BY date, rowid',
      );
      return reader.getRows().map(([customer, day, cds, amount]) => ({
        customer: String(customer),
        day: String(day),
        cds: Number(cds),
        amount: Number(amount),
      }));
    },
    async thirdPurchases() {
      const reader = await connection.runAndReadAll(
        'SELECT customer_id, CAST(date AS VARCHAR) FROM purchase QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY date) = 3',
      );
      return new Map(reader.getRows().map(([customer, day]) => [String(customer), String(day)]));
    },
    async close() {
      connection.closeSync();
      instance.closeSync();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function texts(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map(([value]) => String(value));
}
