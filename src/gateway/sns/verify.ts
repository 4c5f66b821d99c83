import { verify } from 'node:crypto';
import { fault, success, type Outcome } from '../../contract/errors';
import { type SnsCertificates } from './certificates';
import { signedString, type SnsMessage } from './message';

/** A clock may be wrong by that much. */
const MAX_AHEAD_MS = 5 * 60_000;
/**
 * The timestamp is the time of publishing, and SNS tries for an hour at most
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html, read 2026-11-22); the rest is slack.
 */
const MAX_AGE_MS = 75 * 60_000;

/** Which messages a gateway takes. */
export interface SnsTrust {
  topicArns: readonly string[];
  certificates: SnsCertificates;
  now: () => number;
}

/**
 * Proves that a message comes from SNS, for one of our topics, and lately; answers when it was published. What needs no
 * request is looked at first. Version 1, a topic's default, signs a SHA-1; a topic can be set to 2.
 */
export async function verifySnsMessage(message: SnsMessage, trust: SnsTrust): Promise<Outcome<number>> {
  const { TopicArn, Timestamp, Signature, SignatureVersion } = message;
  if (!trust.topicArns.includes(TopicArn))
    return fault('HOOK_TOPIC_UNKNOWN', `The topic ${TopicArn} is not among BRAZIER_SNS_TOPIC_ARNS.`);
  const publishedAtMs = Date.parse(Timestamp);
  const ageMs = trust.now() - publishedAtMs;
  if (ageMs > MAX_AGE_MS || ageMs < -MAX_AHEAD_MS)
    return fault('HOOK_EXPIRED', 'The message was published more than 75 minutes ago, or in the future.');
  const key = await trust.certificates.keyOf(message);
  if (!key.ok) return key;
  const digest = SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1';
  const isSigned = verify(
    digest,
    Buffer.from(signedString(message)),
    key.value,
    Buffer.from(Signature, 'base64'),
  );
  return isSigned
    ? success(publishedAtMs)
    : fault('HOOK_SIGNATURE_INVALID', 'The signature does not fit the message and its certificate.');
}
