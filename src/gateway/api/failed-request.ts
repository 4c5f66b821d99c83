import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { statusOfError } from '../hook-replies';
import { nameOfError, placeOfError, refusalOf } from '../request-error';
import { refuse } from './answers';

/** Answers what a route has thrown: a malformed request as such, everything else as a fault of ours. */
export function failedRequest(logger: Logger, what: string) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const status = statusOfError(error);
    if (status < 500) {
      const message = refusalOf(error, request.routeOptions.bodyLimit);
      return refuse(reply, { code: 'INPUT_INVALID', message }, status);
    }
    // Only the kind of error: a message may repeat a body.
    logger.error({ requestId: request.id, error: nameOfError(error), at: placeOfError(error) }, what);
    const message = `The gateway met an unexpected state; its log has request ${request.id}.`;
    return refuse(reply, { code: 'INVARIANT_BROKEN', message });
  };
}
