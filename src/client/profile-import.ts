import { randomUUID } from 'node:crypto';
import { type Client, defaultPayloadConverter, type WorkflowExecutionDescription } from '@temporalio/client';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../contract/names';
import {
  type ImportProfilesInput,
  type ImportProfilesResult,
  type ImportProgress,
} from '../contract/profile-import';
import { parseProfileImport } from '../contract/schemas/profile-import';
import { checked } from './input-check';

/** A started import of profiles. */
export interface ProfileImportHandle {
  workflowId: string;
  runId: string;
  /** How far it is; nothing before its first rows are in and after its end. */
  progress(): Promise<ImportProgress | undefined>;
  /** Waits for the end; a refused or failed import rejects with Temporal's `WorkflowFailedError`. */
  result(): Promise<ImportProfilesResult>;
}

type ImportWorkflow = (input: ImportProfilesInput) => Promise<ImportProfilesResult>;

/** Starts an import under the given id, or a fresh one. */
export async function startProfileImport(
  temporal: Client,
  input: ImportProfilesInput,
  workflowId?: string,
): Promise<ProfileImportHandle> {
  const handle = await temporal.workflow.start<ImportWorkflow>(WORKFLOW_TYPES.importProfiles, {
    workflowId: workflowId ?? `import-profiles/${input.integration}/${randomUUID()}`,
    taskQueue: TASK_QUEUE,
    args: [checked(input, parseProfileImport(input))],
  });
  return {
    workflowId: handle.workflowId,
    runId: handle.firstExecutionRunId,
    progress: async () => importProgressOf(await handle.describe()),
    result: () => handle.result(),
  };
}

/** How far an import is, out of what Temporal says of its workflow; nothing before its first rows are in and after its end. */
export function importProgressOf({ raw }: WorkflowExecutionDescription): ImportProgress | undefined {
  const [payload] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
  // The one activity of this workflow that heartbeats tells nothing else.
  return payload ? defaultPayloadConverter.fromPayload<ImportProgress | undefined>(payload) : undefined;
}
