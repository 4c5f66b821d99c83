import { type FastifyReply } from 'fastify';
import { ERROR_CATALOG, type ErrorCode, type Fault } from '../../contract/errors';
import { type ApiError } from '../../contract/http-api';
import { type Actor } from '../../contract/integration';
import { publicFault } from '../public-fault';

/** Where the code says more than who acts. */
const BY_CODE: Partial<Record<ErrorCode, number>> = {
  INPUT_INVALID: 400,
  SECRET_LITERAL: 400,
  TERMS_NOT_ACCEPTED: 400,
  API_UNAUTHORIZED: 401,
  API_FORBIDDEN: 403,
  API_OFF: 404,
  RUN_NOT_FOUND: 404,
  STREAM_NOT_CONFIGURED: 404,
  INTEGRATION_UNKNOWN: 404,
  EXTERNAL_API_UNKNOWN: 404,
  SEGMENT_UNKNOWN: 404,
  ENGAGEMENT_UNKNOWN: 404,
  PROFILE_UNKNOWN: 404,
  STREAM_NOT_FOUND: 404,
  IDEMPOTENCY_KEY_REUSED: 409,
  EXTERNAL_API_FAILING: 409,
  // The operator's to mend; a caller does right to come again.
  DATABASE_REFUSED: 503,
};

const BY_ACTOR: Record<Actor, number> = {
  credentialOwner: 422,
  settingsOwner: 422,
  dataOwner: 422,
  person: 409,
  wait: 503,
  us: 500,
};

/** Seconds after which a caller may come again when nobody has to do anything. */
const RETRY_AFTER_SECONDS = 5;

/** HTTP status of a fault: what the caller can mend is 4xx, what passes is 503, what is ours is 500. */
export function apiStatusOf(code: ErrorCode): number {
  return BY_CODE[code] ?? BY_ACTOR[ERROR_CATALOG[code].actor];
}

/** The body of a refusal. */
export function apiError({ code, message, fields }: Fault): ApiError {
  return { code, message, actor: ERROR_CATALOG[code].actor, ...(fields === undefined ? {} : { fields }) };
}

/** Answers a fault, with the headers that HTTP has for it. */
export function refuse(reply: FastifyReply, fault: Fault, status = apiStatusOf(fault.code)): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  if (status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(status).send(apiError(publicFault(reply.request, fault)));
}
