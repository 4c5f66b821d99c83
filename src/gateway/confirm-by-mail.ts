import { createHash } from 'node:crypto';
import { success, type Outcome } from '../contract/errors';
import { type ConfirmationResult } from '../contract/run';
import { matchMail, type IncomingMail, type MailMismatch } from '../domain/mail-matching';
import { type ConfirmationRuns } from './runs';

/** What a mail hook answers. */
export interface MailHookAnswer {
  matched: boolean;
  /** The run that the mail confirmed, or had already been answered. */
  workflowId?: string;
  confirmation?: ConfirmationResult;
  /** One sentence. */
  reason: string;
}

const MISMATCHES: Record<MailMismatch, string> = {
  automaticMail:
    'The mail was written by a machine (absence notice, bounce, or notice that only quotes a token).',
  unsafeMail: 'The provider holds the mail for spam or infected.',
  nothingWaits: 'No run waits for a confirmation mail.',
  olderThanRun: 'Every run that waits began after this mail was handed on.',
  tokenNotWaiting: 'The mail carries a run token, but no run with that token waits.',
  senderNotAllowed: 'No waiting run allows this sender, and the mail carries no run token.',
  senderFailed: 'The sender is allowed, but the provider reports that SPF, DKIM or DMARC failed.',
  senderUnproven:
    'The sender is allowed, but the provider reports neither a DMARC pass nor an SPF pass for the sender’s domain; use the run token.',
  audienceNotNamed: 'The sender is allowed, but the mail names no waiting audience.',
  ambiguous: 'The mail fits several waiting runs; use a run token.',
};

/**
 * Confirms the run that a mail is about. A mail that fits no run is a good answer, since sending it again would not help;
 * a mail that comes twice before its run goes on gets the first answer back, and later fits no run any more.
 */
export async function confirmByMail(
  mail: IncomingMail,
  runs: ConfirmationRuns,
  updateId?: string,
): Promise<Outcome<MailHookAnswer>> {
  const waiting = await runs.waitingForMail();
  if (!waiting.ok) return waiting;
  const match = matchMail(mail, waiting.value);
  if (!match.matched) return success({ matched: false, reason: MISMATCHES[match.reason] });
  const { workflowId, runId } = match.run;
  const by = mail.from === '' ? 'unknown sender' : mail.from;
  const result = await runs.confirm(workflowId, runId, { by, via: 'mail' }, updateId);
  if (!result.ok) return result;
  const reason =
    match.by === 'token' ? 'The mail carries the run token.' : 'An allowed sender names the audience.';
  return success({ matched: true, workflowId, confirmation: result.value, reason });
}

/**
 * Id of the Update that one delivery makes: whichever gateway gets it again, Temporal knows it. Hashed, since histories
 * keep it and a provider's token is its own secret.
 */
export function updateIdOf(provider: 'mailgun' | 'sns', deliveryId: string): string {
  return `mail-${createHash('sha256').update(`${provider}\n${deliveryId}`).digest('hex').slice(0, 32)}`;
}
