import { type ErrorCode } from '../contract/errors';

const STATUS: Partial<Record<ErrorCode, number>> = {
  INPUT_INVALID: 400,
  LINK_INVALID: 400,
  HOOK_UNAUTHORIZED: 401,
  HOOK_SIGNATURE_INVALID: 401,
  HOOK_EXPIRED: 403,
  HOOK_TOPIC_UNKNOWN: 403,
  HOOK_CERTIFICATE_INVALID: 403,
  HOOK_OFF: 404,
  HOOK_CONTENT_MISSING: 422,
  RUN_NOT_FOUND: 404,
  CONFIRMATION_TIMED_OUT: 410,
  LINK_EXPIRED: 410,
};

/** HTTP status that a fault is answered with; what is not the caller's doing is 503, so that callers come again. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 503;
}
