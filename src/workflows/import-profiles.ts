import { CancelledFailure, setCurrentDetails } from '@temporalio/workflow';
import { DEFAULT_ATTRIBUTE } from '../contract/names';
import { type ImportProfilesInput, type ImportProfilesResult } from '../contract/profile-import';
import { describeImport } from '../domain/stream/describe-import';
import { entity, input as inputActivities, profileImport } from './activity-proxies';
import { endedByCancel } from './run-error';

const CANCELLED = 'The import was cancelled. Rows that were in by then stay in.';

/**
 * Takes one file of people into the event log of an integration: each row's traits, once, however often the file is imported.
 * Takes one JSON object (`ImportProfilesInput`); nothing out of the file is kept by Temporal.
 */
export async function importProfiles(input: ImportProfilesInput): Promise<ImportProfilesResult> {
  setCurrentDetails('checking the input');
  const asked = await inputActivities.checkProfileImport(input);
  const { integration, source } = asked;
  const { settings } = await entity.loadIntegration({ integration, attribute: DEFAULT_ATTRIBUTE });
  setCurrentDetails(
    `importing \`${source.key}\` into ${integration}, asked for by ${asked.by}\n\nThe pending activity’s heartbeat tells how many rows are in.`,
  );
  try {
    const result = await profileImport.importProfileFile({ asked, exchange: settings.exchange });
    setCurrentDetails(describeImport(result).join('\n\n'));
    return result;
  } catch (error) {
    if (!endedByCancel(error)) throw error;
    setCurrentDetails(CANCELLED);
    throw new CancelledFailure(CANCELLED);
  }
}
