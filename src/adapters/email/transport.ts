import { createTransport } from 'nodemailer';
import addressparser from 'nodemailer/lib/addressparser';
import { success, type Outcome } from '../../contract/errors';
import { canonicalAddress, screened } from './recipients';
import { isMailError, mailFault, refusedRecipients, type RefusedRecipient } from './smtp-faults';

/** One mail, ready to be sent. */
export interface OutgoingMail {
  messageId: string;
  /** Addresses of the To header. */
  to: readonly string[];
  /** Those of them that still have to get it, where an earlier attempt reached the others. */
  deliverTo?: readonly string[] | undefined;
  subject: string;
  text: string;
  html: string;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** What the mail server took. */
export interface MailReceipt {
  accepted: string[];
  refused: RefusedRecipient[];
}

/** Sends mail through one SMTP server. */
export interface MailTransport {
  /** Domain of the sender's address; Message-IDs end in it. */
  readonly domain: string;
  /** Refused recipients are part of the receipt, even if all were; a fault is about the server or the mail itself. */
  send(mail: OutgoingMail): Promise<Outcome<MailReceipt>>;
  /** Connects and logs in without sending anything. */
  verify(): Promise<Outcome<void>>;
  close(): void;
}

/** Where mail goes and whom it is from. */
export interface MailTransportOptions {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  url: string;
  from: string;
  timeouts?: Partial<MailTimeouts>;
}

/** Bounds of one conversation with the mail server. */
export interface MailTimeouts {
  connectMs: number;
  /** Silence of the server in the middle of a conversation. */
  idleMs: number;
  /** All of one mail; an activity can rely on this bound. */
  totalMs: number;
}

/** Minutes would only hold up a worker's slot: the activity is tried again anyway. */
const DEFAULT_TIMEOUTS: MailTimeouts = { connectMs: 10_000, idleMs: 20_000, totalMs: 45_000 };

/** The sender address in the configuration has no domain. */
export class SenderAddressError extends Error {
  override readonly name = 'SenderAddressError';
  constructor() {
    super('the sender of mails has to be one mail address, such as "Brazier <brazier@example.com>"');
  }
}

/** Makes a transport; it connects anew for each mail, so nothing idles between the few mails of a run. */
export function createMailTransport(options: MailTransportOptions): MailTransport {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const sender = senderOf(options.from);
  const secret = passwordOf(options.url);
  const smtp = createTransport({
    url: options.url,
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.connectMs,
    dnsTimeout: timeouts.connectMs,
    socketTimeout: timeouts.idleMs,
    // Mail is built from text alone; neither files nor URLs may get into it by way of a crafted name.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    domain: sender.domain,
    send: async (mail) => {
      const { sendable, refused } = screened(mail.deliverTo ?? mail.to);
      if (sendable.length === 0) return success({ accepted: [], refused });
      try {
        const info = await smtp.sendMail({
          ...{ messageId: mail.messageId, from: options.from, subject: mail.subject },
          ...{
            to: screened(mail.to).sendable,
            text: mail.text,
            html: mail.html,
            headers: { ...mail.headers },
          },
          envelope: { from: sender.address, to: sendable },
          signal: AbortSignal.timeout(timeouts.totalMs),
        });
        return success(receiptOf(sendable, refused, refusedRecipients(info.rejectedErrors, secret)));
      } catch (error) {
        // Every recipient refused is an answer about the recipients, not a failure of the server.
        const refusals = isMailError(error) ? refusedRecipients(error.rejectedErrors, secret) : [];
        return refusals.length > 0
          ? success(receiptOf(sendable, refused, refusals))
          : mailFault(error, secret);
      }
    },
    verify: async () => {
      try {
        await smtp.verify();
        return success(undefined);
      } catch (error) {
        return mailFault(error, secret);
      }
    },
    close: () => smtp.close(),
  };
}

/** Speaks of recipients as the caller does, whatever spelling the server's refusals use. */
function receiptOf(
  sendable: readonly string[],
  screenedOut: readonly RefusedRecipient[],
  refusals: readonly RefusedRecipient[],
): MailReceipt {
  const byAddress = new Map(refusals.map((refusal) => [canonicalAddress(refusal.address), refusal]));
  const refused = sendable.flatMap((address) => {
    const refusal = byAddress.get(canonicalAddress(address));
    return refusal === undefined ? [] : [{ ...refusal, address }];
  });
  const accepted = sendable.filter((address) => !byAddress.has(canonicalAddress(address)));
  return { accepted, refused: [...screenedOut, ...refused] };
}

function senderOf(from: string): { address: string; domain: string } {
  const [sender, ...others] = addressparser(from, { flatten: true });
  const [, domain] = /^[^@\s]+@([a-z0-9.-]+)$/i.exec(sender?.address ?? '') ?? [];
  if (sender?.address === undefined || domain === undefined || others.length > 0)
    throw new SenderAddressError();
  return { address: sender.address, domain: domain.toLowerCase() };
}

function passwordOf(url: string): string | undefined {
  return URL.canParse(url) ? decodeURIComponent(new URL(url).password) : undefined;
}
