import { setCurrentDetails } from '@temporalio/workflow';
import { type ForgetEventsResult } from '../activities/forget-events';
import { type EmptyRequest } from '../contract/messages';
import { describeForgotten } from '../domain/stream/describe-forgotten';
import { forget } from './activity-proxies';

/** Deletes what is past its retention; started every hour by the Temporal Schedule `brazier/forget-events`. */
export async function forgetEvents(_: EmptyRequest): Promise<ForgetEventsResult> {
  const result = await forget.forgetOldEvents();
  setCurrentDetails(describeForgotten(result));
  return result;
}
