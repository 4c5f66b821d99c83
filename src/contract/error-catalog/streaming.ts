import { entry, type ErrorEntry } from './entry';

/** What goes wrong about events, profiles, External APIs, segments and engagements. */
export const STREAM_ERRORS = {
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
} as const satisfies Record<string, ErrorEntry>;
