import { type CsvDialect, type SourceFormat } from '../../contract/activation';
import { type ChangeOperation, type OutcomeCounts } from '../../contract/objects';
import { type IdentifierKind, type ListAction } from '../../contract/phases';
import { type PlanTotals } from '../../domain/plan-rules';

/** Longest line that a reader takes, which bounds its memory: DuckDB's own limits for a CSV row and a JSON object. */
export const MAX_LINE_BYTES = { csv: 2_000_000, ndjson: 16_777_216 } as const;

/** A source object as it lies on disk; `name` is what a person calls it. */
export interface SourceFile {
  path: string;
  name: string;
  /** What is left to decompress while reading. */
  compression: 'none' | 'zstd';
  /** Rows that it has to have, where a manifest says so. */
  expectedRows?: number | undefined;
}

/** Read source files into a snapshot of distinct usable identifiers. */
export interface FreezeJob {
  kind: 'freeze';
  scratch: string;
  files: SourceFile[];
  format: SourceFormat;
  csv: CsvDialect;
  idColumn: string;
  aliasLabelColumn?: string | undefined;
  aliasLabel?: string | undefined;
  identifier: IdentifierKind;
  /** Parquet to write: `id`. */
  snapshot: string;
  /** NDJSON to write: `{id, rows, reason, object, row}`, a few of every reason first. */
  rejected: string;
}

/** What a freeze counted; `rejectedLines` is 0 when the file of rejected rows holds nothing. */
export interface FreezeResult {
  rows: number;
  members: number;
  blank: number;
  duplicate: number;
  unusable: Record<string, number>;
  rejectedLines: number;
}

/** Files of one operation of a plan. */
export interface PlanFiles {
  /** Parquet to write: `id`, in slice order. */
  parquet: string;
  /** One JSON-encoded identifier a line, in the same order. */
  lines: string;
}

/** Compare a snapshot with the ledger. */
export interface PlanJob {
  kind: 'plan';
  scratch: string;
  snapshot: string;
  ledger?: string | undefined;
  action: ListAction;
  identifier: IdentifierKind;
  files: Record<ChangeOperation, PlanFiles>;
}

/** Totals of a plan and, per operation, a digest of its members that no order can change. */
export interface PlanResult {
  totals: PlanTotals;
  digests: Record<ChangeOperation, string>;
}

/** One line of an exceptions file: a stretch of rows of a plan's Parquet that were not accepted. */
export interface ExceptionLine {
  operation: ChangeOperation;
  first: number;
  last: number;
  outcome: 'rejected' | 'unknown' | 'unsent';
  reason?: string;
}

/** Local copies of a plan's Parquet files; absent where the plan has no such change. */
export type PlanInput = Partial<Record<ChangeOperation, string>>;

/** Fold what became of a plan into the ledger. */
export interface FoldJob {
  kind: 'fold';
  scratch: string;
  ledger?: string | undefined;
  plan: PlanInput;
  /** NDJSON of {@link ExceptionLine}. */
  exceptions: string;
  generation: number;
  /** Parquet to write: the new ledger. */
  output: string;
  /** NDJSON to write: `{id, operation, reason}` of refused members. */
  rejected: string;
}

/** Sizes of a ledger. */
export interface LedgerSize {
  members: number;
  unsure: number;
}

/** The new ledger's size and what became of the plan. */
export interface FoldResult extends LedgerSize {
  outcomes: Record<ChangeOperation, OutcomeCounts>;
}

/** Apply what verification found, oldest generation first. */
export interface CorrectJob {
  kind: 'correct';
  scratch: string;
  ledger?: string | undefined;
  /** NDJSON files of corrections with the generation that each speaks of. */
  corrections: { path: string; generation: number }[];
  output: string;
}

/** Draw accepted members of a plan, spread over its slices, always the same for the same seed. */
export interface SampleJob {
  kind: 'sample';
  scratch: string;
  plan: PlanInput;
  exceptions: string;
  membersPerSlice: number;
  seed: string;
  take: Record<ChangeOperation, number | 'all'>;
  /** NDJSON to write: `{id, operation}`. */
  output: string;
}

/** How many members were drawn. */
export type SampleResult = Record<ChangeOperation, number>;

/** Write every row of one source object as a line of JSON, in order. */
export interface RowsJob {
  kind: 'rows';
  scratch: string;
  file: SourceFile;
  format: Exclude<SourceFormat, 'parquet'>;
  csv: CsvDialect;
  /** NDJSON to write: `{r}` with the row's fields as a list (CSV, in the order of its columns) or as it is (NDJSON). */
  output: string;
}

/** The columns of a CSV; NDJSON has none. */
export interface RowsResult {
  columns?: string[];
}

/** What each kind of job answers. */
export interface JobResults {
  freeze: FreezeResult;
  plan: PlanResult;
  fold: FoldResult;
  correct: LedgerSize;
  sample: SampleResult;
  rows: RowsResult;
}

/** Any job; `kind` names its answer in {@link JobResults}. */
export type Job = FreezeJob | PlanJob | FoldJob | CorrectJob | SampleJob | RowsJob;

/** What the child is told. */
export interface JobRequest {
  job: Job;
  memoryLimitMiB: number;
  threads: number;
}
