import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { TASK_QUEUE, WATCH_SCHEDULE_ID, WORKFLOW_TYPES } from '../contract/names';

/** Half a minute would see nothing that a minute does not: refreshes are late after minutes or hours. */
const EVERY_SECONDS = 60;

/**
 * Makes sure that schedules are looked after. One that is there stays as it is, since an operator may have changed or paused it.
 */
export async function ensureScheduleWatch(temporal: Client, everySeconds = EVERY_SECONDS): Promise<void> {
  try {
    await temporal.schedule.create({
      scheduleId: WATCH_SCHEDULE_ID,
      spec: { intervals: [{ every: everySeconds * 1000 }] },
      action: {
        type: 'startWorkflow',
        workflowType: WORKFLOW_TYPES.watchSchedules,
        taskQueue: TASK_QUEUE,
        workflowId: WATCH_SCHEDULE_ID,
        args: [{}],
        staticSummary: 'Looks whether scheduled refreshes are late',
      },
      // A look that is late is worth nothing: the next one sees the same.
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10s', pauseOnFailure: false },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
