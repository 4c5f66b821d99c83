import { entry, type ErrorEntry } from './entry';

/** What goes wrong at the gateway’s doors: links, mail hooks, the HTTP API, the capture of events. */
export const DOOR_ERRORS = {
  LINK_INVALID: entry(
    'person',
    false,
    'The confirmation link was altered or belongs to another deployment. Use the link of the latest mail.',
  ),
  LINK_EXPIRED: entry(
    'person',
    false,
    'The confirmation link has expired. A link lives as long as its run waits, so that run has ended unconfirmed; the data stands. Start a new run to be asked again.',
  ),
  HOOK_UNAUTHORIZED: entry('credentialOwner', false, 'The hook was called without its token.'),
  HOOK_OFF: entry(
    'settingsOwner',
    false,
    'This mail hook is not configured on the gateway. Its operator has to set the variable that the message names and start the gateway again; what the provider still retries comes in then.',
  ),
  HOOK_SIGNATURE_INVALID: entry(
    'credentialOwner',
    false,
    'The signature of a mail hook’s call does not fit. A stranger called, or the signing key of the gateway (BRAZIER_MAILGUN_SIGNING_KEY) is not the provider’s present one. Nothing was confirmed.',
  ),
  HOOK_EXPIRED: entry(
    'settingsOwner',
    false,
    'The call of a mail hook was signed too long ago, or in the future. Nothing was confirmed. If fresh mails meet this, set the gateway’s clock; otherwise somebody sent an old call again.',
  ),
  HOOK_TOPIC_UNKNOWN: entry(
    'settingsOwner',
    false,
    'The SNS topic is not among BRAZIER_SNS_TOPIC_ARNS. Add it there if it is yours, and start the gateway again.',
  ),
  HOOK_CERTIFICATE_INVALID: entry(
    'settingsOwner',
    false,
    'The SNS message names a signing certificate that is not at the topic’s own SNS host, is out of date, or is no RSA certificate. Nothing was confirmed. Look at the gateway’s clock; a stranger may have called.',
  ),
  HOOK_PROVIDER_UNAVAILABLE: entry(
    'wait',
    true,
    'SNS did not give its signing certificate or did not take the confirmation of the subscription. SNS delivers again by itself; if it stays so, let the gateway reach https://sns.<region>.amazonaws.com.',
  ),
  HOOK_CONTENT_MISSING: entry(
    'settingsOwner',
    false,
    'The notification of Amazon SES holds no mail, only news of one. Use the receipt rule’s action “Publish to Amazon SNS topic”; the notification of an S3 or another action never carries the mail.',
  ),
  API_OFF: entry(
    'settingsOwner',
    false,
    'The gateway has no API keys, so its HTTP API answers nobody. Its operator turns it on by BRAZIER_API_KEYS.',
  ),
  API_UNAUTHORIZED: entry(
    'credentialOwner',
    false,
    'The HTTP API was called without one of its keys. Send Authorization: Bearer and the key that the operator gave you.',
  ),
  API_FORBIDDEN: entry(
    'credentialOwner',
    false,
    'The API key is not allowed to do this; the message names the permission. Use another key, or have it added in BRAZIER_API_KEYS.',
  ),
  IDEMPOTENCY_KEY_REUSED: entry(
    'settingsOwner',
    false,
    'The Idempotency-Key was used before for another request, so nothing was started. Use a fresh key for each activation you mean.',
  ),
  DECISION_REFUSED: entry(
    'person',
    false,
    'The run does not take this now: it is in another phase, has another plan, or was decided already; the message says which. Look at the run before you decide.',
  ),
  RUN_ENDED: entry(
    'person',
    false,
    'The run has ended, so nothing can be asked of it any more. Its result says how it ended.',
  ),
  RUN_NOT_FOUND: entry('settingsOwner', false, 'No run of that id exists in this Temporal namespace.'),
  CAPTURE_OFF: entry(
    'settingsOwner',
    false,
    'The gateway knows no sources of events, so it captures nothing. Its operator turns that on by BRAZIER_EVENT_SOURCES, and starts it again.',
  ),
  CAPTURE_UNAUTHORIZED: entry(
    'credentialOwner',
    false,
    'Events were posted without the key of a source. Send Authorization: Bearer and the key that the operator gave you.',
  ),
  CAPTURE_FORBIDDEN: entry(
    'credentialOwner',
    false,
    'The key belongs to a source of another integration; the message names both. Post to that integration, or use another key.',
  ),
} as const satisfies Record<string, ErrorEntry>;
