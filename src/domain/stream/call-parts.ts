import { TRACK_ARRAYS, type TrackArray, type TrackSizes } from '../track-answer';
import { isJsonObject } from './call-identifier';
import { type CallEndpoint, type JsonObject, type JsonValue } from './vocabulary';

/** Recipients that one trigger request may hold. https://www.braze.com/docs/api/endpoints/messaging/send_messages/post_send_triggered_campaigns/ (read 2026-11-22) */
export const MOST_RECIPIENTS = 50;

/** The body of one call for one person, taken apart so that it can share a request with others. */
export interface CallParts {
  endpoint: CallEndpoint;
  /** JSON texts of the objects of each array; serialised once, joined as often as they are sent. */
  objects: Readonly<Record<TrackArray, readonly string[]>>;
  /** JSON texts of a trigger's recipients. */
  recipients: readonly string[];
  /** JSON text of everything else: only calls that agree in it share a request. */
  rest: string;
  /** Whether sending it twice leaves Braze as sending it once does. */
  isIdempotent: boolean;
  /** Values of the secrets in it: they are not told, whoever repeats them. */
  secrets: readonly string[];
}

/** Why a body is no call. */
export interface CallProblem {
  problem: string;
}

/** Takes a rendered body apart, or says why it is no call. */
export function takeApart(
  endpoint: CallEndpoint,
  body: JsonObject,
  isIdempotent: boolean,
  secrets: readonly string[] = [],
): CallParts | CallProblem {
  const taken = endpoint === 'users.track' ? takeTrackApart(body) : takeTriggerApart(body);
  return 'problem' in taken ? taken : { endpoint, isIdempotent, secrets, ...taken };
}

/** How many objects or recipients a call adds to a request. */
export function sizeOf({ endpoint, objects, recipients }: CallParts): number {
  if (endpoint !== 'users.track') return Math.max(1, recipients.length);
  return objects.attributes.length + objects.events.length + objects.purchases.length;
}

/** Whether a request can hold it beside others: a trigger without recipients of its own is meant for whoever its rest says. */
export function isShareable({ endpoint, recipients }: CallParts): boolean {
  return endpoint === 'users.track' || recipients.length > 0;
}

/** Of calls in one request: how many objects each of its arrays holds. */
export function sizesOf(calls: readonly CallParts[]): TrackSizes {
  const sizes = { attributes: 0, events: 0, purchases: 0 };
  for (const { objects } of calls) for (const array of TRACK_ARRAYS) sizes[array] += objects[array].length;
  return sizes;
}

/** The request's body, for calls of one endpoint and one rest: texts are joined, not serialised again. */
export function joinBodies(calls: readonly CallParts[]): string {
  const [first] = calls;
  if (first === undefined) return '{}';
  const fields = first.rest === '{}' ? [] : [first.rest.slice(1, -1)];
  if (first.endpoint === 'users.track') {
    for (const array of TRACK_ARRAYS) {
      const texts = calls.flatMap(({ objects }) => objects[array]);
      if (texts.length > 0) fields.push(`"${array}":[${texts.join(',')}]`);
    }
  } else if (first.recipients.length > 0) {
    fields.push(`"recipients":[${calls.flatMap(({ recipients }) => recipients).join(',')}]`);
  }
  return `{${fields.join(',')}}`;
}

type Taken = Pick<CallParts, 'objects' | 'recipients' | 'rest'>;

function takeTrackApart(body: JsonObject): Taken | CallProblem {
  const objects: Record<TrackArray, string[]> = { attributes: [], events: [], purchases: [] };
  for (const array of TRACK_ARRAYS) {
    const listed = body[array];
    if (listed === undefined) continue;
    if (!isObjectList(listed)) return { problem: `${array} is not a list of objects` };
    objects[array] = listed.map((each) => JSON.stringify(each));
  }
  if (TRACK_ARRAYS.every((array) => objects[array].length === 0))
    return { problem: 'neither attributes nor events nor purchases are left in it' };
  const rest = Object.entries(body).filter(([name]) => !isArrayName(name));
  return { objects, recipients: [], rest: textOf(Object.fromEntries(rest)) };
}

function takeTriggerApart(body: JsonObject): Taken | CallProblem {
  const { recipients = [], ...rest } = body;
  if (!isObjectList(recipients)) return { problem: 'recipients is not a list of objects' };
  return {
    objects: { attributes: [], events: [], purchases: [] },
    recipients: recipients.map((each) => JSON.stringify(each)),
    rest: textOf(rest),
  };
}

function isArrayName(name: string): name is TrackArray {
  return TRACK_ARRAYS.some((array) => array === name);
}

function isObjectList(value: JsonValue): value is JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}

/** Calls of one template have their fields in one order, so equal rests have equal texts. */
function textOf(rest: JsonObject): string {
  return JSON.stringify(rest);
}
