import { AUDIENCE_ERRORS } from './error-catalog/audiences';
import { DOOR_ERRORS } from './error-catalog/doors';
import { entry, type ErrorEntry } from './error-catalog/entry';
import { INPUT_ERRORS } from './error-catalog/inputs';
import { SERVICE_ERRORS } from './error-catalog/services';
import { STREAM_ERRORS } from './error-catalog/streaming';
import { type Actor } from './integration';

export type { ErrorEntry } from './error-catalog/entry';

/**
 * Every failure that Brazier tells anyone about. The codes are public API: retry policies, scripts and alerts match on
 * them, so a code is never renamed or reused. `docs/errors.md` is generated from this table.
 */
export const ERROR_CATALOG = {
  ...INPUT_ERRORS,
  ...AUDIENCE_ERRORS,
  ...SERVICE_ERRORS,
  ...DOOR_ERRORS,
  ...STREAM_ERRORS,
  INVARIANT_BROKEN: entry(
    'us',
    false,
    'Brazier met a state that its own rules exclude. Nothing further was done; please report it.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** A code of the error catalog. */
export type ErrorCode = keyof typeof ERROR_CATALOG;

/** CLI exit codes, by who has to act. */
export const EXIT_CODES = {
  ok: 0,
  usage: 2,
  credentialOwner: 10,
  settingsOwner: 11,
  dataOwner: 12,
  wait: 13,
  person: 14,
  us: 70,
} as const satisfies Record<Actor | 'ok' | 'usage', number>;

/** Whether a string, e.g. a failure's type, is a code of the catalog. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, code);
}

/** What is wrong with one field of an input. */
export interface FieldProblem {
  /** Path of the field, e.g. `source.key`; blank for the input as a whole. */
  field: string;
  problem: string;
}

/** A failure as a value inside adapters and rules; activities turn it into a Temporal failure at their boundary. */
export interface Fault {
  code: ErrorCode;
  message: string;
  /** The pause that the other side asked for, where it named one. */
  retryAfterMs?: number | undefined;
  /** The fields that a refused input has to change. */
  fields?: readonly FieldProblem[] | undefined;
}

/** Either a value or a fault. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; fault: Fault };

/** The good half of {@link Outcome}. */
export function success<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

/** The bad half of {@link Outcome}. */
export function fault(code: ErrorCode, message: string): { ok: false; fault: Fault } {
  return { ok: false, fault: { code, message } };
}
