import { type EngagementKey } from './engagement-calls';
import { engagementWorkflowId, TASK_QUEUE } from './names';

/** How the entity of an engagement is started: whoever finds it running uses that one. */
export function engagementStart({ integration, name }: EngagementKey) {
  const args: [EngagementKey] = [{ integration, name }];
  return {
    workflowId: engagementWorkflowId(integration, name),
    taskQueue: TASK_QUEUE,
    args,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    staticSummary: `Engagement ${name} on ${integration}`,
  };
}
