import { type CsvDialect } from '../../contract/activation';
import { parseCsvHeader } from '../source/csv-header';
import { fileColumn, fileNameOption } from './counted-files';
import { name, text, type Engine } from './engine';
import { type FreezeJob, type SourceFile } from './jobs';
import { parquetScan } from './parquet-sql';
import { requireColumns } from './source-columns';
import { unreadable } from './source-fault';
import { START_BYTES, startOf } from './source-start';

/**
 * A query over all source files with two text columns, `raw` and `raw_label`, and the path of each row's `file` where rows are
 * counted by file; `mistyped` rows hold something that is no text.
 */
export async function sourceQuery(engine: Engine, job: FreezeJob): Promise<string> {
  switch (job.format) {
    case 'csv':
      return csvQuery(engine, job);
    case 'ndjson':
      return ndjsonQuery(engine, job);
    case 'parquet':
      return (await Promise.all(job.files.map((file) => parquetScan(engine, job, file)))).join(' UNION ALL ');
  }
}

/** Files that share a layout are read by one scan; their headers say where the columns are. */
async function csvQuery(engine: Engine, job: FreezeJob): Promise<string> {
  const layouts = new Map<string, { columns: string[]; files: SourceFile[] }>();
  for (const file of job.files) {
    const columns = await csvColumns(engine, file, job.csv);
    requireColumns(job, columns, file.name);
    if (file.compression !== 'none') await requireBoundedLines(engine, file);
    const key = JSON.stringify([columns, file.compression]);
    const layout = layouts.get(key) ?? { columns, files: [] };
    layout.files.push(file);
    layouts.set(key, layout);
  }
  return [...layouts.values()].map((layout) => csvScan(job, layout)).join(' UNION ALL ');
}

/**
 * DuckDB 1.5 drops a last row that is larger than its buffer without a word. What was unpacked before cannot have one; here the
 * JSON reader, which ignores that this is no JSON, finds a line that no buffer holds.
 */
export async function requireBoundedLines(engine: Engine, file: SourceFile): Promise<void> {
  await engine.rows(`SELECT count(*) FROM read_ndjson_objects(${text(file.path)}, ignore_errors = true,
    compression = '${file.compression}')`);
}

/** The columns of a CSV, by its header row. */
export async function csvColumns(engine: Engine, file: SourceFile, dialect: CsvDialect): Promise<string[]> {
  const start = await startOf(engine, file);
  const header = parseCsvHeader(start.text, dialect);
  switch (header) {
    case 'empty':
      throw unreadable(`${file.name}: is empty, without even a header row.`);
    case 'blank':
      throw unreadable(`${file.name}: its first line is blank instead of a header row.`);
    case 'open':
      throw unreadable(`${file.name}: a quote in its header row is not closed.`);
    default:
      if (header.ended || start.whole) return header.columns;
      throw unreadable(`${file.name}: its header row is longer than ${START_BYTES / 1024} KiB.`);
  }
}

function csvScan(job: FreezeJob, layout: { columns: string[]; files: SourceFile[] }): string {
  const { delimiter, quote, escape } = job.csv;
  // Positions for names: the file's own may repeat or differ only in case.
  const columns = layout.columns.map((_, index) => `'c${index}': 'VARCHAR'`).join(', ');
  const at = (column: string) => `c${layout.columns.indexOf(column)}`;
  const label = job.aliasLabelColumn === undefined ? 'NULL' : at(job.aliasLabelColumn);
  return `SELECT ${at(job.idColumn)} AS raw, ${label}::VARCHAR AS raw_label, false AS mistyped, ${fileColumn(job)} AS file FROM read_csv(
    [${layout.files.map((file) => text(file.path)).join(', ')}], auto_detect = false, header = true, strict_mode = true,
    delim = ${text(delimiter)}, quote = ${text(quote)}, escape = ${text(escape)}, null_padding = false,
    ignore_errors = false, columns = {${columns}}, compression = '${compressionOf(layout.files)}'${fileNameOption(job)})`;
}

async function ndjsonQuery(engine: Engine, job: FreezeJob): Promise<string> {
  // What only DuckDB unpacks has not been looked at yet.
  for (const file of job.files) if (file.compression !== 'none') await startOf(engine, file);
  const fields = [job.idColumn, ...(job.aliasLabelColumn === undefined ? [] : [job.aliasLabelColumn])];
  const columns = [...new Set(fields)].map((field) => `${text(field)}: 'JSON'`).join(', ');
  const id = name(job.idColumn);
  const label = job.aliasLabelColumn === undefined ? 'NULL' : `(${name(job.aliasLabelColumn)} ->> '$')`;
  // A whole number is read digit by digit; any other value than text was never an identifier.
  return `SELECT ${id} ->> '$' AS raw, ${label} AS raw_label,
    coalesce(json_type(${id}) NOT IN ('VARCHAR', 'NULL') AND NOT regexp_full_match(${id}::VARCHAR, '-?[0-9]+'), false)
      AS mistyped, ${fileColumn(job)} AS file
    FROM read_json([${job.files.map((file) => text(file.path)).join(', ')}], format = 'newline_delimited',
      auto_detect = false, records = 'true', ignore_errors = false, columns = {${columns}},
      compression = '${jsonCompressionOf(job.files)}'${fileNameOption(job)})`;
}

/** All files of a source share their compression: it is one setting. */
function compressionOf(files: readonly SourceFile[]): string {
  return files[0]?.compression ?? 'none';
}

/** The JSON reader has a name of its own for the same thing. */
function jsonCompressionOf(files: readonly SourceFile[]): string {
  return compressionOf(files) === 'none' ? 'uncompressed' : compressionOf(files);
}
