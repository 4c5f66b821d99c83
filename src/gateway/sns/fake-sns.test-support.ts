import { createSign } from 'node:crypto';
import { fault, success } from '../../contract/errors';
import { type FetchText } from './certificates';
import { parseSnsMessage, signedString } from './message';
import { selfSigned, type SelfSigned } from './self-signed.test-support';

/** A topic, and where its messages' certificate lies. */
export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:incoming-mails';
export const CERTIFICATE_URL = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c.pem';

/** In SNS's place: signs messages, and answers for the certificate and for subscriptions. */
export interface FakeSns {
  fetchText: FetchText;
  /** Every address that was asked for. */
  asked: string[];
  /** What lies at which address besides the certificate; anything else is not there. */
  answers: Map<string, string>;
  /** A whole message with its signature; `over` is part of what is signed. */
  message(over?: Record<string, string>, signer?: SelfSigned): Record<string, string>;
}

/** Starts with a certificate that is valid for a year around `nowMs`. */
export function createFakeSns(now: () => number): FakeSns {
  const halfYearMs = 182 * 24 * 3_600_000;
  let made: SelfSigned | undefined;
  // Only once it is needed: a key takes a while to make.
  const own = () =>
    (made ??= selfSigned({ from: new Date(now() - halfYearMs), to: new Date(now() + halfYearMs) }));
  const asked: string[] = [];
  const answers = new Map<string, string>();
  return {
    asked,
    answers,
    fetchText: (url) => {
      asked.push(url.href);
      const text = answers.get(url.href) ?? (url.href === CERTIFICATE_URL ? own().pem : undefined);
      const away = fault('HOOK_PROVIDER_UNAVAILABLE', 'Nothing lies there.');
      return Promise.resolve(text === undefined ? away : success(text));
    },
    message: (over = {}, signer = own()) => {
      const fields = {
        Type: 'Notification',
        MessageId: '7e0b5d0c-1111-4222-8333-444455556666',
        TopicArn: TOPIC,
        Message: '{}',
        Timestamp: new Date(now()).toISOString(),
        SignatureVersion: '2',
        Signature: 'AAAA',
        SigningCertURL: CERTIFICATE_URL,
        ...over,
      };
      const parsed = parseSnsMessage(JSON.stringify(fields));
      if (!parsed.ok) return fields;
      const digest = fields.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
      const Signature = createSign(digest)
        .update(signedString(parsed.value))
        .sign(signer.privateKey, 'base64');
      return { ...fields, Signature };
    },
  };
}

/** What SES publishes of a mail, and whether its checks passed. */
export function sesNotification(
  content: string | undefined,
  over: { receipt?: object; source?: string; notificationType?: string } = {},
): string {
  const pass = { status: 'PASS' };
  return JSON.stringify({
    notificationType: over.notificationType ?? 'Received',
    receipt: {
      ...{ spfVerdict: pass, dkimVerdict: pass, dmarcVerdict: pass, spamVerdict: pass, virusVerdict: pass },
      ...over.receipt,
      action: { type: 'SNS', topicArn: TOPIC },
    },
    mail: { source: over.source ?? 'bounces@platform.example.com', messageId: 'm1', destination: [] },
    content,
  });
}
