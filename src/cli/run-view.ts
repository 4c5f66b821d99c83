import { type Client } from '@temporalio/client';
import { z } from 'zod';
import { BrazierClient } from '../client/brazier-client';
import { type RunPhase } from '../contract/phases';
import { type RunStatus } from '../contract/run';
import { CHILD_MESSAGES, type RunProgress } from '../contract/run-audience';

/** A run as it is watched: its status and, while it sends, how many members have been sent. */
export interface RunView {
  status: RunStatus;
  members?: { sent: number; total: number };
}

/** Phases in which the workflow that holds the audience knows more than the run that started it. */
const HELD: readonly RunPhase[] = [
  'checked',
  'held',
  'recovering',
  'frozen',
  'planned',
  'sending',
  'paused',
  'settling',
  'committed',
];

/** Details of a slice's heartbeats; anything else is not a slice's. */
const sliceHeartbeat = z.object({ members: z.number(), counts: z.object({ unsent: z.number() }) });

/** Reads a run and what holds its audience, down to the slices under way. */
export async function readRunView(temporal: Client, workflowId: string, runId?: string): Promise<RunView> {
  const status = await new BrazierClient(temporal).status(workflowId, runId);
  if (!HELD.includes(status.phase)) return { status };
  const holderId = await findHolder(temporal, workflowId, runId);
  if (holderId === undefined) return { status };
  const holder = temporal.workflow.getHandle(holderId);
  try {
    const progress = await holder.query<RunProgress, [object]>(CHILD_MESSAGES.status, {});
    const merged = { ...status, ...progress };
    if (merged.phase !== 'sending' && merged.phase !== 'paused') return { status: merged };
    const { raw } = await holder.describe();
    return { status: merged, ...sentMembers(merged, heartbeats(raw.pendingActivities ?? [])) };
  } catch {
    // The holder ends between two questions; what the run itself says is always right.
    return { status };
  }
}

async function findHolder(temporal: Client, workflowId: string, runId?: string): Promise<string | undefined> {
  const { raw } = await temporal.workflow.getHandle(workflowId, runId).describe();
  return (
    raw.pendingChildren?.find(({ workflowId: id }) => id?.startsWith('audience/'))?.workflowId ?? undefined
  );
}

/** Members sent: whole slices by their share, slices under way by their heartbeats. */
export function sentMembers(
  { plan, slices }: Pick<RunStatus, 'plan' | 'slices'>,
  underWay: readonly { members: number; unsent: number }[],
): { members?: { sent: number; total: number } } {
  if (!plan || !slices || slices.total === 0) return {};
  const total = plan.add + plan.remove;
  const whole = (slices.done / slices.total) * total;
  const part = underWay.reduce((sum, slice) => sum + slice.members - slice.unsent, 0);
  return { members: { sent: Math.min(total, Math.round(whole + part)), total } };
}

interface PendingActivity {
  heartbeatDetails?: { payloads?: { data?: Uint8Array | null }[] | null } | null;
}

function heartbeats(activities: readonly PendingActivity[]): { members: number; unsent: number }[] {
  return activities.flatMap(({ heartbeatDetails }) => {
    const data = heartbeatDetails?.payloads?.[0]?.data;
    const parsed = sliceHeartbeat.safeParse(data ? parseJson(data) : undefined);
    return parsed.success ? [{ members: parsed.data.members, unsent: parsed.data.counts.unsent }] : [];
  });
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    // Not JSON, hence not a slice's heartbeat.
    return undefined;
  }
}
