import { type z } from 'zod';
import { type Fault, type Outcome, fault, success } from '../../contract/errors';
import { type ReplyHeaders, readRateSignal } from '../../domain/rate-signal';
import { type BrazeConnection, type BrazeReply, type BrazeRequest } from './connection';

/** A permission of a REST key. https://www.braze.com/docs/api/basics/#rest-api-key-permissions (read 2026-11-21) */
export type BrazeScope =
  | 'users.track'
  | 'users.export.ids'
  | 'users.export.segment'
  | 'segments.list'
  | 'segments.details'
  | 'custom_attributes.get';

/** An answer whose body is what it should be. */
export interface BrazeAnswer<T> {
  body: T;
  headers: ReplyHeaders;
}

/** A request that reads, and what its answer has to look like. */
export interface BrazeRead<T> extends BrazeRequest {
  scope: BrazeScope;
  schema: z.ZodType<T>;
}

const LONGEST_QUOTE = 200;

/** Sends a reading request and gives its parsed body. */
export async function readFromBraze<T>(
  connection: BrazeConnection,
  { scope, schema, ...request }: BrazeRead<T>,
): Promise<Outcome<BrazeAnswer<T>>> {
  const reply = await connection.request(request);
  const failed = replyFault(reply, scope);
  if (failed !== undefined) return { ok: false, fault: failed };
  const parsed = reply.kind === 'answer' ? schema.safeParse(parseJson(reply.body)) : undefined;
  if (reply.kind === 'answer' && parsed?.success === true) {
    return success({ body: parsed.data, headers: reply.headers });
  }
  return fault('BRAZE_UNAVAILABLE', `Braze answered ${pathOf(request)} with something else than its JSON.`);
}

/** What is wrong with a reply to a request that changes nothing; `undefined` for a good one. */
export function replyFault(reply: BrazeReply, scope: BrazeScope): Fault | undefined {
  if (reply.kind !== 'answer')
    return { code: 'BRAZE_UNAVAILABLE', message: `Braze cannot be reached: ${reply.reason}.` };
  const { status, headers } = reply;
  if (status >= 200 && status < 300) return undefined;
  switch (status) {
    case 401:
      return {
        code: 'BRAZE_KEY_REJECTED',
        message: 'Braze does not accept the REST key (401), or it belongs to another cluster.',
      };
    case 403:
      return {
        code: 'BRAZE_PERMISSION_MISSING',
        message: `The REST key lacks the permission ${scope}, or its address list leaves this machine out (403).`,
      };
    case 404:
      return {
        code: 'BRAZE_ENDPOINT_INVALID',
        message: `The REST endpoint has no ${scope} (404): it is not one of Braze's.`,
      };
    case 429:
      return rateLimited(headers);
    default:
      return otherFault(status);
  }
}

function otherFault(status: number): Fault {
  if (status === 408 || status >= 500)
    return { code: 'BRAZE_UNAVAILABLE', message: `Braze answered ${status}.` };
  return status < 400
    ? {
        code: 'BRAZE_ENDPOINT_INVALID',
        message: `The REST endpoint answers ${status}, which Braze never does.`,
      }
    : { code: 'BRAZE_REQUEST_REFUSED', message: `Braze refused the request (${status}).` };
}

/** Braze's own words about a refusal that cannot be about a member, cut short. */
export function quoteBraze(body: string): string {
  const parsed = parseJson(body);
  const message =
    typeof parsed === 'object' && parsed !== null && 'message' in parsed ? parsed.message : undefined;
  return typeof message === 'string' ? message.slice(0, LONGEST_QUOTE) : 'no reason given';
}

function rateLimited(headers: ReplyHeaders): Fault {
  const { pauseMs } = readRateSignal(headers, 429, Date.now());
  return { code: 'BRAZE_RATE_LIMITED', message: 'Braze asked for a pause (429).', retryAfterMs: pauseMs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without its query, which could name somebody. */
function pathOf(request: BrazeRequest): string {
  return request.path.split('?')[0] ?? request.path;
}
