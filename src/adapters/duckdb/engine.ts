import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/** One row of a query's answer; 64-bit and larger integers arrive as text. */
export type Row = Record<string, unknown>;

/** A database that sees nothing but its scratch directory. */
export interface Engine {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Row[]>;
  close(): void;
}

/** Limits of one job. */
export interface EngineOptions {
  scratch: string;
  memoryLimitMiB: number;
  threads: number;
}

/** Opens an in-memory database that spills to, and may only touch, the scratch directory. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const spill = join(options.scratch, 'spill');
  await mkdir(spill, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${options.memoryLimitMiB}MiB`,
    threads: String(options.threads),
    temp_directory: spill,
    // Order costs memory; the one export that needs it switches it on.
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`SET allowed_directories = [${text(options.scratch)}]`);
  await connection.run('SET enable_external_access = false');
  return {
    run: async (sql) => {
      await connection.run(sql);
    },
    rows: (sql) => readRows(connection, sql),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function readRows(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJson();
}

/** A count out of a row. */
export function count(row: Row | undefined, column: string): number {
  return Number(row?.[column] ?? 0);
}

/** A text literal of SQL. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A name as SQL quotes it. */
export function name(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}
