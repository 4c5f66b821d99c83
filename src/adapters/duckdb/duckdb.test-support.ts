import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createDuckDb } from './duckdb';
import { text } from './engine';
import { type FreezeJob } from './jobs';

/** The program of the child process, compiled. */
export const CHILD_ENTRY = join(__dirname, '..', '..', '..', 'dist', 'src', 'adapters', 'duckdb', 'child.js');

/** DuckDB with a folder of its own for each test of a file. */
export function useDuckDb() {
  const duckdb = createDuckDb({ childEntry: CHILD_ENTRY });
  let scratch = '';
  beforeEach(async () => (scratch = await mkdtemp(join(tmpdir(), 'brazier-duckdb-'))));
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  const file = (name: string) => join(scratch, name);
  return {
    duckdb,
    file,
    folder: () => scratch,
    freeze: async (format: FreezeJob['format'], body: string | Buffer, rest: Partial<FreezeJob> = {}) => {
      const path = file(`source.${format}`);
      if (body.length > 0) await writeFile(path, body);
      const job: FreezeJob = {
        kind: 'freeze',
        scratch,
        files: [{ path, name: `in/source.${format}`, compression: 'none' }],
        format,
        csv: { delimiter: ',', quote: '"', escape: '"' },
        idColumn: 'id',
        identifier: 'external_id',
        snapshot: file('snapshot.parquet'),
        rejected: file('rejected.ndjson'),
        ...rest,
      };
      return duckdb.run(job);
    },
    snapshotIds: async (): Promise<string[]> => {
      const rows = await query(`SELECT id FROM ${text(file('snapshot.parquet'))} ORDER BY id`);
      return rows.map((row) => String(row['id']));
    },
  };
}

/** Asks a database of its own, in this process. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A generator that repeats itself: a failing case can be run again. */
export function lots(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}
