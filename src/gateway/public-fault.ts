import { type FastifyRequest } from 'fastify';
import { type ErrorCode, type Fault } from '../contract/errors';

declare module 'fastify' {
  interface FastifyRequest {
    /** What a fault said that its caller was not told; for the log. */
    withheld: string | undefined;
  }
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  INVARIANT_BROKEN: 'The gateway met an unexpected state',
  TEMPORAL_UNAVAILABLE: 'Temporal, or a worker behind it, does not answer',
};

/** A fault as strangers may read it: words of servers and libraries name hosts and ports, and go to the log instead. */
export function publicFault(request: FastifyRequest, fault: Fault): Fault {
  const sentence = SENTENCES[fault.code];
  if (sentence === undefined) return fault;
  request.withheld = fault.message;
  return { code: fault.code, message: `${sentence}; the gateway’s log has request ${request.id}.` };
}
