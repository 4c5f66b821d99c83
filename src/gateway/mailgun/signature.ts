import { createHmac, timingSafeEqual } from 'node:crypto';
import { fault, success, type Outcome } from '../../contract/errors';

/** The three fields by which Mailgun proves a delivery. */
export interface MailgunProof {
  timestamp: string;
  token: string;
  signature: string;
}

/** A clock may be wrong by that much. */
const MAX_AHEAD_MS = 5 * 60_000;
/**
 * Mailgun tries for 8 hours (10, 15, 30 minutes, 1, 2, 4 hours apart:
 * https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http, read 2026-11-22). It does
 * not say whether a retry is signed anew; reports of receivers say that it keeps the first signature
 * (https://github.com/beyondcode/laravel-mailbox/issues/93, https://github.com/PostHog/posthog/pull/103057, read 2026-11-22).
 * A window of minutes would lose every mail that arrives while a gateway is down, so it spans the retries and some slack.
 */
const MAX_AGE_MS = 8.5 * 60 * 60_000;

/**
 * Checks a delivery's signature, which is a hex HMAC-SHA256 over timestamp and token, one right after the other
 * (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks, read 2026-11-22), and its age.
 * The lengths are fixed there too: without that, digits could move from one field to the other under the same signature.
 * Answers when it was signed.
 */
export function verifyMailgun(proof: MailgunProof, signingKey: string, nowMs: number): Outcome<number> {
  const { timestamp, token, signature } = proof;
  const expected = createHmac('sha256', signingKey).update(`${timestamp}${token}`).digest();
  const given = Buffer.from(/^[0-9a-f]{64}$/i.test(signature) ? signature : '', 'hex');
  const isShaped = /^\d{10}$/.test(timestamp) && token.length === 50;
  if (!isShaped || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return fault(
      'HOOK_SIGNATURE_INVALID',
      'The signature does not fit timestamp and token under BRAZIER_MAILGUN_SIGNING_KEY.',
    );
  }
  const signedAtMs = Number(timestamp) * 1000;
  const ageMs = nowMs - signedAtMs;
  if (ageMs > MAX_AGE_MS || ageMs < -MAX_AHEAD_MS)
    return fault('HOOK_EXPIRED', 'The delivery was signed more than 8.5 hours ago, or in the future.');
  return success(signedAtMs);
}
