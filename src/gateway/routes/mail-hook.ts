import { type FastifyInstance } from 'fastify';
import { type Outcome } from '../../contract/errors';
import { type IncomingMail } from '../../domain/mail-matching';
import { isBearer } from '../bearer';
import { confirmByMail } from '../confirm-by-mail';
import { hookOff, refuseDelivery } from '../hook-replies';
import { mailFromJson, mailFromMessage } from '../incoming-mail';
import { type ConfirmationRuns } from '../runs';

const MAX_MAIL_BYTES = 1024 * 1024;
const URL_PATH = '/hooks/mail';

/**
 * `POST /hooks/mail`: takes a mail from whatever receives mail, as JSON or as it travels, and confirms the run that
 * it is about. Whoever knows the token answers for the sender.
 */
export function mailHookRoute(
  app: FastifyInstance,
  options: { runs: ConfirmationRuns; hookToken: string },
): void {
  if (options.hookToken === '') {
    hookOff(app, URL_PATH, 'BRAZIER_HOOK_TOKEN');
    return;
  }
  app.post(
    URL_PATH,
    {
      bodyLimit: MAX_MAIL_BYTES,
      // Before the body is read: strangers can't make the gateway parse anything.
      onRequest: async (request, reply) => {
        if (isBearer(request.headers.authorization, options.hookToken)) return;
        await refuseDelivery(reply, {
          code: 'HOOK_UNAUTHORIZED',
          message: 'The hook needs Authorization: Bearer <token>.',
        });
      },
    },
    async (request, reply) => {
      const mail = await readMail(request.body);
      const answer = mail.ok ? await confirmByMail(mail.value, options.runs) : mail;
      return answer.ok ? answer.value : refuseDelivery(reply, answer.fault);
    },
  );
}

async function readMail(body: unknown): Promise<Outcome<IncomingMail>> {
  return Buffer.isBuffer(body) ? mailFromMessage(body) : mailFromJson(body);
}
