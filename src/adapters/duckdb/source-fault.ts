import { type Fault } from '../../contract/errors';
import { MAX_LINE_BYTES, type SourceFile } from './jobs';

/** A fault that a job found; the child's one door for expected failures. */
export class JobFault extends Error {
  override name = 'JobFault';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Raises a source's fault. */
export function unreadable(message: string): JobFault {
  return new JobFault({ code: 'SOURCE_UNREADABLE', message });
}

/** Kinds of DuckDB failure that are about this machine, not about the data. */
const OURS =
  /^(Out of Memory|INTERNAL|INTERRUPT|FATAL|Permission|Binder|Parser|Catalog) Error|^IO Error: (Could not|Cannot|Failed to) (write|open)|^IO Error:.{0,200}No space left/i;

/**
 * What a failed read means. DuckDB's own text is never passed on: it quotes the rows that it stumbled over.
 * `undefined` when the failure is not the data's.
 */
export function sourceFault(error: unknown, files: readonly SourceFile[]): JobFault | undefined {
  const message = error instanceof Error ? error.message : '';
  if (message === '' || OURS.test(message)) return undefined;
  const named = files.find((file) => message.includes(file.path)) ?? files[0];
  const reason =
    csvReason(message) ?? jsonReason(message, named) ?? parquetReason(message, named) ?? otherReason(message);
  return unreadable(`${named?.name ?? 'The source'}: ${reason}.`);
}

function csvReason(message: string): string | undefined {
  if (message.includes('CSV Parser state machine')) {
    return 'its line ends are mixed (CR beside LF), or a quote stands where none may';
  }
  // The parallel reader gives up like this on a row that no buffer of its can hold.
  if (message.includes('does not support a full read')) return `a row is longer than ${size('csv')} bytes`;
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  if (line === undefined) return undefined;
  return `row at line ${line} ${csvProblem(message)}`;
}

function csvProblem(message: string): string {
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (columns !== null) return columnProblem(Number(columns[1]), Number(columns[2]));
  if (message.includes('unterminated quote'))
    return 'has a quote that is not closed, or text behind one that is';
  if (message.includes('not utf-8')) return 'is not UTF-8';
  if (message.includes('Maximum line size')) {
    return `is longer than ${size('csv')} bytes; a quote that is not closed makes such rows`;
  }
  return 'does not follow source.csv';
}

/** The reader stops at the first column too many, so it can't tell how many there are. */
function columnProblem(expected: number, found: number): string {
  if (found > expected) return `has more columns than the ${expected} of the header row`;
  return `has ${found} ${found === 1 ? 'column' : 'columns'} instead of ${expected}`;
}

function jsonReason(message: string, file: SourceFile | undefined): string | undefined {
  if (message.includes('maximum_object_size')) return `a line is longer than ${size('ndjson')} bytes`;
  const malformed = /Malformed JSON in file .*? in line (\d+)/.exec(message)?.[1];
  // The parser has counted the line's end before it complains.
  if (malformed !== undefined)
    return `line ${Number(malformed) - 1} is not one JSON object${markHint(malformed, file)}`;
  const mistyped = /JSON transform error in file .*? in line (\d+)/.exec(message)?.[1];
  return mistyped === undefined ? undefined : `line ${mistyped} is not one JSON object with distinct keys`;
}

/** What is unpacked here still has its mark, which the JSON reader takes for a part of the first line. */
function markHint(counted: string, file: SourceFile | undefined): string {
  return counted === '2' && file?.compression === 'zstd'
    ? '; inside zstd it may not begin with a byte order mark either'
    : '';
}

function parquetReason(message: string, file: SourceFile | undefined): string | undefined {
  if (message.includes('Invalid string encoding'))
    return 'a column that is read holds bytes that are not text';
  if (message.includes("doesn't match checksum")) return 'does not match its own checksum';
  return file?.path.endsWith('.parquet') === true
    ? 'is damaged: its Parquet cannot be read through'
    : undefined;
}

function otherReason(message: string): string {
  // The kind of DuckDB's failure is no part of the data, and all that helps to find out more.
  const kind = /^[A-Z][A-Za-z ]{2,30}/.exec(message)?.[0];
  return `cannot be read in its format${kind === undefined ? '' : ` (${kind.trim()})`}`;
}

function size(format: keyof typeof MAX_LINE_BYTES): string {
  return MAX_LINE_BYTES[format].toLocaleString('en-GB');
}
