import { randomUUID } from 'node:crypto';
import { type FastifyInstance } from 'fastify';

/** The run that a request was about, as its log line names it. */
export interface TouchedRun {
  workflowId: string;
  runId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by a route once it knows. */
    touchedRun: TouchedRun | undefined;
  }
}

/** What a proxy may send as an id: nothing that could end a log line or a header early, or make either long. */
const WELL_FORMED = /^[A-Za-z0-9._:-]{8,128}$/;

/** The id that a proxy has given the request, if it is well-formed, else one of our own. */
export function requestIdOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}

/** Every answer carries the request's id, whatever becomes of it. */
export function answerRequestIds(app: FastifyInstance): void {
  app.decorateRequest('touchedRun', undefined);
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
}
