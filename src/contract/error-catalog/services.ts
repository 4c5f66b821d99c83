import { entry, type ErrorEntry } from './entry';

/** What goes wrong with what Brazier leans on: Braze, S3, mail, Temporal, its database. */
export const SERVICE_ERRORS = {
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
  TEMPORAL_UNAVAILABLE: entry('wait', true, 'The Temporal server does not answer at the configured address.'),
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
} as const satisfies Record<string, ErrorEntry>;
