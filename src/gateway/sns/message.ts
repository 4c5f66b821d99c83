import { z } from 'zod';
import { fault, success, type Outcome } from '../../contract/errors';
import { TOPIC_ARN } from '../../domain/sns-topic';
import { jsonOf } from '../json-of';

const oneLine = z.string().regex(/^[^\r\n]*$/);
const common = {
  MessageId: z.string().regex(/^[\w-]{1,100}$/),
  TopicArn: z.string().regex(TOPIC_ARN),
  Message: z.string(),
  Timestamp: z.iso.datetime(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.base64(),
  SigningCertURL: oneLine,
};
const confirmation = { ...common, SubscribeURL: oneLine, Token: oneLine };
/**
 * What SNS posts (https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html, read 2026-11-22). Everything
 * but the message itself is one line, so that the signed string can be split in one way only.
 */
const messageSchema = z.discriminatedUnion('Type', [
  z.object({ Type: z.literal('Notification'), ...common, Subject: oneLine.nullish() }),
  z.object({ Type: z.literal('SubscriptionConfirmation'), ...confirmation }),
  z.object({ Type: z.literal('UnsubscribeConfirmation'), ...confirmation }),
]);

/** A message of SNS whose form is right; nothing of it is proven yet. */
export type SnsMessage = z.infer<typeof messageSchema>;

/** Reads what was posted. */
export function parseSnsMessage(body: string): Outcome<SnsMessage> {
  const message = messageSchema.safeParse(jsonOf(body));
  if (message.success) return success(message.data);
  const fields = message.error.issues.map(({ path }) => path.join('.') || 'body');
  return fault(
    'INPUT_INVALID',
    `The body has to be a message of Amazon SNS; if it comes from SNS, turn raw message delivery off. Wrong or missing: ${fields.join(', ')}.`,
  );
}

/**
 * The string that SNS signs: names and values of these fields in the order of their names, a line each
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html, read 2026-11-22).
 */
export function signedString(message: SnsMessage): string {
  const { Type, Message, MessageId, Timestamp, TopicArn } = message;
  const fields: [string, string][] =
    message.Type === 'Notification'
      ? [
          ['Message', Message],
          ['MessageId', MessageId],
          ...(typeof message.Subject === 'string' ? [['Subject', message.Subject] as [string, string]] : []),
          ['Timestamp', Timestamp],
          ['TopicArn', TopicArn],
          ['Type', Type],
        ]
      : [
          ['Message', Message],
          ['MessageId', MessageId],
          ['SubscribeURL', message.SubscribeURL],
          ['Timestamp', Timestamp],
          ['Token', message.Token],
          ['TopicArn', TopicArn],
          ['Type', Type],
        ];
  return fields.map(([name, value]) => `${name}\n${value}\n`).join('');
}
