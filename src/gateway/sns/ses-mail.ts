import { z } from 'zod';
import { fault, success, type Outcome } from '../../contract/errors';
import { type IncomingMail } from '../../domain/mail-matching';
import { type CheckResult } from '../../domain/sender-checks';
import { mailFromMessage } from '../incoming-mail';
import { jsonOf } from '../json-of';

const verdictSchema = z
  .object({ status: z.string() })
  .optional()
  .transform((verdict): CheckResult => {
    if (verdict?.status === 'PASS') return 'pass';
    // Whatever else it is, e.g. GRAY or PROCESSING_FAILED, it says neither.
    return verdict?.status === 'FAIL' ? 'fail' : 'none';
  });

/**
 * What SES publishes (https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html, read
 * 2026-11-22): only the notification of the SNS action holds the mail.
 */
const receivedSchema = z.object({
  notificationType: z.literal('Received'),
  receipt: z.object({
    spfVerdict: verdictSchema,
    dkimVerdict: verdictSchema,
    dmarcVerdict: verdictSchema,
    spamVerdict: verdictSchema,
    virusVerdict: verdictSchema,
  }),
  mail: z.object({ source: z.string() }),
  content: z.string().optional(),
});
const otherSchema = z.object({ notificationType: z.string().regex(/^(?!Received$)/) });

/** The mail in a notification; nothing where it tells of something else, e.g. that SES may publish to the topic. */
export async function mailOfNotification(
  text: string,
  handedOnAtMs: number,
): Promise<Outcome<IncomingMail | undefined>> {
  const notification = jsonOf(text);
  if (otherSchema.safeParse(notification).success) return success(undefined);
  const received = receivedSchema.safeParse(notification);
  if (!received.success)
    return fault('INPUT_INVALID', 'The message of the topic is no notification of Amazon SES about a mail.');
  const { receipt, mail, content } = received.data;
  if (content === undefined) {
    return fault(
      'HOOK_CONTENT_MISSING',
      'The notification holds no mail. Let the receipt rule publish to the topic by its own action “Publish to Amazon SNS topic”.',
    );
  }
  const message = await mailFromMessage(rawMessage(content));
  if (!message.ok) return message;
  const { spfVerdict: spf, dkimVerdict: dkim, dmarcVerdict: dmarc } = receipt;
  const { spamVerdict: spam, virusVerdict: virus } = receipt;
  const checks = { spf, dkim, dmarc, spam, virus, envelopeFrom: mail.source };
  return success({ ...message.value, checks, handedOnAtMs });
}

/** The rule's action is set to UTF-8 or Base64; a message has a colon in its first header, Base64 has none anywhere. */
function rawMessage(content: string): Buffer {
  return Buffer.from(content, content.includes(':') ? 'utf8' : 'base64');
}
