import { type Client } from '@temporalio/client';

/** One activity as the history shows it, in milliseconds since the epoch. */
interface ActivitySpan {
  type: string;
  scheduledAtMs: number;
  closedAtMs: number;
}

/** What one workflow's history costs and tells. */
interface WorkflowHistory {
  workflowId: string;
  events: number;
  bytes: number;
  /** Events by kind, e.g. `activityTaskScheduled`. */
  kinds: Map<string, number>;
  activities: ActivitySpan[];
  children: { workflowId: string; runId: string }[];
}

/** Seconds of a run by phase; what lies between the phases is only in `total`. */
export interface PhaseSeconds {
  freeze: number;
  plan: number;
  send: number;
  settle: number;
  commit: number;
  verify: number;
  total: number;
}

/** The histories of everything that a run started, itself included. */
export interface RunHistory {
  events: number;
  bytes: number;
  seconds: PhaseSeconds;
  workflows: WorkflowHistory[];
}

/** Reads the histories of a finished run and of its children, and what they say of its time. */
export async function readRunHistory(client: Client, workflowId: string, runId: string): Promise<RunHistory> {
  const workflows: WorkflowHistory[] = [];
  const open = [{ workflowId, runId }];
  for (let next = open.pop(); next; next = open.pop()) {
    const history = await readHistory(client, next.workflowId, next.runId);
    workflows.push(history);
    open.push(...history.children);
  }
  const { startTime, closeTime } = await client.workflow.getHandle(workflowId, runId).describe();
  if (!closeTime) throw new Error('invariant: the run has not ended');
  const total = (closeTime.getTime() - startTime.getTime()) / 1_000;
  const activities = workflows.flatMap((workflow) => workflow.activities);
  return {
    events: workflows.reduce((sum, { events }) => sum + events, 0),
    bytes: workflows.reduce((sum, { bytes }) => sum + bytes, 0),
    seconds: { ...phasesOf(activities), total },
    workflows,
  };
}

async function readHistory(client: Client, workflowId: string, runId: string): Promise<WorkflowHistory> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { historyLength: events, historySize: bytes = 0 } = await handle.describe();
  const kinds = new Map<string, number>();
  const scheduled = new Map<string, ActivitySpan>();
  const children: WorkflowHistory['children'] = [];
  for (const event of (await handle.fetchHistory()).events ?? []) {
    const kind = Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? 'unknown';
    const name = kind.replace('EventAttributes', '');
    kinds.set(name, (kinds.get(name) ?? 0) + 1);
    const atMs = Number(event.eventTime?.seconds ?? 0) * 1_000 + (event.eventTime?.nanos ?? 0) / 1e6;
    const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (type) scheduled.set(String(event.eventId), { type, scheduledAtMs: atMs, closedAtMs: atMs });
    const completed = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    const span = scheduled.get(String(completed));
    if (span) span.closedAtMs = atMs;
    const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    if (child?.workflowId && child.runId) children.push({ workflowId: child.workflowId, runId: child.runId });
  }
  return { workflowId, events, bytes, kinds, activities: [...scheduled.values()], children };
}

function phasesOf(activities: readonly ActivitySpan[]): Omit<PhaseSeconds, 'total'> {
  const stretch = (...types: string[]) => {
    const spans = activities.filter(({ type }) => types.includes(type));
    const begins = Math.min(...spans.map(({ scheduledAtMs }) => scheduledAtMs));
    const ends = Math.max(...spans.map(({ closedAtMs }) => closedAtMs));
    return { begins, ends, seconds: (ends - begins) / 1_000 };
  };
  const send = stretch('sendSlice');
  const commit = stretch('foldLedger', 'commitRun');
  return {
    freeze: stretch('freezeSource').seconds,
    plan: stretch('planRun').seconds,
    send: send.seconds,
    settle: (commit.begins - send.ends) / 1_000,
    commit: commit.seconds,
    verify: stretch('drawSample', 'verifySample').seconds,
  };
}
