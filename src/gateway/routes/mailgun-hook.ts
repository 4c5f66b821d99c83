import fastifyMultipart from '@fastify/multipart';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type ErrorCode, type Outcome } from '../../contract/errors';
import { confirmByMail, updateIdOf, type MailHookAnswer } from '../confirm-by-mail';
import { statusOf } from '../fault-status';
import { hookOff, refuseDelivery, statusOfError, UNREADABLE_REQUEST } from '../hook-replies';
import {
  MAX_MULTIPART_BYTES,
  MAX_URLENCODED_BYTES,
  MULTIPART_LIMITS,
  readMailgunForm,
} from '../mailgun/form';
import { mailOfDelivery } from '../mailgun/mail';
import { verifyMailgun } from '../mailgun/signature';
import { type ConfirmationRuns } from '../runs';

/** What the hook works with. */
export interface MailgunHookOptions {
  runs: ConfirmationRuns;
  /** Mailgun's webhook signing key; blank where the hook is off. */
  mailgunSigningKey: string;
  /** Whether Mailgun's spam filter marks mails, so that its headers are its own. */
  mailgunMarksMail: boolean;
  now: () => number;
}

/** A route whose address ends in `mime` gets the mail as it travels. */
const PATHS = ['/hooks/mailgun', '/hooks/mailgun/mime'];

/**
 * `POST /hooks/mailgun`: takes what a route of Mailgun forwards. Its signature covers no word of the mail, so what a copied
 * one is good for has to be little: deliveries older than a run don't confirm it, and a run takes the same one once.
 */
export function mailgunHookRoute(app: FastifyInstance, options: MailgunHookOptions): void {
  if (options.mailgunSigningKey === '') {
    for (const path of PATHS) hookOff(app, path, 'BRAZIER_MAILGUN_SIGNING_KEY');
    return;
  }
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_URLENCODED_BYTES },
      (_request, body, done) => done(null, body),
    );
    await scope.register(fastifyMultipart, { limits: MULTIPART_LIMITS, throwFileSizeLimit: false });
    scope.setErrorHandler((error, _request, reply) => {
      if (statusOfError(error) >= 500) throw error;
      return refuseDelivery(reply, UNREADABLE_REQUEST, mailgunStatus);
    });
    for (const path of PATHS) {
      scope.post(
        path,
        { bodyLimit: MAX_URLENCODED_BYTES, onRequest: turnAwayHuge },
        async (request, reply) => {
          const answer = await take(request, options);
          return answer.ok ? answer.value : refuseDelivery(reply, answer.fault, mailgunStatus);
        },
      );
    }
  });
}

async function take(
  request: FastifyRequest,
  { runs, mailgunSigningKey, mailgunMarksMail, now }: MailgunHookOptions,
): Promise<Outcome<MailHookAnswer>> {
  const form = await readMailgunForm(request);
  if (!form.ok) return form;
  const field = (name: string): string => form.value.get(name) ?? '';
  const [timestamp, token, signature] = [field('timestamp'), field('token'), field('signature')];
  const signedAtMs = verifyMailgun({ timestamp, token, signature }, mailgunSigningKey, now());
  if (!signedAtMs.ok) return signedAtMs;
  const trusted = { handedOnAtMs: signedAtMs.value, trustChecks: mailgunMarksMail };
  const mail = await mailOfDelivery(form.value, trusted);
  return mail.ok ? confirmByMail(mail.value, runs, updateIdOf('mailgun', token)) : mail;
}

/** What says beforehand that it is too long is not even listened to. */
async function turnAwayHuge(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (Number(request.headers['content-length'] ?? 0) <= MAX_MULTIPART_BYTES) return;
  await refuseDelivery(reply.header('connection', 'close'), UNREADABLE_REQUEST, mailgunStatus);
}

/**
 * Mailgun delivers again for 8 hours unless it gets 200 or 406 (source as for its signatures). What would be refused again
 * is 406. A signature that does not fit may be a key that was changed there first, and a hook that is off may be switched
 * on: those mails come again, as they do while runs can't be reached.
 */
function mailgunStatus(code: ErrorCode): number {
  return code === 'INPUT_INVALID' || code === 'HOOK_EXPIRED' ? 406 : statusOf(code);
}
