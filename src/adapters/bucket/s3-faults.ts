import { type ErrorCode, type Fault } from '../../contract/errors';

/** What was attempted, for the sentence that a person reads. */
export interface S3Attempt {
  action: string;
  bucket: string;
  key?: string;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  NoSuchBucket: 'S3_BUCKET_NOT_FOUND',
  PermanentRedirect: 'S3_BUCKET_NOT_FOUND',
  NoSuchKey: 'SOURCE_NOT_FOUND',
  NotFound: 'SOURCE_NOT_FOUND',
  PreconditionFailed: 'SOURCE_CHANGED',
  AccessDenied: 'S3_ACCESS_DENIED',
  InvalidAccessKeyId: 'S3_ACCESS_DENIED',
  SignatureDoesNotMatch: 'S3_ACCESS_DENIED',
  // Hiccups of a role: references hold lasting keys only, so these come from the client's own chain, which renews them.
  CredentialsProviderError: 'S3_CREDENTIALS_UNAVAILABLE',
  TokenProviderError: 'S3_CREDENTIALS_UNAVAILABLE',
  ExpiredToken: 'S3_CREDENTIALS_UNAVAILABLE',
  ExpiredTokenException: 'S3_CREDENTIALS_UNAVAILABLE',
};

/** The catalogued fault for an S3 failure. Error texts of servers are left out: they echo key ids. */
export function s3Fault(error: unknown, attempt: S3Attempt): Fault {
  const name = textOf(error, 'name') ?? 'Unknown';
  const status = httpStatus(error);
  const code = CODES[name] ?? codeOfStatus(status);
  const where = attempt.key === undefined ? attempt.bucket : `${attempt.bucket}/${attempt.key}`;
  const seen = status === undefined ? name : `${name}, HTTP ${status}`;
  return { code, message: `${attempt.action} on s3://${where} failed (${seen}).` };
}

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  301: 'S3_BUCKET_NOT_FOUND',
  401: 'S3_ACCESS_DENIED',
  403: 'S3_ACCESS_DENIED',
  404: 'SOURCE_NOT_FOUND',
  412: 'SOURCE_CHANGED',
};

function codeOfStatus(status: number | undefined): ErrorCode {
  return (status === undefined ? undefined : STATUS_CODES[status]) ?? 'S3_UNAVAILABLE';
}

function httpStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** Whether this is a cancellation, which is nobody's fault and passes through as it came. */
export function isAbort(error: unknown): boolean {
  return textOf(error, 'name') === 'AbortError';
}

/** A text property of an error, judged by its shape: what Node's own streams throw may come from another realm. */
export function textOf(error: unknown, property: 'name' | 'code' | 'message'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, property);
  return typeof value === 'string' ? value : undefined;
}
