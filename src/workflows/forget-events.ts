import { type ForgetEventsResult } from '../activities/forget-events';
import { type EmptyRequest } from '../contract/messages';
import { forget } from './activity-proxies';

/** Deletes what is past its retention; started every hour by the Temporal Schedule `brazier/forget-events`. */
export async function forgetEvents(_: EmptyRequest): Promise<ForgetEventsResult> {
  return forget.forgetOldEvents();
}
