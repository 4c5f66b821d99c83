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
  CredentialsProviderError: 'S3_ACCESS_DENIED',
  ExpiredToken: 'S3_ACCESS_DENIED',
};

/** The catalogued fault for an S3 failure. Error texts of servers are left out: they echo key ids. */
export function s3Fault(error: unknown, attempt: S3Attempt): Fault {
  const name = error instanceof Error ? error.name : 'Unknown';
  const status = httpStatus(error);
  const code = CODES[name] ?? codeOfStatus(status);
  const where = attempt.key === undefined ? attempt.bucket : `${attempt.bucket}/${attempt.key}`;
  const seen = status === undefined ? name : `${name}, HTTP ${status}`;
  return { code, message: `${attempt.action} on s3://${where} failed (${seen}).` };
}

function codeOfStatus(status: number | undefined): ErrorCode {
  switch (status) {
    case 301:
      return 'S3_BUCKET_NOT_FOUND';
    case 401:
    case 403:
      return 'S3_ACCESS_DENIED';
    case 404:
      return 'SOURCE_NOT_FOUND';
    case 412:
      return 'SOURCE_CHANGED';
    default:
      return 'S3_UNAVAILABLE';
  }
}

function httpStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
