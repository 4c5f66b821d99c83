import { type FastifyInstance, type FastifyReply } from 'fastify';
import { success, type Fault, type Outcome } from '../../contract/errors';
import { type ConfirmationResult } from '../../contract/run';
import { matchMail, type IncomingMail, type MailMismatch } from '../../domain/mail-matching';
import { isBearer } from '../bearer';
import { statusOf } from '../fault-status';
import { mailFromJson, mailFromMessage } from '../incoming-mail';
import { type ConfirmationRuns } from '../runs';

/** What the hook answers. */
export interface MailHookAnswer {
  matched: boolean;
  /** The run that the mail confirmed, or had already been answered. */
  workflowId?: string;
  confirmation?: ConfirmationResult;
  /** One sentence. */
  reason: string;
}

const MAX_MAIL_BYTES = 1024 * 1024;

const MISMATCHES: Record<MailMismatch, string> = {
  automaticMail:
    'The mail was written by a machine (absence notice, bounce, or notice that only quotes a token).',
  nothingWaits: 'No run waits for a confirmation mail.',
  tokenNotWaiting: 'The mail carries a run token, but no run with that token waits.',
  senderNotAllowed: 'No waiting run allows this sender, and the mail carries no run token.',
  audienceNotNamed: 'The sender is allowed, but the mail names no waiting audience.',
  ambiguous: 'The mail fits several waiting runs; use a run token.',
};

/**
 * `POST /hooks/mail`: takes a mail from whatever receives mail, as JSON or as it travels, and confirms the run that
 * it is about. A mail that fits no run is a good answer (200), since sending it again would not help; a mail that
 * comes twice gets the run's first answer back.
 */
export function mailHookRoute(
  app: FastifyInstance,
  options: { runs: ConfirmationRuns; hookToken: string },
): void {
  app.post(
    '/hooks/mail',
    {
      bodyLimit: MAX_MAIL_BYTES,
      // Before the body is read: strangers can't make the gateway parse anything.
      onRequest: async (request, reply) => {
        if (isBearer(request.headers.authorization, options.hookToken)) return;
        await refuse(reply, {
          code: 'HOOK_UNAUTHORIZED',
          message: 'The hook needs Authorization: Bearer <token>.',
        });
      },
    },
    async (request, reply) => {
      const mail = await readMail(request.body);
      const answer = mail.ok ? await confirmBy(mail.value, options.runs) : mail;
      return answer.ok ? answer.value : refuse(reply, answer.fault);
    },
  );
}

async function readMail(body: unknown): Promise<Outcome<IncomingMail>> {
  return Buffer.isBuffer(body) ? mailFromMessage(body) : mailFromJson(body);
}

async function confirmBy(mail: IncomingMail, runs: ConfirmationRuns): Promise<Outcome<MailHookAnswer>> {
  const waiting = await runs.waitingForMail();
  if (!waiting.ok) return waiting;
  const match = matchMail(mail, waiting.value);
  if (!match.matched) return success({ matched: false, reason: MISMATCHES[match.reason] });
  const { workflowId, runId } = match.run;
  const by = mail.from === '' ? 'unknown sender' : mail.from;
  const result = await runs.confirm(workflowId, runId, { by, via: 'mail' });
  if (!result.ok) return result;
  const reason =
    match.by === 'token' ? 'The mail carries the run token.' : 'An allowed sender names the audience.';
  return success({ matched: true, workflowId, confirmation: result.value, reason });
}

async function refuse(reply: FastifyReply, { code, message }: Fault): Promise<FastifyReply> {
  return reply.code(statusOf(code)).send({ code, message });
}
