import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { type EventsAnswer } from '../../contract/capture';
import { type ErrorCode, type Fault } from '../../contract/errors';
import { eventIdSchema, readEvents } from '../../contract/schemas/capture';
import { apiStatusOf, refuse } from '../api/answers';
import { failedRequest } from '../api/failed-request';
import { jsonOf } from '../json-of';
import { NOT_JSON, UnreadableBody } from '../request-error';
import { type Capture, type EventOrigin } from './capture';
import { EVENT_OPERATIONS, type EventOperation } from './operations';
import { sourceOf, type EventSource } from './sources';

/** What the intake of events works with. */
export interface EventRouteOptions {
  /** With none nothing is captured. */
  eventSources: readonly EventSource[];
  /** Absent where the deployment has no database. */
  capture: Capture | undefined;
  logger: Logger;
  /** Milliseconds since 1970. */
  now: () => number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the key is known. */
    eventOrigin: EventOrigin | undefined;
  }
  interface FastifyContextConfig {
    /** Hundreds a second: those that are taken are counted by metrics, and have no line in the log of every day. */
    isCountedOnceTaken?: boolean;
  }
}

/** Events in one request, in bytes. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const OFF: Fault = {
  code: 'CAPTURE_OFF',
  message: 'This gateway knows no sources of events, so it captures nothing.',
};
const NO_DATABASE: Fault = {
  code: 'STREAM_NOT_CONFIGURED',
  message: 'This gateway has no database for events, so it captures nothing.',
};
const STRANGER: Fault = {
  code: 'CAPTURE_UNAUTHORIZED',
  message: 'Authorization: Bearer <key of the source> is needed.',
};

const STATUS: Partial<Record<ErrorCode, number>> = {
  CAPTURE_OFF: 404,
  STREAM_NOT_CONFIGURED: 404,
  CAPTURE_UNAUTHORIZED: 401,
  CAPTURE_FORBIDDEN: 403,
  INTEGRATION_UNKNOWN: 404,
  EVENTS_REFUSED: 422,
  BACKLOG_FULL: 429,
  // The operator's to mend; a caller does right to come again.
  DATABASE_REFUSED: 503,
};

/** The doors for events: one for each integration, and one where the key alone says which. */
export function eventRoutes(app: FastifyInstance, options: EventRouteOptions): void {
  app.decorateRequest('eventOrigin', undefined);
  void app.register(
    (door, _options, done) => {
      takeJsonAsData(door);
      door.setErrorHandler(failedRequest(options.logger, 'events could not be taken'));
      for (const operation of Object.values(EVENT_OPERATIONS)) addRoute(door, operation, options);
      done();
    },
    { prefix: '/v1' },
  );
}

/** A field may have any name: JSON.parse makes each one a plain field, and events are refused one by one. */
function takeJsonAsData(door: FastifyInstance): void {
  door.removeAllContentTypeParsers();
  door.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    const text = body.toString();
    const parsed = jsonOf(text);
    if (text !== '' && parsed === undefined) done(new UnreadableBody(NOT_JSON));
    else done(null, parsed);
  });
}

function addRoute(door: FastifyInstance, operation: EventOperation, options: EventRouteOptions): void {
  door.route<{ Params: { integration?: string } }>({
    method: 'POST',
    url: operation.path.replace('{integration}', ':integration'),
    bodyLimit: MAX_BODY_BYTES,
    config: { isCountedOnceTaken: true },
    // Before the body is read: strangers can't make the gateway parse anything.
    onRequest: async (request, reply) => {
      const origin = admit(request, request.params.integration, options);
      if ('code' in origin) await refuseEvents(reply, origin);
      else request.eventOrigin = origin;
    },
    handler: async (request, reply) => {
      const { eventOrigin } = request;
      if (eventOrigin === undefined || options.capture === undefined) return refuseEvents(reply, STRANGER);
      return take(request, reply, { origin: eventOrigin, capture: options.capture, nowMs: options.now() });
    },
  });
}

/** Finds out whose events they are, or why they are not taken. */
function admit(
  request: FastifyRequest,
  asked: string | undefined,
  { eventSources, capture }: EventRouteOptions,
): EventOrigin | Fault {
  if (eventSources.length === 0) return OFF;
  if (capture === undefined) return NO_DATABASE;
  const source = sourceOf(eventSources, request.headers.authorization);
  if (source === undefined) return STRANGER;
  const { name, integration } = source;
  if (asked === undefined || asked === integration) return { integration, source: name };
  return {
    code: 'CAPTURE_FORBIDDEN',
    message: `The key of the source "${name}" is for the integration "${integration}" only.`,
  };
}

async function take(
  request: FastifyRequest,
  reply: FastifyReply,
  { origin, capture, nowMs }: { origin: EventOrigin; capture: Capture; nowMs: number },
): Promise<FastifyReply> {
  const idempotencyKey = keyOf(request);
  if (idempotencyKey !== undefined && !eventIdSchema.safeParse(idempotencyKey).success)
    return refuseEvents(reply, BAD_KEY);
  const read = readEvents(request.body, { nowMs, idempotencyKey });
  if (!read.ok) return refuseEvents(reply, read.fault);
  const { events, refused } = read.value;
  capture.refused(origin, refused.length);
  if (events.length === 0) {
    const fields = refused.map(({ index, problem }) => ({ field: `events[${index}]`, problem }));
    const message = 'Not one event of the request can be captured; fields names what has to change.';
    return refuseEvents(reply, { code: 'EVENTS_REFUSED', message, fields });
  }
  const posted = await capture.post(origin, events);
  if (!posted.ok) return refuseEvents(reply, posted.fault);
  const answer: EventsAnswer = { ...posted.value, refused };
  return reply.code(202).send(answer);
}

const BAD_KEY: Fault = {
  code: 'INPUT_INVALID',
  message: 'Idempotency-Key has to be 1 to 255 characters.',
};

function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  return Array.isArray(key) ? key.join(',') : key;
}

function refuseEvents(reply: FastifyReply, fault: Fault): FastifyReply {
  if (fault.retryAfterMs !== undefined)
    void reply.header('retry-after', Math.ceil(fault.retryAfterMs / 1_000));
  return refuse(reply, fault, STATUS[fault.code] ?? apiStatusOf(fault.code));
}
