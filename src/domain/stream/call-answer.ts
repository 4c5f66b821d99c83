import { redact } from '../redact';
import { readTrackObjects, type StopCode, TRACK_ARRAYS, type TrackPosition } from '../track-answer';
import { type CallParts, sizesOf } from './call-parts';

/** What an answer says about the calls of a request, by their position in it. */
export type CallVerdict =
  | {
      kind: 'perCall';
      refused: Map<number, string>;
      /** Braze said only that some of these were refused. */
      ambiguous: Set<number>;
      /** Whether whoever is not named was accepted; in a refused request nobody was. */
      isAccepted: boolean;
    }
  /** Nothing of it was applied: sent again in smaller parts, each call gets its own answer. */
  | { kind: 'refusedWhole'; reason: string }
  | { kind: 'stop'; code: StopCode; reason: string }
  | { kind: 'throttled' }
  /** No connection came about, so Braze has not seen it. */
  | { kind: 'notSent'; reason: string }
  /** It may or may not have been applied. */
  | {
      kind: 'uncertain';
      reason: string;
      /** Nothing more will be heard of it, and yet it may be applied later. */
      mayStillRun: boolean;
    };

/**
 * A gateway's word that it has given up on the server behind it, which may still work on the request. 408 and 503 say that the
 * request was not taken on, and any other answer is of a server that is done with it.
 * https://www.rfc-editor.org/rfc/rfc9110.html#section-15 (read 2026-11-22)
 */
const GAVE_UP: readonly number[] = [502, 504];

/** What is heard of a request that was sent and stayed without an answer. */
export function withoutAnswer(reason: string): CallVerdict {
  return { kind: 'uncertain', reason, mayStillRun: true };
}

const ALL_ACCEPTED: CallVerdict = {
  kind: 'perCall',
  refused: new Map(),
  ambiguous: new Set(),
  isAccepted: true,
};

/** Reads Braze's answer to a request that holds these calls. Its words may repeat any of them, but no secret. */
export function readCallAnswer(status: number, body: string, calls: readonly CallParts[]): CallVerdict {
  const secrets = [...new Set(calls.flatMap((call) => call.secrets))];
  const clean = (words: string) => cleaned(words, secrets);
  if (calls[0]?.endpoint !== 'users.track') return readTriggerAnswer(status, body, calls[0], clean);
  const verdict = readTrackObjects(status, body, sizesOf(calls), clean);
  if (verdict.kind === 'uncertain') return { ...verdict, mayStillRun: GAVE_UP.includes(status) };
  if (verdict.kind !== 'perObject') return verdict;
  const { rejected, ambiguous, isAccepted } = verdict;
  if (rejected.length === 0 && ambiguous.length === 0) return ALL_ACCEPTED;
  const callAt = owners(calls);
  const refused = new Map<number, string>();
  for (const { reason, ...position } of rejected) {
    const at = callAt(position);
    if (at !== undefined && !refused.has(at)) refused.set(at, reason);
  }
  const doubtful = new Set<number>();
  for (const position of ambiguous) {
    const at = callAt(position);
    if (at !== undefined && !refused.has(at)) doubtful.add(at);
  }
  return { kind: 'perCall', refused, ambiguous: doubtful, isAccepted };
}

/** Many times what is kept of words: an echo may be a megabyte, and looking for secrets takes its time. */
const MOST_WORDS = 20_000;

function cleaned(words: string, secrets: readonly string[]): string {
  if (words.length <= MOST_WORDS) return redact(words, secrets);
  const redacted = redact(words.slice(0, MOST_WORDS), secrets);
  // The end may be half a secret; it is far from what is kept, unless hardly anything but secrets was before it.
  return redacted.length > MOST_WORDS / 2 ? redacted : 'Braze’s words are hidden: they repeat secrets';
}

/** Objects stand in each array in the order of their calls. */
function owners(calls: readonly CallParts[]): (position: TrackPosition) => number | undefined {
  const lists: Record<string, number[]> = {};
  for (const array of TRACK_ARRAYS)
    lists[array] = calls.flatMap(({ objects }, at) => objects[array].map(() => at));
  return ({ array, index }) => lists[array]?.[index];
}

/**
 * Triggers are answered as a whole: 201 with a dispatch id, or 400 with a sentence.
 * https://www.braze.com/docs/api/endpoints/messaging/send_messages/post_send_triggered_canvases/ (read 2026-11-22)
 */
function readTriggerAnswer(
  status: number,
  body: string,
  call: CallParts | undefined,
  clean: (words: string) => string,
): CallVerdict {
  const verdict = readTrackObjects(status, body, { attributes: 1, events: 0, purchases: 0 }, clean);
  const endpoint = call?.endpoint ?? 'the endpoint';
  if (verdict.kind === 'stop') return { ...verdict, reason: `Braze answered ${status} to ${endpoint}` };
  if (verdict.kind === 'uncertain') return { ...verdict, mayStillRun: GAVE_UP.includes(status) };
  if (verdict.kind !== 'perObject') return verdict;
  const [first] = verdict.rejected;
  // A list of errors beside an acceptance says nothing that could be laid at one recipient's door.
  return verdict.isAccepted || first === undefined
    ? ALL_ACCEPTED
    : { kind: 'refusedWhole', reason: first.reason };
}
