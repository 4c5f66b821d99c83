import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';

/** A run as a listing shows it. */
export interface RunListing {
  workflowId: string;
  runId: string;
  /** Temporal's status, e.g. `RUNNING`, `COMPLETED`, `FAILED`. */
  status: string;
  startedAt: string;
  endedAt?: string | undefined;
}

/** A run that was looked up, with what its start noted. */
export interface RunRecord extends RunListing {
  memo: Readonly<Record<string, unknown>>;
}

/** The latest run of an id, or nothing if there is none or the id belongs to another type of workflow. */
export async function findRun(
  temporal: Client,
  type: string,
  workflowId: string,
): Promise<RunRecord | undefined> {
  try {
    const found = await temporal.workflow.getHandle(workflowId).describe();
    if (found.type !== type) return undefined;
    return { ...listingOf(found), memo: found.memo ?? {} };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

type Described = Omit<WorkflowExecutionInfo, 'raw'>;

/** What Temporal tells of a run, in short. */
export function listingOf(run: Described): RunListing {
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    status: run.status.name,
    startedAt: run.startTime.toISOString(),
    endedAt: run.closeTime?.toISOString(),
  };
}
