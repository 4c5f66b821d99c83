import { type AudienceSource, type CsvDialect, type SourceCompression } from './activation';

/** Columns (CSV) or fields (NDJSON) that say whom a row is about; at least one. */
export interface IdentifierColumns {
  externalId?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
  anonymousId?: string | undefined;
}

/** Which traits a row brings: all columns that are no identifier, or these, each with its column. */
export type TraitColumns = 'allOther' | Record<string, string>;

/** One object in S3 that holds people: the integration's exchange bucket unless it names another. */
export type ImportSource = Pick<
  AudienceSource,
  'bucket' | 'region' | 'endpoint' | 'accessKeyId' | 'secretAccessKey' | 'expectedRows' | 'csv'
> & {
  /** Whole key of the object. */
  key: string;
  format: 'csv' | 'ndjson';
  compression: SourceCompression;
};

/** Input of the `importProfiles` workflow, as a person writes it. */
export interface ImportProfilesInput {
  integration: string;
  source: Partial<Omit<ImportSource, 'csv' | 'key'>> & { key: string; csv?: Partial<CsvDialect> };
  identifiers: IdentifierColumns;
  traits?: TraitColumns | undefined;
  /** Who imports. */
  by: string;
}

/** An import with its defaults filled in. */
export interface CheckedProfileImport {
  integration: string;
  source: ImportSource;
  identifiers: IdentifierColumns;
  traits: TraitColumns;
  by: string;
}

/** How far an import is: heartbeat details, from which the next attempt goes on. */
export interface ImportProgress {
  /** Of the object that is being imported; a replaced one is not gone on with. */
  etag: string;
  rows: number;
  /** Last row that is in the log or was rejected. */
  row: number;
  accepted: number;
  duplicates: number;
}

/** Why rows were not taken, with the first of them; never anything out of them. */
export interface RejectedRows {
  reason: string;
  rows: number;
  /** The first ones, counted from 1 and without a header. */
  firstRows: number[];
}

/** What an import came to. */
export interface ImportProfilesResult {
  integration: string;
  /** Where the object lies. */
  source: string;
  etag: string;
  rows: number;
  /** Rows that went into the event log, durably. */
  accepted: number;
  /** Rows that the log had already, from an earlier import of the same file. */
  duplicates: number;
  rejected: number;
  /** The most frequent reasons. */
  reasons: RejectedRows[];
  /** In the state bucket: NDJSON of `{row, reason}` for every rejected row. */
  rejectedKey?: string | undefined;
}
