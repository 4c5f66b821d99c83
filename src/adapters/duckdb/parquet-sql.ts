import { stat } from 'node:fs/promises';
import { fileColumn, fileNameOption } from './counted-files';
import { name, text, type Engine } from './engine';
import { type FreezeJob, type SourceFile } from './jobs';
import { requireColumns } from './source-columns';
import { JobFault, unreadable } from './source-fault';
import { bytesAt } from './source-start';

const TEXT_TYPES = /^(VARCHAR|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UUID|DECIMAL\(\d+,0\)|ENUM.*)$/;

/** The scan of one Parquet file; refuses one that is cut, is none, or has no identifiers in the column. */
export async function parquetScan(engine: Engine, job: FreezeJob, file: SourceFile): Promise<string> {
  await requireWhole(file);
  const scan = `read_parquet(${text(file.path)}, binary_as_string = true`;
  const described = await engine.rows(`SELECT * FROM (DESCRIBE SELECT * FROM ${scan}))`);
  const types = new Map(described.map((row) => [String(row['column_name']), String(row['column_type'])]));
  requireColumns(job, [...types.keys()], file.name);
  for (const column of [job.idColumn, job.aliasLabelColumn]) {
    const type = column === undefined ? undefined : types.get(column);
    if (type === undefined || TEXT_TYPES.test(type)) continue;
    throw unreadable(
      `${file.name}: column "${column ?? ''}" holds ${kindOf(type)}; identifiers are text, whole numbers or UUIDs.`,
    );
  }
  const label = job.aliasLabelColumn === undefined ? 'NULL' : name(job.aliasLabelColumn);
  return `SELECT ${name(job.idColumn)}::VARCHAR AS raw, ${label}::VARCHAR AS raw_label, false AS mistyped,
    ${fileColumn(job)} AS file FROM ${scan}${fileNameOption(job)})`;
}

const MAGIC = 'PAR1';

/** A Parquet file begins and ends with its magic number: https://parquet.apache.org/docs/file-format/ (2026-11-22). */
async function requireWhole(file: SourceFile): Promise<void> {
  const { size } = await stat(file.path);
  if (size === 0) throw unreadable(`${file.name}: is empty, without even a Parquet footer.`);
  const head = (await bytesAt(file.path, 0, MAGIC.length)).toString('latin1');
  const tail = (await bytesAt(file.path, Math.max(0, size - MAGIC.length), MAGIC.length)).toString('latin1');
  if (head !== MAGIC) throw unreadable(`${file.name}: does not begin as a Parquet file does.`);
  if (tail === MAGIC) return;
  const message = `${file.name}: ends before its Parquet footer.`;
  throw new JobFault({ code: 'SOURCE_INCOMPLETE', message });
}

function kindOf(type: string): string {
  if (type.endsWith(']')) return 'lists';
  if (/^(STRUCT|MAP|UNION)/.test(type)) return 'nested values';
  if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type)) return 'numbers with fractions';
  return `values of type ${type.toLowerCase()}`;
}
