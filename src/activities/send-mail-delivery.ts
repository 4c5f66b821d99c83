import { activityInfo, heartbeat } from '@temporalio/activity';
import { z } from 'zod';
import { type MailTemplates, type RunMail } from '../adapters/email/templates';
import { type MailReceipt, type MailTransport, type OutgoingMail } from '../adapters/email/transport';
import { type Fault } from '../contract/errors';
import { OWN_MAIL_HEADER } from '../domain/automatic-mail';
import { mailMessageId, type MailKind } from '../domain/run-token';
import { throwFault, valueOf } from './failure';

/** One mail of a run and who gets it. */
export interface RunMailing {
  kind: MailKind;
  runToken: string;
  /** What tells it from other mails of that kind in the same run. */
  part?: string | undefined;
  to: readonly string[];
  content: RunMail;
}

/** What was sent: Message-IDs, and how many addresses the mail server refused for good. */
export interface SendMailResult {
  sent: string[];
  refusedRecipients: number;
}

/** Which recipients are settled, as `mail.recipient` positions: addresses have no place in a heartbeat. */
const progressSchema = z.object({ accepted: z.array(z.string()), refused: z.array(z.string()) });
type Progress = z.infer<typeof progressSchema>;

interface Recipient {
  address: string;
  position: string;
}

/**
 * Sends the mails one after the other and remembers in the heartbeat whom they reached, so that a retry does not
 * write again to those who have it. Ends as a retryable failure while the server wants some recipient tried later.
 */
export async function deliver(
  { transport, templates }: { transport: MailTransport; templates: MailTemplates },
  mailings: readonly RunMailing[],
): Promise<SendMailResult> {
  const progress = readProgress();
  const deferred: Fault[] = [];
  const faults: Fault[] = [];
  for (const [index, mailing] of mailings.entries()) {
    const pending = pendingRecipients(mailing, index, progress);
    if (pending.length === 0) continue;
    const mail = {
      ...mailOf(mailing, transport, templates),
      deliverTo: pending.map(({ address }) => address),
    };
    const outcome = await transport.send(mail);
    if (!outcome.ok && outcome.fault.code === 'MAIL_REFUSED') {
      // One mail that the server can't take must not keep the others from their readers.
      faults.push(outcome.fault);
      progress.refused.push(...pending.map(({ position }) => position));
    } else {
      deferred.push(...settle(progress, pending, valueOf(outcome)));
    }
    heartbeat(progress);
  }
  const [later] = deferred;
  if (later !== undefined) throwFault(later);
  const [refusal] = faults;
  if (refusal !== undefined && progress.accepted.length === 0) throwFault(refusal);
  const sent = mailings.filter((_mailing, index) =>
    progress.accepted.some((position) => position.startsWith(`${index}.`)),
  );
  return {
    sent: sent.map((mailing) => messageId(mailing, transport)),
    refusedRecipients: progress.refused.length,
  };
}

/** Whom no attempt has settled yet. */
function pendingRecipients(mailing: RunMailing, index: number, { accepted, refused }: Progress): Recipient[] {
  const settled = new Set([...accepted, ...refused]);
  const recipients = mailing.to.map((address, place) => ({ address, position: `${index}.${place}` }));
  return recipients.filter(({ position }) => !settled.has(position));
}

/** Notes what became of each recipient; answers with those that the server wants tried later. */
function settle(progress: Progress, pending: readonly Recipient[], receipt: MailReceipt): Fault[] {
  return pending.flatMap(({ address, position }) => {
    const refusal = receipt.refused.find((one) => one.address === address);
    if (refusal === undefined) progress.accepted.push(position);
    else if (refusal.permanent) progress.refused.push(position);
    else
      return [
        {
          code: 'MAIL_UNAVAILABLE' as const,
          message: `The mail server asks to try later: ${refusal.reason}`,
        },
      ];
    return [];
  });
}

function mailOf(mailing: RunMailing, transport: MailTransport, templates: MailTemplates): OutgoingMail {
  const id = messageId(mailing, transport);
  return {
    ...templates(mailing.content),
    messageId: id,
    to: mailing.to,
    headers: {
      // Keeps mailboxes from answering by themselves, and lets the inbound hook know its own mails.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      // Some servers replace the Message-ID on the way; this copy of it stays.
      [OWN_MAIL_HEADER]: id,
    },
  };
}

function messageId({ kind, runToken, part }: RunMailing, transport: MailTransport): string {
  return mailMessageId(kind, runToken, transport.domain, part);
}

function readProgress(): Progress {
  const details: unknown = activityInfo().heartbeatDetails;
  const progress = progressSchema.safeParse(details);
  return progress.success ? progress.data : { accepted: [], refused: [] };
}
