import { z } from 'zod';
import { fault, success, type Outcome } from '../../contract/errors';
import { type IncomingMail } from '../../domain/mail-matching';
import { type CheckResult, type ProviderChecks } from '../../domain/sender-checks';
import { mailFromHeaders, mailFromMessage } from '../incoming-mail';
import { jsonOf } from '../json-of';

const headersSchema = z.array(z.tuple([z.string(), z.string()])).max(1000);

/**
 * The mail of a delivery, from its raw form (`body-mime`, posted where the route's address ends in `mime`) or from the
 * parsed fields (https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http, read
 * 2026-11-22). Of the parsed texts the one without quoted parts is taken: what somebody answers to may carry a token.
 */
export async function mailOfDelivery(
  fields: ReadonlyMap<string, string>,
  options: { handedOnAtMs: number; trustChecks: boolean },
): Promise<Outcome<IncomingMail>> {
  const raw = fields.get('body-mime');
  const mail = raw === undefined ? parsedMail(fields) : await mailFromMessage(Buffer.from(raw));
  if (!mail.ok) return mail;
  const checks = checksOf(mail.value, fields.get('sender') ?? '', options.trustChecks);
  return success({ ...mail.value, checks, handedOnAtMs: options.handedOnAtMs });
}

function parsedMail(fields: ReadonlyMap<string, string>): Outcome<IncomingMail> {
  const headers = headersSchema.safeParse(jsonOf(fields.get('message-headers') ?? ''));
  // Without them an absence notice can't be told from a person's answer.
  if (!headers.success)
    return fault('INPUT_INVALID', 'The field message-headers has to be a JSON list of pairs of strings.');
  const stripped = fields.get('stripped-text') ?? '';
  return mailFromHeaders(headers.data, {
    subject: fields.get('subject') ?? '',
    text: stripped === '' ? (fields.get('body-plain') ?? '') : stripped,
  });
}

/**
 * Mailgun writes its checks into headers of the mail, once the domain's spam filter is set to mark mails
 * (https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/spam-filter, read 2026-11-22). It is
 * off by default, and then such headers can only be the sender's own: they count where the operator says that it is on.
 * What stands there twice was forged once. A DKIM pass may be forged where the mail is not signed, and counts for nothing.
 */
function checksOf(mail: IncomingMail, envelopeFrom: string, trusted: boolean): ProviderChecks {
  const spam = valuesOf(mail, 'x-mailgun-sflag').includes('yes') ? 'fail' : 'none';
  const spf = trusted ? verdict(valuesOf(mail, 'x-mailgun-spf')) : 'none';
  const dkim = trusted ? verdict(valuesOf(mail, 'x-mailgun-dkim-check-result')) : 'none';
  return { spf, dkim, dmarc: 'none', spam, virus: 'none', envelopeFrom };
}

function verdict(values: readonly string[]): CheckResult {
  if (values.length > 1 || values.includes('fail') || values.includes('softfail')) return 'fail';
  return values.includes('pass') ? 'pass' : 'none';
}

function valuesOf(mail: IncomingMail, name: string): string[] {
  return (mail.headers[name] ?? []).map((value) => value.trim().toLowerCase());
}
