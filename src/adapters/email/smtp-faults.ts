import { type NodemailerError } from 'nodemailer';
import { fault, type Outcome } from '../../contract/errors';

/** An address that the mail server did not take, and whether asking again may help (a 4xx reply). */
export interface RefusedRecipient {
  address: string;
  permanent: boolean;
  /** The server's reply code and words. */
  reason: string;
}

/** What an error of the mail library means; `secret` is the SMTP password, which is cut out should it be echoed. */
export function mailFault(error: unknown, secret: string | undefined): Outcome<never> {
  if (!isMailError(error)) return fault('MAIL_UNAVAILABLE', 'The mail server failed in an unknown way.');
  const reason = withoutSecret(replyOf(error), secret);
  if (isLogin(error))
    return fault('MAIL_LOGIN_REJECTED', `The mail server does not accept the login: ${reason}`);
  if (error.code === 'EENVELOPE' && error.responseCode === undefined) {
    return fault('MAIL_REFUSED', 'The sender or a recipient is not a mail address that SMTP can carry.');
  }
  if (error.permanent === true) return fault('MAIL_REFUSED', `The mail server refuses the mail: ${reason}`);
  return fault('MAIL_UNAVAILABLE', `The mail server did not take the mail: ${reason}`);
}

/**
 * The refused recipients that the mail library lists on a result or on its "all were rejected" error; `secret` is cut out of
 * the server's words.
 */
export function refusedRecipients(
  errors: readonly NodemailerError[] | undefined,
  secret: string | undefined,
): RefusedRecipient[] {
  return (errors ?? []).flatMap((error) =>
    error.recipient === undefined
      ? []
      : [
          {
            address: error.recipient,
            permanent: error.permanent === true,
            reason: withoutSecret(replyOf(error), secret),
          },
        ],
  );
}

/** Narrows what was thrown to the mail library's own kind of error, all of whose additions are optional. */
export function isMailError(error: unknown): error is NodemailerError {
  return error instanceof Error;
}

/** A rejected login is final only if the server says so; 4xx (454, throttling) is worth another try. */
function isLogin(error: NodemailerError): boolean {
  return (error.code === 'EAUTH' && error.permanent !== false) || error.code === 'ENOAUTH';
}

function replyOf(error: NodemailerError): string {
  const reply = error.response ?? error.timeoutType ?? error.originalCode ?? error.code ?? 'no reply';
  return reply.replaceAll(/\s+/g, ' ').slice(0, 300);
}

function withoutSecret(text: string, secret: string | undefined): string {
  return secret === undefined || secret === '' ? text : text.replaceAll(secret, '[redacted]');
}
