import { entry, type ErrorEntry } from './entry';

/** What goes wrong about integrations, audiences, their sources, schedules and runs. */
export const AUDIENCE_ERRORS = {
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
  RUN_CANCELLED: entry(
    'person',
    false,
    'Somebody asked the run to end, and it did before it had a result. What it had sent is settled or put back as far as that can be; start a new one when you want to.',
  ),
  RUN_TERMINATED: entry(
    'person',
    false,
    'Somebody ended the run from outside while it held the audience. Nothing is lost: start a new run, which first finds out what the ended one has done.',
  ),
} as const satisfies Record<string, ErrorEntry>;
