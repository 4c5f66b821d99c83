import { text, type Engine } from './engine';
import { type RowsJob, type RowsResult } from './jobs';
import { JobFault, sourceFault } from './source-fault';
import { csvColumns, requireBoundedLines } from './source-sql';
import { startOf } from './source-start';

/** Reads a source object whole and writes its rows; one that is damaged anywhere is refused as a whole. */
export async function writeRows(engine: Engine, job: RowsJob): Promise<RowsResult> {
  const { file, output } = job;
  try {
    // What only DuckDB unpacks has not been looked at yet.
    if (file.compression !== 'none') await startOf(engine, file);
    const columns = job.format === 'csv' ? await csvColumns(engine, file, job.csv) : undefined;
    if (columns !== undefined && file.compression !== 'none') await requireBoundedLines(engine, file);
    const rows = columns === undefined ? ndjsonRows(job) : csvRows(job, columns.length);
    await engine.run('SET preserve_insertion_order = true');
    await engine.run(`COPY (${rows}) TO ${text(output)} (FORMAT json)`);
    return columns === undefined ? {} : { columns };
  } catch (error) {
    throw error instanceof JobFault ? error : (sourceFault(error, [file]) ?? error);
  }
}

/** Fields by their places, since names may repeat; an empty one is NULL. */
function csvRows({ file, csv: { delimiter, quote, escape } }: RowsJob, width: number): string {
  const names = Array.from({ length: width }, (_, index) => `c${index}`);
  return `SELECT [${names.join(', ')}] AS r FROM read_csv(${text(file.path)}, auto_detect = false, header = true,
    strict_mode = true, delim = ${text(delimiter)}, quote = ${text(quote)}, escape = ${text(escape)}, null_padding = false,
    ignore_errors = false, columns = {${names.map((name) => `'${name}': 'VARCHAR'`).join(', ')}},
    compression = '${file.compression}')`;
}

function ndjsonRows({ file }: RowsJob): string {
  const compression = file.compression === 'none' ? 'uncompressed' : file.compression;
  return `SELECT json AS r FROM read_ndjson_objects(${text(file.path)}, ignore_errors = false, compression = '${compression}')`;
}
