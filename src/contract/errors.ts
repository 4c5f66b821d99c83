import { type Actor } from './integration';

/** One entry of the error catalog. */
export interface ErrorEntry {
  actor: Actor;
  retryable: boolean;
  /** What it means and what to do, for people. */
  help: string;
}

const entry = (actor: Actor, retryable: boolean, help: string): ErrorEntry => ({ actor, retryable, help });

/**
 * Every failure that Brazier tells anyone about. The codes are public API: retry policies, scripts and alerts match on
 * them, so a code is never renamed or reused. `docs/errors.md` is generated from this table.
 */
export const ERROR_CATALOG = {
  INPUT_INVALID: entry(
    'settingsOwner',
    false,
    'A field of the input is missing or wrong; the message names it. Correct it and start again.',
  ),
  SECRET_LITERAL: entry(
    'credentialOwner',
    false,
    'The input holds a secret itself where only a reference (`env:NAME`, `file:/path`) may stand. Use a reference. Whatever was started all the same, as from Temporal’s own page, has been kept by Temporal: rotate that secret.',
  ),
  SECRET_NOT_DECLARED: entry(
    'settingsOwner',
    false,
    'The reference is not among those that the operator declared in BRAZIER_SECRETS. Declare it there or use a declared one.',
  ),
  SECRET_UNREADABLE: entry(
    'credentialOwner',
    false,
    'The declared secret is empty or cannot be read on the worker. Provide it to the worker process.',
  ),
  TERMS_NOT_ACCEPTED: entry(
    'person',
    false,
    'The terms were not accepted in their present version (docs/terms.md). Someone entitled to has to accept them by name.',
  ),
  PAYLOAD_SEVERAL_USERS: entry(
    'settingsOwner',
    false,
    'The payload names several people. One call is for one person: give every object the same identifier with the same hole.',
  ),
  EXTERNAL_API_UNKNOWN: entry(
    'settingsOwner',
    false,
    'No External API of that name, or no such version of it, is saved. `brazier external-api list` shows all.',
  ),
  SEGMENT_UNKNOWN: entry(
    'settingsOwner',
    false,
    'The integration has no segment of that name, or no such version of it. `brazier segment list` shows all.',
  ),
  PARAMETER_MISSING: entry(
    'dataOwner',
    false,
    'A required parameter of the External API got no value; the message names it. Give the value, a default, or declare the parameter as not required, which makes a new version.',
  ),
  PARAMETER_INVALID: entry(
    'dataOwner',
    false,
    'A value is not what the parameter of the External API has to be; the message names the parameter. Correct the value, its mapping or the type of the parameter.',
  ),
  CALL_TOO_LARGE: entry(
    'dataOwner',
    false,
    'A call with these values would be larger than 100 KB. Send less: shorter texts, fewer entries.',
  ),
  ACCEPT_ANSWER_ONLY: entry(
    'person',
    false,
    'Nothing of this call can be read back from Braze, so a test can show only that Braze takes it. Somebody has to accept that by name (`acceptAnswerOnly`). Nothing was sent.',
  ),
  TEST_NEEDS_NONCE: entry(
    'person',
    false,
    'The profile holds the test values already, so that seeing them would prove nothing. Give at least one value that it does not hold; the message names where. Nothing was sent.',
  ),
  TEST_PROFILE_AMBIGUOUS: entry(
    'person',
    false,
    'Several profiles answer to the identifier of the test, so that nobody can say which one was written to. Use a test person whom it means alone. Nothing was sent.',
  ),
  EXTERNAL_API_TEST_FAILED: entry(
    'settingsOwner',
    false,
    'Braze refused the test call, or the profile did not show all that it should have written; the message says what. Correct the External API, its values or the workspace and test again.',
  ),
  INTEGRATION_UNKNOWN: entry(
    'settingsOwner',
    false,
    'No integration of that name exists. Run setupIntegration first, or correct the name.',
  ),
  WORKSPACE_TAKEN: entry(
    'settingsOwner',
    false,
    'Another integration already works on this Braze workspace. Use that one: two would overwrite each other.',
  ),
  WORKSPACE_CHANGED: entry(
    'settingsOwner',
    false,
    'The integration already works on another Braze workspace, which its ledgers speak of. Use another integration name for another workspace.',
  ),
  ATTRIBUTE_NOT_DECLARED: entry(
    'settingsOwner',
    false,
    'The custom attribute is not declared on the integration; a typo would create one in Braze. Declare it by running setupIntegration again.',
  ),
  ATTRIBUTE_UNUSABLE: entry(
    'settingsOwner',
    false,
    'The custom attribute exists in Braze but is not an array, or is blocklisted. Choose another or change it in Braze.',
  ),
  ATTRIBUTE_VALUE_LIMIT: entry(
    'settingsOwner',
    false,
    'The attribute already holds as many audience values as it can; one more would silently evict the oldest. Retire an audience or use another attribute.',
  ),
  AUDIENCE_IDENTIFIER_CONFLICT: entry(
    'settingsOwner',
    false,
    'The same value on the same attribute already belongs to an audience with another identifier kind. Use that kind or another name.',
  ),
  AUDIENCE_BUSY: entry(
    'wait',
    false,
    'A run of this audience is under way; the message names it and its phase. Wait for it or cancel it.',
  ),
  GENERATION_CLOSED: entry(
    'us',
    false,
    'A later run of the audience has begun; this one may no longer write. Start a new run.',
  ),
  HOST_NOT_ALLOWED: entry(
    'settingsOwner',
    false,
    'The host is neither one of Braze’s nor among those the operator allows, so no secret is sent to it. Correct it, or have it allowed.',
  ),
  BRAZE_ENDPOINT_INVALID: entry(
    'settingsOwner',
    false,
    'The REST endpoint does not answer as Braze does. Compare it with Settings > APIs and Identifiers in Braze.',
  ),
  BRAZE_KEY_REJECTED: entry(
    'credentialOwner',
    false,
    'Braze does not accept the REST key (or it belongs to another cluster). Provide a valid key for this endpoint.',
  ),
  BRAZE_PERMISSION_MISSING: entry(
    'credentialOwner',
    false,
    'The REST key lacks a permission; the message names it. Scopes are fixed when a key is made: make a new one and rotate.',
  ),
  BRAZE_BATCH_TOO_LARGE: entry(
    'settingsOwner',
    false,
    'Braze takes fewer objects per request than the integration is set to. Lower braze.objectsPerRequest.',
  ),
  BRAZE_REQUEST_REFUSED: entry(
    'us',
    false,
    'Braze refused a whole request for a reason that is not about its members. Nothing of it was applied.',
  ),
  BRAZE_RATE_LIMITED: entry(
    'wait',
    true,
    'Braze asked for a pause; it is kept and the work goes on by itself.',
  ),
  BRAZE_UNAVAILABLE: entry(
    'wait',
    true,
    'Braze does not answer, or answers with 5xx. It is tried again until the deadline.',
  ),
  SEGMENT_NOT_FOUND: entry(
    'settingsOwner',
    false,
    'The export segment does not exist in this workspace. Copy its API identifier from Braze.',
  ),
  S3_ACCESS_DENIED: entry(
    'credentialOwner',
    false,
    'S3 refuses these credentials for that bucket or action; the message names both.',
  ),
  S3_CREDENTIALS_UNAVAILABLE: entry(
    'credentialOwner',
    true,
    'The worker’s own S3 credentials (role, profile) cannot be had or have expired. It is tried again; if it stays so, look at the role.',
  ),
  S3_BUCKET_NOT_FOUND: entry(
    'settingsOwner',
    false,
    'The bucket does not exist at that endpoint and region.',
  ),
  S3_UNAVAILABLE: entry('wait', true, 'S3 does not answer. It is tried again.'),
  STATE_CORRUPT: entry(
    'us',
    false,
    'An object in the state bucket is missing or differs from its checksum. Restore it; nothing was sent.',
  ),
  SOURCE_NOT_FOUND: entry(
    'dataOwner',
    false,
    'Nothing lies at the source key or prefix, or its manifest is not there. Nothing was changed.',
  ),
  SOURCE_COLUMN_MISSING: entry(
    'dataOwner',
    false,
    'A column that the input names, as that of the identifier, is not in the source, or more than once; the message names columns that may be meant. Correct the input or the file; nothing was changed.',
  ),
  SOURCE_UNREADABLE: entry(
    'dataOwner',
    false,
    'The source is not what its format says; the message says where. Nothing was changed.',
  ),
  SOURCE_INCOMPLETE: entry(
    'dataOwner',
    false,
    'The source ends early (cut compression or Parquet, missing rows), or is not what its manifest lists. Upload it again; nothing was changed.',
  ),
  SOURCE_NOT_QUIET: entry(
    'wait',
    true,
    'Something under the prefix changed a moment ago, so it may still be written. It is looked at again until it has been quiet for source.quietSeconds, or `_SUCCESS` lies there.',
  ),
  SOURCE_CHANGED: entry(
    'dataOwner',
    false,
    'The source was replaced or extended while it was read. Start again once it is still; nothing was changed.',
  ),
  SOURCE_NOT_REFRESHED: entry(
    'dataOwner',
    false,
    'The source is the very one that the last whole run was made from, so there was nothing to do (`skipUnchanged`). If a new file was due, look at what should have written it.',
  ),
  SCHEDULE_EXISTS: entry(
    'settingsOwner',
    false,
    'The audience has a schedule already. Look at it with `brazier schedule show`, or replace it with `--replace`.',
  ),
  SCHEDULE_NOT_FOUND: entry(
    'settingsOwner',
    false,
    'No schedule of that id, or of that audience, activates an audience in this Temporal namespace. `brazier schedule list` shows all.',
  ),
  REFRESH_LATE: entry(
    'person',
    false,
    'A scheduled refresh has not started, or not brought its data to Braze, within the schedule’s `lateAfterSeconds`. Look whether workers run, then at the run that the mail names.',
  ),
  REFRESH_MISSED: entry(
    'person',
    false,
    'A refresh was left out: Temporal was away for longer than the catch-up window, or an earlier run was still under way. The next one brings the audience up to date; `brazier schedule backfill` makes up for one that has to be had.',
  ),
  APPROVAL_REJECTED: entry('person', false, 'A person rejected the plan. Nothing was sent.'),
  APPROVAL_TIMED_OUT: entry(
    'person',
    false,
    'Nobody approved the plan in time, which counts as a no. Nothing was sent.',
  ),
  PAUSE_TIMED_OUT: entry(
    'person',
    false,
    'The run was paused and nobody resumed it in time. What was sent is settled and committed; start a new run for the rest.',
  ),
  CONFIRMATION_TIMED_OUT: entry(
    'person',
    false,
    'The confirmation did not arrive in time. The data stands; the outcome says unconfirmed.',
  ),
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
  MAIL_UNAVAILABLE: entry(
    'wait',
    true,
    'The mail server does not take the message. It is tried again; data is not affected.',
  ),
  MAIL_LOGIN_REJECTED: entry(
    'credentialOwner',
    false,
    'The mail server does not accept the login in BRAZIER_SMTP_URL. Provide a valid one; data is not affected.',
  ),
  MAIL_REFUSED: entry(
    'settingsOwner',
    false,
    'The mail server refuses the message for good: its sender (BRAZIER_MAIL_FROM), its recipients or its content. Data is not affected.',
  ),
  RUN_TERMINATED: entry(
    'person',
    false,
    'Somebody ended the run from outside while it held the audience. Nothing is lost: start a new run, which first finds out what the ended one has done.',
  ),
  RUN_NOT_FOUND: entry('settingsOwner', false, 'No run of that id exists in this Temporal namespace.'),
  TEMPORAL_UNAVAILABLE: entry('wait', true, 'The Temporal server does not answer at the configured address.'),
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
  EVENTS_REFUSED: entry(
    'dataOwner',
    false,
    'Not one event of the request can be captured; for each the answer says why. Correct them and post them again, under the same ids or others.',
  ),
  PROFILE_UNKNOWN: entry(
    'dataOwner',
    false,
    'No profile of the integration has that identifier. E-mail addresses are compared in lower case, everything else as written; a profile is there as soon as an event or an import has brought it.',
  ),
  BACKLOG_FULL: entry(
    'wait',
    true,
    'So many events wait to be worked off that no more are taken for now (BRAZIER_MAX_BACKLOG). Post them again after the time that Retry-After names; if it stays so, look at the workers and at what Braze answers them.',
  ),
  STREAM_NOT_FOUND: entry(
    'settingsOwner',
    false,
    'The integration has no stream yet: it is made by the first event that is captured, or by the first engagement that is activated.',
  ),
  STREAM_LAYOUT_BUSY: entry(
    'wait',
    true,
    'The number of a stream’s shards was changed, and those of the earlier division still have work to finish. It goes on by itself.',
  ),
  STREAM_NOT_CONFIGURED: entry(
    'settingsOwner',
    false,
    'Events, External APIs and engagements need a PostgreSQL database, and this deployment names none. Its operator sets BRAZIER_DATABASE_URL on workers and gateways and starts them again.',
  ),
  DATABASE_UNAVAILABLE: entry(
    'wait',
    true,
    'The PostgreSQL database does not answer, is starting or has no room left. It is tried again; nothing that was accepted is lost.',
  ),
  DATABASE_REFUSED: entry(
    'credentialOwner',
    false,
    'The PostgreSQL server answers but does not let Brazier in, or not do its work: address, login, database, rights or TLS. Correct what BRAZIER_DATABASE_URL refers to, or grant what the message names.',
  ),
  ENGAGEMENT_UNKNOWN: entry(
    'settingsOwner',
    false,
    'The integration has no engagement of that name. `brazier engagement list` shows all; activateEngagement makes one.',
  ),
  ENGAGEMENT_STATE: entry(
    'person',
    false,
    'The engagement is in a state in which this cannot be done; the message says which, and what can be. Nothing was changed.',
  ),
  EXTERNAL_API_UNTESTED: entry(
    'person',
    false,
    'This version of the External API has no passed test on this integration with the REST key that it has now: each edit makes a new version, and another integration or key needs a test of its own. Test it, or give testValues. Nothing was sent for the engagement.',
  ),
  EXTERNAL_API_FAILING: entry(
    'settingsOwner',
    false,
    'The latest test of this version of the External API failed on this integration; the message has the reason. Correct the External API or the workspace and test it again. Nothing was sent for the engagement.',
  ),
  INVARIANT_BROKEN: entry(
    'us',
    false,
    'Brazier met a state that its own rules exclude. Nothing further was done; please report it.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** A code of the error catalog. */
export type ErrorCode = keyof typeof ERROR_CATALOG;

/** CLI exit codes, by who has to act. */
export const EXIT_CODES = {
  ok: 0,
  usage: 2,
  credentialOwner: 10,
  settingsOwner: 11,
  dataOwner: 12,
  wait: 13,
  person: 14,
  us: 70,
} as const satisfies Record<Actor | 'ok' | 'usage', number>;

/** Whether a string, e.g. a failure's type, is a code of the catalog. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, code);
}

/** What is wrong with one field of an input. */
export interface FieldProblem {
  /** Path of the field, e.g. `source.key`; blank for the input as a whole. */
  field: string;
  problem: string;
}

/** A failure as a value inside adapters and rules; activities turn it into a Temporal failure at their boundary. */
export interface Fault {
  code: ErrorCode;
  message: string;
  /** The pause that the other side asked for, where it named one. */
  retryAfterMs?: number | undefined;
  /** The fields that a refused input has to change. */
  fields?: readonly FieldProblem[] | undefined;
}

/** Either a value or a fault. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; fault: Fault };

/** The good half of {@link Outcome}. */
export function success<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

/** The bad half of {@link Outcome}. */
export function fault(code: ErrorCode, message: string): { ok: false; fault: Fault } {
  return { ok: false, fault: { code, message } };
}
