import { toldWords } from './told-words';

/** The arrays of a `/users/track` request. */
export const TRACK_ARRAYS = ['attributes', 'events', 'purchases'] as const;
/** One of the arrays of a `/users/track` request. */
export type TrackArray = (typeof TRACK_ARRAYS)[number];
/** How many objects each array of a request holds. */
export type TrackSizes = Readonly<Record<TrackArray, number>>;

/** One object of a request. */
export interface TrackPosition {
  array: TrackArray;
  index: number;
}

/** What an answer says about the request as a whole. */
export type WholeVerdict =
  /** The request was refused as a whole: sent again in smaller parts, each record gets its own answer. */
  | { kind: 'refusedWhole'; reason: string }
  /** Nothing of the request was applied, and no further request will fare better. */
  | { kind: 'stop'; code: StopCode; reason: string }
  /** Nothing of it was applied; Braze asks for a pause. */
  | { kind: 'throttled' }
  /** It may or may not have been applied. */
  | { kind: 'uncertain'; reason: string };

/** What an answer to `/users/track` says about the objects that were sent, by array and index. */
export type TrackObjectsVerdict =
  | WholeVerdict
  | {
      kind: 'perObject';
      rejected: (TrackPosition & { reason: string })[];
      /** Of these Braze said only that some were refused. */
      ambiguous: TrackPosition[];
      /** Whether whoever is not named was accepted; in a refused request nobody was. */
      isAccepted: boolean;
    };

/** The same of a request of attributes only, by the position in their array. */
export type TrackVerdict =
  | WholeVerdict
  /** All were accepted but for `rejected`; of those in `ambiguous` Braze said only that some were refused. */
  | { kind: 'perRecord'; rejected: [position: number, reason: string][]; ambiguous: number[] };

/** Why no further request makes sense. */
export type StopCode =
  'BRAZE_KEY_REJECTED' | 'BRAZE_PERMISSION_MISSING' | 'BRAZE_ENDPOINT_INVALID' | 'BRAZE_BATCH_TOO_LARGE';

/** Takes out of somebody's words what is not to be told. */
type Clean = (words: string) => string;

interface TrackReply {
  message?: unknown;
  errors?: unknown;
}

/** Reads Braze's answer to a request of `size` attributes objects. */
export function readTrackAnswer(status: number, body: string, size: number): TrackVerdict {
  const verdict = readTrackObjects(status, body, { attributes: size, events: 0, purchases: 0 });
  if (verdict.kind !== 'perObject') return verdict;
  return {
    kind: 'perRecord',
    rejected: verdict.rejected.map(({ index, reason }) => [index, reason]),
    ambiguous: verdict.ambiguous.map(({ index }) => index),
  };
}

/**
 * Reads Braze's answer to a request whose arrays hold so many objects.
 * 201 carries refusals in `errors[]` by `index` and `input_array`; an error without a usable index makes every object of
 * its array that is not named elsewhere ambiguous, or of every array if it names none that was sent, unless there is only
 * one object. 400 with such a list means that every object was refused. Words that become reasons are cleaned while they
 * are whole: cutting them could leave a piece of what is not to be told.
 * @see https://www.braze.com/docs/api/errors/ (read 2026-11)
 */
export function readTrackObjects(
  status: number,
  body: string,
  sizes: TrackSizes,
  clean: Clean = (words) => words,
): TrackObjectsVerdict {
  if (status === 429) return { kind: 'throttled' };
  if (status === 401) return { kind: 'stop', code: 'BRAZE_KEY_REJECTED', reason: 'Braze answered 401' };
  if (status === 403)
    return { kind: 'stop', code: 'BRAZE_PERMISSION_MISSING', reason: 'Braze answered 403 to users.track' };
  if (status === 404)
    return { kind: 'stop', code: 'BRAZE_ENDPOINT_INVALID', reason: 'Braze answered 404 to /users/track' };
  if (status === 413) return { kind: 'refusedWhole', reason: 'request too large' };
  if (status >= 200 && status < 300) return readAccepted(body, sizes, clean);
  // 408 says that the request did not arrive in time, which is nothing about its objects.
  if (status >= 400 && status < 500 && status !== 408) return readRefused(status, body, sizes, clean);
  return { kind: 'uncertain', reason: `Braze answered ${status}` };
}

