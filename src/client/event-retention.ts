import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { FORGET_EVENTS_ID, TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';

const EVERY_MS = 3_600_000;

/**
 * Makes sure that old events are deleted. A schedule that is there stays as it is, since an operator may have changed or
 * paused it.
 */
export async function ensureEventRetention(temporal: Client): Promise<void> {
  try {
    await temporal.schedule.create({
      scheduleId: FORGET_EVENTS_ID,
      spec: { intervals: [{ every: EVERY_MS }] },
      action: {
        type: 'startWorkflow',
        workflowType: WORKFLOW_TYPES.forgetEvents,
        taskQueue: TASK_QUEUE,
        workflowId: FORGET_EVENTS_ID,
        args: [{}],
        staticSummary: 'Deletes events and calls that are past their retention',
      },
      // What one run leaves, or misses, the next one deletes.
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m', pauseOnFailure: false },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
