import { randomUUID } from 'node:crypto';
import { TASK_QUEUE } from '../contract/names';

/** How a workflow is started, beyond its input. */
export interface StartOptions {
  /** A fresh one where none is given. */
  workflowId?: string | undefined;
  /** Refuses the id also after a run of it has ended, as long as Temporal keeps that run. */
  once?: boolean | undefined;
  /** Noted beside the run; shown by Temporal, so never a secret. */
  memo?: Readonly<Record<string, unknown>> | undefined;
}

/** The same for Temporal; an id that nobody gave is `<prefix>/<a fresh one>`. */
export function startOptions(prefix: string, { workflowId, once, memo }: StartOptions) {
  return {
    workflowId: workflowId ?? `${prefix}/${randomUUID()}`,
    taskQueue: TASK_QUEUE,
    ...(once ? { workflowIdReusePolicy: 'REJECT_DUPLICATE' as const } : {}),
    ...(memo === undefined ? {} : { memo: { ...memo } }),
  };
}
