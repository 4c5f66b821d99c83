import { type FastifyInstance, type FastifyReply } from 'fastify';
import { type ErrorCode, type Fault } from '../contract/errors';
import { apiError } from './api/answers';
import { statusOf } from './fault-status';
import { publicFault } from './public-fault';

/** Answers a caller of a hook with a catalogued refusal; a provider reads its status only. */
export async function refuseDelivery(
  reply: FastifyReply,
  refused: Fault,
  status: (code: ErrorCode) => number = statusOf,
): Promise<FastifyReply> {
  return reply.code(status(refused.code)).send(apiError(publicFault(reply.request, refused)));
}

/** A hook that nobody configured: says so, whatever is posted, before anything of it is read. */
export function hookOff(app: FastifyInstance, url: string, variable: string): void {
  app.post(url, {
    onRequest: async (_request, reply) => {
      await refuseDelivery(reply, {
        code: 'HOOK_OFF',
        message: `This hook is off. The operator of the gateway has to set ${variable} and start it again.`,
      });
    },
    handler: () => undefined,
  });
}

/** Fastify's own refusals (415, 413, malformed JSON) carry a status; everything else is ours. */
export function statusOfError(error: unknown): number {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

/** What a caller is told whose request could not be read at all. */
export const UNREADABLE_REQUEST: Fault = {
  code: 'INPUT_INVALID',
  message: 'The request is malformed, too large, or of an unknown content type.',
};
