import { type Fault } from '../../contract/errors';
import { type SourceFile } from './jobs';

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
  const where = files.find((file) => message.includes(file.path))?.name ?? files[0]?.name ?? 'The source';
  return unreadable(`${where}: ${csvReason(message) ?? jsonReason(message) ?? otherReason(message)}.`);
}

function csvReason(message: string): string | undefined {
  if (message.includes('CSV Parser state machine')) return 'quoting or line ends are not consistent';
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  if (line === undefined) return undefined;
  return `row at line ${line} ${csvProblem(message)}`;
}

function csvProblem(message: string): string {
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (columns !== null) return `has ${columns[2] ?? '?'} columns instead of ${columns[1] ?? '?'}`;
  if (message.includes('unterminated quote')) return 'has a quote that is not closed';
  if (message.includes('not utf-8')) return 'is not UTF-8';
  if (message.includes('Maximum line size')) return 'is longer than two million bytes';
  return 'does not follow the dialect';
}

function jsonReason(message: string): string | undefined {
  const malformed = /Malformed JSON in file .*? in line (\d+)/.exec(message)?.[1];
  // The parser has counted the line's end before it complains.
  if (malformed !== undefined) return `line ${Number(malformed) - 1} is not one JSON object`;
  const mistyped = /JSON transform error in file .*? in line (\d+)/.exec(message)?.[1];
  return mistyped === undefined ? undefined : `line ${mistyped} is not one JSON object with distinct keys`;
}

function otherReason(message: string): string {
  if (message.includes('magic bytes') || message.includes('too small to be a Parquet')) {
    return 'is not a whole Parquet file';
  }
  if (message.includes("doesn't match checksum")) return 'does not match its own checksum';
  // The kind of DuckDB's failure is no part of the data, and all that helps to find out more.
  const kind = /^[A-Z][A-Za-z ]{2,30}/.exec(message)?.[0];
  return `cannot be read in its format${kind === undefined ? '' : ` (${kind.trim()})`}`;
}