function readAccepted(body: string, sizes: TrackSizes, clean: Clean): TrackObjectsVerdict {
  const reply = parseReply(body);
  if (!reply) return { kind: 'uncertain', reason: 'an answer of 2xx that is not whole JSON' };
  return readErrors(reply.errors, sizes, { isAccepted: true, clean });
}

function readRefused(status: number, body: string, sizes: TrackSizes, clean: Clean): TrackObjectsVerdict {
  const reply = parseReply(body);
  if (!reply) return { kind: 'refusedWhole', reason: `Braze answered ${status}` };
  const message = typeof reply.message === 'string' ? reply.message : `Braze answered ${status}`;
  if (/max input length exceeded/i.test(message) && totalOf(sizes) > 1) {
    // Not in Braze's words: the reason ends up in histories and mails, and a server may repeat what it was sent.
    return {
      kind: 'stop',
      code: 'BRAZE_BATCH_TOO_LARGE',
      reason: 'Braze takes fewer objects in one request',
    };
  }
  if (Array.isArray(reply.errors) && reply.errors.length > 0)
    return readErrors(reply.errors, sizes, { isAccepted: false, clean });
  return { kind: 'refusedWhole', reason: toldWords(clean(message)) };
}

/** In a refused request the unnamed are ambiguous as well: nobody was accepted. */
function readErrors(
  errors: unknown,
  sizes: TrackSizes,
  { isAccepted, clean }: { isAccepted: boolean; clean: Clean },
): TrackObjectsVerdict {
  if (!Array.isArray(errors) || errors.length === 0)
    return { kind: 'perObject', rejected: [], ambiguous: [], isAccepted };
  const rejected = new Map<string, TrackPosition & { reason: string }>();
  const doubtful = new Set<TrackArray>(isAccepted ? [] : TRACK_ARRAYS);
  for (const error of errors as unknown[]) {
    const { array, index, reason } = readError(error, sizes, clean);
    if (array !== undefined && index !== undefined)
      rejected.set(`${array} ${index}`, { array, index, reason });
    else for (const each of array === undefined ? TRACK_ARRAYS : [array]) doubtful.add(each);
  }
  const ambiguous: TrackPosition[] = [];
  for (const array of TRACK_ARRAYS) {
    if (!doubtful.has(array)) continue;
    for (let index = 0; index < sizes[array]; index += 1)
      if (!rejected.has(`${array} ${index}`)) ambiguous.push({ array, index });
  }
  return { kind: 'perObject', rejected: [...rejected.values()], ambiguous, isAccepted };
}

interface ReadError {
  array: TrackArray | undefined;
  index: number | undefined;
  reason: string;
}

function readError(error: unknown, sizes: TrackSizes, clean: Clean): ReadError {
  // In a request of one object there is no doubt whom an error without an index means.
  const only = totalOf(sizes) === 1 ? TRACK_ARRAYS.find((array) => sizes[array] === 1) : undefined;
  const onlyIndex = only === undefined ? undefined : 0;
  if (typeof error === 'string') return { array: only, index: onlyIndex, reason: toldWords(clean(error)) };
  if (typeof error !== 'object' || error === null)
    return { array: only, index: onlyIndex, reason: 'unnamed refusal' };
  const reason =
    'type' in error && typeof error.type === 'string'
      ? toldWords(clean(error.type))
      : 'refused without a reason';
  const named = 'input_array' in error ? error.input_array : onlySent(sizes);
  const array = TRACK_ARRAYS.find((each) => each === named && sizes[each] > 0);
  const index = 'index' in error ? error.index : undefined;
  const isUsable =
    array !== undefined &&
    typeof index === 'number' &&
    Number.isInteger(index) &&
    index >= 0 &&
    index < sizes[array];
  return isUsable ? { array, index, reason } : { array: only ?? array, index: onlyIndex, reason };
}

/** An error that names no array can mean no other than the only one that was sent. */
function onlySent(sizes: TrackSizes): TrackArray | undefined {
  const sent = TRACK_ARRAYS.filter((array) => sizes[array] > 0);
  return sent.length === 1 ? sent[0] : undefined;
}

function totalOf({ attributes, events, purchases }: TrackSizes): number {
  return attributes + events + purchases;
}

function parseReply(body: string): TrackReply | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
