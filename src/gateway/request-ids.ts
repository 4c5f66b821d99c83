import { randomUUID } from 'node:crypto';
import { type FastifyInstance } from 'fastify';
import { z } from 'zod';

/** The run that a request was about, as its log line names it. */
export interface TouchedRun {
  workflowId: string;
  runId?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by a route once it knows. */
    touchedRun: TouchedRun | undefined;
  }
}

const answerSchema = z.object({ workflowId: z.string() });

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
  // An answer in JSON names its run itself, so that hooks need not.
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const named = answerSchema.safeParse(payload);
    if (named.success) request.touchedRun ??= { workflowId: named.data.workflowId };
    return payload;
  });
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
}
