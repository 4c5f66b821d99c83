import { type ScheduleWatchResult } from '../activities/watch-schedules';
import { type EmptyRequest } from '../contract/messages';
import { watch } from './activity-proxies';

/** One look at all scheduled refreshes; started every minute by the Temporal Schedule `brazier/watch-schedules`. */
export async function watchSchedules(_: EmptyRequest): Promise<ScheduleWatchResult> {
  return watch.watchSchedules();
}
