/** Task queue of workflows and light activities; the one that outside callers name. */
export const TASK_QUEUE = 'brazier';
/** Task queue of the DuckDB activities: one or two at once per worker process. */
export const DATA_TASK_QUEUE = 'brazier-data';
/** Task queue of slices and read-backs: never dispatched eagerly, so that its limits hold. */
export const SEND_TASK_QUEUE = 'brazier-send';
/** Task queue of shards: each is one activity that lasts, so many run at once in a worker process. */
export const STREAM_TASK_QUEUE = 'brazier-stream';

/** The custom attribute that audiences are written to unless the input names another. */
export const DEFAULT_ATTRIBUTE = 'lexer_audience';
/** At most this many audience values live on one attribute; the attribute's own cap may be lower. */
export const MAX_VALUES_PER_ATTRIBUTE = 100;
/** Version of the terms text (docs/terms.md) that an activation has to accept. */
export const TERMS_VERSION = '2026-11';

/** Workflow id of an integration's entity. */
export function integrationWorkflowId(integration: string): string {
  return `integration/${integration}`;
}

/** Workflow id that one audience's run holds; Temporal's uniqueness of ids makes it the lock. */
export function audienceWorkflowId(integration: string, audienceKey: string): string {
  return `audience/${integration}/${audienceKey}`;
}

/** Id of the Temporal Schedule that refreshes an audience: an audience has one at most. */
export function audienceScheduleId(integration: string, audienceKey: string): string {
  return `audience-schedule/${integration}/${audienceKey}`;
}

/** What ids of scheduled runs begin with; Temporal adds the time that each is for. */
export function refreshWorkflowId(integration: string, audienceKey: string): string {
  return `refresh/${integration}/${audienceKey}`;
}

/** Id of the Temporal Schedule that looks after all the others. */
export const WATCH_SCHEDULE_ID = 'brazier/watch-schedules';

/** Id of the Temporal Schedule that deletes what is past its retention. */
export const FORGET_EVENTS_ID = 'brazier/forget-events';

/** Workflow id of the budget that all worker processes share for an integration's workspace. */
export function workspaceBudgetWorkflowId(integration: string): string {
  return `workspace-budget/${integration}`;
}

/** Workflow id of an integration's stream: it keeps a workflow per shard going. */
export function streamWorkflowId(integration: string): string {
  return `stream/${integration}`;
}

/** Workflow id of one shard of a stream. */
export function shardWorkflowId(integration: string, layout: number, shard: number): string {
  return `stream/${integration}/${layout}/${shard}`;
}

/** Workflow id of an engagement's entity. */
export function engagementWorkflowId(integration: string, engagement: string): string {
  return `engagement/${integration}/${engagement}`;
}

/** Workflow type names as Temporal's UI and CLI show them. */
export const WORKFLOW_TYPES = {
  activateAudience: 'activateAudience',
  setupIntegration: 'setupIntegration',
  runAudience: 'runAudience',
  integration: 'integration',
  watchSchedules: 'watchSchedules',
  workspaceBudget: 'workspaceBudget',
  testExternalApi: 'testExternalApi',
  activateEngagement: 'activateEngagement',
  engagement: 'engagement',
  stream: 'stream',
  streamShard: 'streamShard',
  importProfiles: 'importProfiles',
  forgetEvents: 'forgetEvents',
} as const;
