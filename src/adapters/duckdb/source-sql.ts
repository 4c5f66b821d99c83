import { open } from 'node:fs/promises';
import { type CsvDialect } from '../../contract/activation';
import { describeColumns } from '../../domain/column-names';
import { parseCsvHeader } from '../source/csv-header';
import { name, text, type Engine } from './engine';
import { type FreezeJob, type SourceFile } from './jobs';
import { JobFault, unreadable } from './source-fault';

/** How much of a file its header may take. */
const HEADER_BYTES = 256 * 1024;
const HEADER_LINES = 100;

/** A query over all source files with two text columns, `raw` and `raw_label`; `mistyped` rows hold something that is no text. */
export async function sourceQuery(engine: Engine, job: FreezeJob): Promise<string> {
  switch (job.format) {
    case 'csv':
      return csvQuery(engine, job);
    case 'ndjson':
      return ndjsonQuery(job);
    case 'parquet':
      return parquetQuery(engine, job);
  }
}

/** Refuses an NDJSON source in which no line has the identifier's field: that is a wrong name, not blank rows. */
export async function requireJsonField(engine: Engine, job: FreezeJob): Promise<void> {
  const paths = job.files.map((file) => text(file.path)).join(', ');
  const sql = `SELECT DISTINCT unnest(json_keys(json)) AS key FROM (SELECT json FROM
    read_json_objects([${paths}], format = 'newline_delimited', compression = '${jsonCompressionOf(job.files)}') LIMIT 1000)
    ORDER BY key`;
  const keys = (await engine.rows(sql)).map((row) => String(row['key']));
  if (keys.length > 0) requireColumns(job, keys, job.files[0]?.name ?? '');
}

/** Files that share a layout are read by one scan; their headers say where the columns are. */
async function csvQuery(engine: Engine, job: FreezeJob): Promise<string> {
  const layouts = new Map<string, { columns: string[]; files: SourceFile[] }>();
  for (const file of job.files) {
    const columns = await csvColumns(engine, file, job.csv);
    requireColumns(job, columns, file.name);
    const key = JSON.stringify([columns, file.compression]);
    const layout = layouts.get(key) ?? { columns, files: [] };
    layout.files.push(file);
    layouts.set(key, layout);
  }
  return [...layouts.values()].map((layout) => csvScan(job, layout)).join(' UNION ALL ');
}

async function csvColumns(engine: Engine, file: SourceFile, dialect: CsvDialect): Promise<string[]> {
  const start =
    file.compression === 'none' ? await fileStart(file.path) : await compressedStart(engine, file);
  const columns = parseCsvHeader(start, dialect);
  if (columns === undefined) throw unreadable(`${file.name}: has no header row.`);
  return columns;
}

async function fileStart(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The first lines of a file that only DuckDB can decompress; lines that it stumbles over are met again by the real read. */
async function compressedStart(engine: Engine, file: SourceFile): Promise<string> {
  const sql = `SELECT line FROM read_csv(${text(file.path)}, auto_detect = false, header = false, delim = '\u0001',
    quote = '', escape = '', ignore_errors = true, columns = {'line': 'VARCHAR'}, compression = '${file.compression}')
    LIMIT ${HEADER_LINES}`;
  return (await engine.rows(sql)).map(({ line }) => (typeof line === 'string' ? line : '')).join('\n');
}

function csvScan(job: FreezeJob, layout: { columns: string[]; files: SourceFile[] }): string {
  const { delimiter, quote, escape } = job.csv;
  // Positions for names: the file's own may repeat or differ only in case.
  const columns = layout.columns.map((_, index) => `'c${index}': 'VARCHAR'`).join(', ');
  const at = (column: string) => `c${layout.columns.indexOf(column)}`;
  const label = job.aliasLabelColumn === undefined ? 'NULL' : at(job.aliasLabelColumn);
  return `SELECT ${at(job.idColumn)} AS raw, ${label}::VARCHAR AS raw_label, false AS mistyped FROM read_csv(
    [${layout.files.map((file) => text(file.path)).join(', ')}], auto_detect = false, header = true, strict_mode = true,
    delim = ${text(delimiter)}, quote = ${text(quote)}, escape = ${text(escape)}, null_padding = false,
    ignore_errors = false, columns = {${columns}}, compression = '${compressionOf(layout.files)}')`;
}

function ndjsonQuery(job: FreezeJob): string {
  const fields = [job.idColumn, ...(job.aliasLabelColumn === undefined ? [] : [job.aliasLabelColumn])];
  const columns = [...new Set(fields)].map((field) => `${text(field)}: 'JSON'`).join(', ');
  const id = name(job.idColumn);
  const label = job.aliasLabelColumn === undefined ? 'NULL' : `(${name(job.aliasLabelColumn)} ->> '$')`;
  // A whole number is read digit by digit; any other value than text was never an identifier.
  return `SELECT ${id} ->> '$' AS raw, ${label} AS raw_label,
    coalesce(json_type(${id}) NOT IN ('VARCHAR', 'NULL') AND NOT regexp_full_match(${id}::VARCHAR, '-?[0-9]+'), false)
      AS mistyped
    FROM read_json([${job.files.map((file) => text(file.path)).join(', ')}], format = 'newline_delimited',
      auto_detect = false, records = 'true', ignore_errors = false, columns = {${columns}},
      compression = '${jsonCompressionOf(job.files)}')`;
}

const PARQUET_TEXT_TYPES = /^(VARCHAR|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UUID|DECIMAL\(\d+,0\)|ENUM.*)$/;

async function parquetQuery(engine: Engine, job: FreezeJob): Promise<string> {
  const scans: string[] = [];
  for (const file of job.files) {
    const scan = `read_parquet(${text(file.path)}, binary_as_string = true)`;
    const described = await engine.rows(`SELECT * FROM (DESCRIBE SELECT * FROM ${scan})`);
    const types = new Map(described.map((row) => [String(row['column_name']), String(row['column_type'])]));
    requireColumns(job, [...types.keys()], file.name);
    for (const column of [job.idColumn, job.aliasLabelColumn]) {
      const type = column === undefined ? undefined : types.get(column);
      if (type !== undefined && !PARQUET_TEXT_TYPES.test(type)) {
        throw unreadable(
          `${file.name}: column "${column ?? ''}" is ${type}; identifiers are text, whole numbers or UUIDs.`,
        );
      }
    }
    const label = job.aliasLabelColumn === undefined ? 'NULL' : name(job.aliasLabelColumn);
    scans.push(
      `SELECT ${name(job.idColumn)}::VARCHAR AS raw, ${label}::VARCHAR AS raw_label, false AS mistyped FROM ${scan}`,
    );
  }
  return scans.join(' UNION ALL ');
}

function requireColumns(job: FreezeJob, there: readonly string[], file: string): void {
  const wanted = [job.idColumn, job.aliasLabelColumn].filter((column) => column !== undefined);
  for (const column of wanted) {
    const found = there.filter((other) => other === column).length;
    if (found === 1) continue;
    const problem = found === 0 ? 'is not there' : 'is there more than once';
    throw new JobFault({
      code: 'SOURCE_COLUMN_MISSING',
      message: `${file}: column "${column}" ${problem}. ${describeColumns(there, column)}.`,
    });
  }
}

/** All files of a source share their compression: it is one setting. */
function compressionOf(files: readonly SourceFile[]): string {
  return files[0]?.compression ?? 'none';
}

/** The JSON reader has a name of its own for the same thing. */
function jsonCompressionOf(files: readonly SourceFile[]): string {
  return compressionOf(files) === 'none' ? 'uncompressed' : compressionOf(files);
}
