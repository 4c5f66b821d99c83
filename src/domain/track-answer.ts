/** What an answer to `/users/track` says about the objects that were sent, by their position in the request. */
export type TrackVerdict =
  /** All were accepted but for `rejected`; of those in `ambiguous` Braze said only that some were refused. */
  | { kind: 'perRecord'; rejected: [position: number, reason: string][]; ambiguous: number[] }
  /** The request was refused as a whole: sent again in smaller parts, each record gets its own answer. */
  | { kind: 'refusedWhole'; reason: string }
  /** Nothing of the request was applied, and no further request will fare better. */
  | { kind: 'stop'; code: StopCode; reason: string }
  /** Nothing of it was applied; Braze asks for a pause. */
  | { kind: 'throttled' }
  /** It may or may not have been applied. */
  | { kind: 'uncertain'; reason: string };

/** Why no further request makes sense. */
export type StopCode =
  'BRAZE_KEY_REJECTED' | 'BRAZE_PERMISSION_MISSING' | 'BRAZE_ENDPOINT_INVALID' | 'BRAZE_BATCH_TOO_LARGE';

interface TrackReply {
  message?: unknown;
  errors?: unknown;
}

/**
 * Reads Braze's answer to a request of `size` attributes objects.
 * 201 carries refusals in `errors[]` by `index` and `input_array`; an error without a usable index makes every
 * object not named elsewhere ambiguous, unless there is only one. 400 with such a list means that every object was refused.
 * @see https://www.braze.com/docs/api/errors/ (read 2026-11)
 */
export function readTrackAnswer(status: number, body: string, size: number): TrackVerdict {
  if (status === 429) return { kind: 'throttled' };
  if (status === 401) return { kind: 'stop', code: 'BRAZE_KEY_REJECTED', reason: 'Braze answered 401' };
  if (status === 403)
    return { kind: 'stop', code: 'BRAZE_PERMISSION_MISSING', reason: 'Braze answered 403 to users.track' };
  if (status === 404)
    return { kind: 'stop', code: 'BRAZE_ENDPOINT_INVALID', reason: 'Braze answered 404 to /users/track' };
  if (status === 413) return { kind: 'refusedWhole', reason: 'request too large' };
  if (status >= 200 && status < 300) return readAccepted(body, size);
  // 408 says that the request did not arrive in time, which is nothing about its objects.
  if (status >= 400 && status < 500 && status !== 408) return readRefused(status, body, size);
  return { kind: 'uncertain', reason: `Braze answered ${status}` };
}

function readAccepted(body: string, size: number): TrackVerdict {
  const reply = parseReply(body);
  if (!reply) return { kind: 'uncertain', reason: 'an answer of 2xx that is not whole JSON' };
  return readErrors(reply.errors, size, 'acceptedUnlessNamed');
}

function readRefused(status: number, body: string, size: number): TrackVerdict {
  const reply = parseReply(body);
  if (!reply) return { kind: 'refusedWhole', reason: `Braze answered ${status}` };
  const message = typeof reply.message === 'string' ? reply.message : `Braze answered ${status}`;
  if (/max input length exceeded/i.test(message) && size > 1) {
    // Not in Braze's words: the reason ends up in histories and mails, and a server may repeat what it was sent.
    return {
      kind: 'stop',
      code: 'BRAZE_BATCH_TOO_LARGE',
      reason: 'Braze takes fewer objects in one request',
    };
  }
  if (Array.isArray(reply.errors) && reply.errors.length > 0)
    return readErrors(reply.errors, size, 'refusedAll');
  return { kind: 'refusedWhole', reason: message };
}

/** In a refused request the unnamed are ambiguous as well: nobody was accepted. */
function readErrors(errors: unknown, size: number, rule: 'acceptedUnlessNamed' | 'refusedAll'): TrackVerdict {
  if (!Array.isArray(errors) || errors.length === 0)
    return { kind: 'perRecord', rejected: [], ambiguous: [] };
  const rejected = new Map<number, string>();
  // In a request of one object there is no doubt whom an error without an index means.
  const onlyPosition = size === 1 ? 0 : undefined;
  let unnamed = rule === 'refusedAll';
  for (const error of errors as unknown[]) {
    const { position = onlyPosition, reason } = readError(error, size);
    if (position === undefined) unnamed = true;
    else rejected.set(position, reason);
  }
  const ambiguous: number[] = [];
  if (unnamed) for (let at = 0; at < size; at += 1) if (!rejected.has(at)) ambiguous.push(at);
  return { kind: 'perRecord', rejected: [...rejected], ambiguous };
}

function readError(error: unknown, size: number): { position: number | undefined; reason: string } {
  if (typeof error === 'string') return { position: undefined, reason: error };
  if (typeof error !== 'object' || error === null) return { position: undefined, reason: 'unnamed refusal' };
  const reason = 'type' in error && typeof error.type === 'string' ? error.type : 'refused without a reason';
  const array = 'input_array' in error ? error.input_array : 'attributes';
  const index = 'index' in error ? error.index : undefined;
  const usable =
    array === 'attributes' &&
    typeof index === 'number' &&
    Number.isInteger(index) &&
    index >= 0 &&
    index < size;
  return { position: usable ? index : undefined, reason };
}

function parseReply(body: string): TrackReply | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
