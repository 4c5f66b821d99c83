import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { TASK_QUEUE, workspaceBudgetWorkflowId, WORKFLOW_TYPES } from '../contract/names';
import { BUDGET_MESSAGES, type LeaseAnswer, type LeaseRequest } from '../contract/workspace-budget';
import { type BudgetAuthority } from './budget-holder';

/** An answer that takes longer is of little use: half of the lease would be over. */
const CALL_MS = 5_000;

type BudgetWorkflow = (input: { integration: string }) => Promise<void>;

/** The budget of an integration's workspace, kept by a workflow that the first lease starts. */
export function createBudgetAuthority({
  client,
}: {
  client: Client;
}): (integration: string) => BudgetAuthority {
  return (integration) => {
    const workflowId = workspaceBudgetWorkflowId(integration);
    const within = <T>(call: () => Promise<T>) => client.withDeadline(Date.now() + CALL_MS, call);
    return {
      lease: (request) =>
        within(() => {
          const startWorkflowOperation = new WithStartWorkflowOperation<BudgetWorkflow>(
            WORKFLOW_TYPES.workspaceBudget,
            {
              workflowId,
              taskQueue: TASK_QUEUE,
              args: [{ integration }],
              workflowIdConflictPolicy: 'USE_EXISTING',
              staticSummary: `Requests to the workspace of ${integration}`,
            },
          );
          return client.workflow.executeUpdateWithStart<BudgetWorkflow, LeaseAnswer, [LeaseRequest]>(
            BUDGET_MESSAGES.lease,
            { args: [request], startWorkflowOperation },
          );
        }),
      /** A signal: nobody has to be there to answer it, and a process that ends need not wait. */
      async release(request) {
        try {
          await within(() => client.workflow.getHandle(workflowId).signal(BUDGET_MESSAGES.release, request));
        } catch (error) {
          // The budget has ended, and every lease with it.
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      },
    };
  };
}
