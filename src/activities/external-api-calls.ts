import { type BrazeReply } from '../adapters/braze/connection';
import { type Outcome } from '../contract/errors';
import { type SentTest } from '../contract/external-api-test';
import { type CallIdentifier } from '../domain/stream/call-identifier';
import { toldWords } from '../domain/told-words';
import { type JsonObject, type JsonValue } from '../domain/stream/vocabulary';

/** Single requests to one workspace, each within its budget; waiting for a turn ends with the signal. */
export interface TestCalls {
  /** A body that is JSON already. */
  post(path: string, body: string, signal: AbortSignal): Promise<BrazeReply>;
  /** Everybody whom the identifier means. */
  read(identifier: CallIdentifier, signal: AbortSignal): Promise<Outcome<JsonObject[]>>;
}

/** In beta, and not in every workspace. https://www.braze.com/docs/api/endpoints/user_data/post_user_track_synchronous/ (read 2026-11-22) */
export const SYNC_PATH = '/users/track/sync';

/** More of an answer is not shown: it is an error page then. */
const LONGEST_ANSWER = 20_000;
const LONGEST_REASON = 300;

/** What an answer says of the one call. */
export function readTestAnswer(path: string, status: number, text: string): SentTest {
  const body = parseAnswer(text);
  const answer = { status, body };
  if (status === 408 || status >= 500)
    return { path, outcome: 'unknown', reason: `Braze answered ${status}`, answer };
  if (status < 200 || status >= 300)
    return { path, outcome: 'refused', reason: `Braze answered ${status}: ${wordsOf(body)}`, answer };
  const errors = fieldOf(body, 'errors');
  if (body === null || typeof body !== 'object')
    return { path, outcome: 'unknown', reason: 'Braze answered with something else than its JSON', answer };
  if (!Array.isArray(errors) || errors.length === 0) return { path, outcome: 'accepted', answer };
  const reasons = errors.map((error) => (typeof error === 'string' ? error : fieldOf(error, 'type')));
  const words = reasons.filter((reason) => typeof reason === 'string').join('; ');
  const reason = `Braze refused ${errors.length} of its objects: ${toldWords(words, LONGEST_REASON)}`;
  return { path, outcome: 'partly', reason, answer };
}

function wordsOf(body: JsonValue): string {
  const errors = fieldOf(body, 'errors');
  const [first] = Array.isArray(errors) ? errors : [];
  const words = [
    fieldOf(body, 'message'),
    typeof first === 'string' ? first : fieldOf(first ?? null, 'type'),
  ];
  const told = words.filter((word) => typeof word === 'string').join(' ');
  return told === '' ? 'no reason given' : toldWords(told, LONGEST_REASON);
}

function fieldOf(value: JsonValue, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function parseAnswer(text: string): JsonValue {
  if (text.length > LONGEST_ANSWER) return `${text.slice(0, LONGEST_ANSWER)}…`;
  try {
    // What JSON.parse makes is JSON by its nature.
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
