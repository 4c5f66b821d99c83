import { z } from 'zod';
import { isInherited, isKeepable, problemInData } from '../../domain/stream/event-data';
import { identitiesOf } from '../../domain/stream/identity-rules';
import { IDENTIFIER_RANKS, type Identity, type JsonObject } from '../../domain/stream/vocabulary';
import { type EventInput, type EventRefusal } from '../capture';
import { fault, success, type Outcome } from '../errors';
import { ordinaryEvent } from './ordinary-event';
import { describeIssue, issueLines, strictObject } from './parse-input';

/** Events in one request. */
export const MOST_EVENTS = 1_000;
/** Bytes of one event as it is kept. */
export const MOST_EVENT_BYTES = 64 * 1024;

const textSchema = (characters: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(characters)
    .refine((text) => !/\p{Cc}/u.test(text) && isKeepable(text), 'must not hold control characters');

const dataSchema = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be a JSON object',
  )
  .meta({ type: 'object' });

const identifierSchema = textSchema(512).optional();

/** The idempotency key of an event. */
export const eventIdSchema = textSchema(255).describe(
  'What makes it one event, however often it is posted; unique within its source.',
);

/** One event as a source posts it. */
export const eventSchema: z.ZodType<EventInput> = strictObject({
  id: eventIdSchema,
  name: textSchema(255)
    .refine((name) => !isInherited(name), 'must be another name: every object has this one')
    .optional()
    .describe('What happened; absent if the event brings traits only.'),
  time: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-22T09:30:00Z' })
    .optional()
    .describe('When it happened; absent, or in the future: the moment of capture.'),
  identifiers: strictObject({
    externalId: identifierSchema,
    email: identifierSchema,
    phone: identifierSchema,
    anonymousId: identifierSchema,
  })
    .refine((given) => IDENTIFIER_RANKS.some((kind) => given[kind] !== undefined), 'must name somebody')
    .describe('Whom it is about; at least one.'),
  properties: dataSchema.optional().describe('What else is known of what happened.'),
  traits: dataSchema.optional().describe('Fields of the person that this makes known.'),
}).refine(
  ({ name, traits }) => name !== undefined || traits !== undefined,
  'must have a name, or traits, or both',
);

/** One event, or a list of them. */
export const eventsSchema = z.union([
  eventSchema,
  strictObject({ events: z.array(eventSchema).min(1).max(MOST_EVENTS) }),
]);

/** An event that may be captured. */
export interface ReadEvent {
  /** Position in the request. */
  index: number;
  id: string;
  /** Whom it is about, as identifiers are compared. */
  identities: Identity[];
  /** The event as JSON text, without its identifiers. */
  rest: string;
}

/** What a request holds: each event is taken or refused by itself. */
export interface ReadEvents {
  events: ReadEvent[];
  refused: EventRefusal[];
}

/** How events of a request are read. */
export interface EventReading {
  nowMs: number;
  /** The id of a single event that has none. */
  idempotencyKey?: string | undefined;
}

/** Reads a request's body; a fault if it is no list of events at all. No answer repeats a value. */
export function readEvents(body: unknown, reading: EventReading): Outcome<ReadEvents> {
  const given = givenEvents(body, reading.idempotencyKey);
  if (!given.ok) return given;
  const read: ReadEvents = { events: [], refused: [] };
  given.value.forEach((input, index) => {
    const event = readEvent(input, index, reading.nowMs);
    if (typeof event === 'string') read.refused.push({ index, problem: event });
    else read.events.push(event);
  });
  return success(read);
}

function givenEvents(body: unknown, idempotencyKey: string | undefined): Outcome<readonly unknown[]> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return fault('INPUT_INVALID', 'One JSON object is taken: an event, or {"events": […]}.');
  if (!('events' in body)) return singleEvent(body, idempotencyKey);
  const { events, ...others } = body;
  if (Object.keys(others).length > 0)
    return fault('INPUT_INVALID', 'A batch is {"events": […]}, without other fields.');
  if (!Array.isArray(events)) return fault('INPUT_INVALID', 'events: must be a list of events.');
  if (events.length === 0 || events.length > MOST_EVENTS)
    return fault('INPUT_INVALID', `events: must have 1 to ${MOST_EVENTS} events.`);
  if (idempotencyKey !== undefined)
    return fault('INPUT_INVALID', 'Idempotency-Key is for a single event; in a batch each event has its id.');
  return success(events);
}

/** A post of one event, which has one id: its own, or that of the header. */
function singleEvent(event: object, idempotencyKey: string | undefined): Outcome<readonly unknown[]> {
  if (idempotencyKey === undefined) return success([event]);
  if (!('id' in event)) return success([{ ...event, id: idempotencyKey }]);
  if (typeof event.id === 'string' && event.id.trim() !== idempotencyKey.trim())
    return fault(
      'INPUT_INVALID',
      'Idempotency-Key is another than the id of the event: give one, or both alike.',
    );
  return success([event]);
}

/** The event, or why it is refused. */
function readEvent(input: unknown, index: number, nowMs: number): ReadEvent | string {
  const given = ordinaryEvent(input) ?? parseEvent(input);
  if (typeof given === 'string') return given;
  const { id, name, time, identifiers, properties = {}, traits = {} } = given;
  const problem = problemIn('properties', properties) ?? problemIn('traits', traits);
  if (problem !== undefined) return problem;
  const at = Math.min(time === undefined ? nowMs : Date.parse(time), nowMs);
  const rest = JSON.stringify({ id, name, at, properties, traits });
  if (Buffer.byteLength(rest) > MOST_EVENT_BYTES)
    return `has more than ${MOST_EVENT_BYTES.toLocaleString('en-GB')} bytes.`;
  return { index, id, identities: identitiesOf(identifiers), rest };
}

function parseEvent(input: unknown): EventInput | string {
  const parsed = eventSchema.safeParse(input, { error: describeIssue });
  return parsed.success ? parsed.data : `${issueLines(parsed.error.issues).join('; ')}.`;
}

function problemIn(field: string, data: JsonObject): string | undefined {
  const problem = problemInData(data);
  return problem && `${field}: ${problem}.`;
}
