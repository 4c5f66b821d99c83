import { type SecretReference } from './integration';
import { type Guards, type IdentifierKind, type ListAction } from './phases';

export type { Guards } from './phases';

/** File formats that a source may have. */
export type SourceFormat = 'csv' | 'ndjson' | 'parquet';
/** Compressions that a source object may have. */
export type SourceCompression = 'none' | 'gzip' | 'zstd';

/** How a CSV source is written; never guessed from its content. */
export interface CsvDialect {
  delimiter: string;
  quote: string;
  escape: string;
}

/**
 * Where an audience's members come from: one object (`key`), all objects under a `prefix`, or those of the newest complete
 * folder (`newestUnder`). In all three, `{{date:yyyy-MM-dd}}` stands for the day that the run is for.
 */
export interface AudienceSource {
  key?: string | undefined;
  prefix?: string | undefined;
  /** The last child folder by name that is complete. */
  newestUnder?: string | undefined;
  /** Zone whose calendar fills dates in: an IANA name; UTC if there is none. */
  timeZone?: string | undefined;
  /** Defaults to the integration's exchange bucket, with its region, endpoint and credentials. */
  bucket?: string | undefined;
  region?: string | undefined;
  endpoint?: string | undefined;
  accessKeyId?: SecretReference | undefined;
  secretAccessKey?: SecretReference | undefined;
  format: SourceFormat;
  compression: SourceCompression;
  csv: CsvDialect;
  /** Column (CSV, Parquet) or field (NDJSON) that holds the identifier. */
  idColumn: string;
  /** Column of the alias label, for `user_alias` members whose labels differ. */
  aliasLabelColumn?: string | undefined;
  identifier: IdentifierKind;
  /** Label of every alias, where it is the same for all. */
  aliasLabel?: string | undefined;
  /** Key of an object in the same bucket that lists the files, as Redshift's UNLOAD writes it: evidence of completeness. */
  manifestKey?: string | undefined;
  /** Number of data rows the source must have; a different count is a damaged read. */
  expectedRows?: number | undefined;
  /** A prefix without `_SUCCESS` counts as complete once nothing under it changed for this long. */
  quietSeconds: number;
}

/** How the awaited e-mail step of a run works; it never gates data. */
export type ConfirmationPolicy =
  | { kind: 'none' }
  | {
      kind: 'person';
      /** Who gets a link each; the deployment's operators where none are named. */
      recipients: string[];
      timeoutSeconds: number;
      /** Reminders after these many seconds of waiting. */
      remindAfterSeconds: number[];
    }
  | {
      kind: 'mail';
      /** Senders whose mail confirms when it names the audience; the run token confirms from anyone. */
      allowedSenders: string[];
      timeoutSeconds: number;
      remindAfterSeconds: number[];
    };

/** How much is read back after a run. */
export interface VerificationPolicy {
  entering: number | 'all';
  leaving: number | 'all';
  /** How long, beyond the workspace's apply lag, a profile may take to show its change. */
  deadlineSeconds: number;
}

/** One activation, checked and with every default filled in. */
export interface Activation {
  integration: string;
  /** The value written to the attribute: trimmed, at most 255 characters. */
  audience: string;
  attribute: string;
  /** First 32 hex digits of SHA-256 over attribute, value and identifier kind. */
  audienceKey: string;
  listAction: ListAction;
  /** `true` lets Braze create profiles for unknown identifiers. */
  createProfiles: boolean;
  source: AudienceSource;
  terms: { acceptedBy: string; version: string };
  confirmation: ConfirmationPolicy;
  guards: Guards;
  verification: VerificationPolicy;
  dryRun: boolean;
  completionMail: boolean;
  /** Ends a run with nothing to do if the source is the very one that the last whole run was made from. */
  skipUnchanged: boolean;
}

/** Input of the `activateAudience` workflow as a person writes it; `docs/inputs.md` describes every field. */
export interface ActivateAudienceInput {
  integration: string;
  audience: string;
  source: Partial<Omit<AudienceSource, 'csv'>> & { csv?: Partial<CsvDialect> };
  terms: { acceptedBy: string; version: string };
  attribute?: string;
  listAction?: ListAction;
  createProfiles?: boolean;
  confirmation?:
    | { kind: 'none' }
    | { kind: 'person'; recipients?: string[]; timeoutSeconds?: number; remindAfterSeconds?: number[] }
    | { kind: 'mail'; allowedSenders?: string[]; timeoutSeconds?: number; remindAfterSeconds?: number[] };
  guards?: Partial<Guards>;
  verification?: Partial<VerificationPolicy>;
  dryRun?: boolean;
  completionMail?: boolean;
  skipUnchanged?: boolean;
}
