import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type EmptyRequest } from '../contract/messages';
import {
  BUDGET_MESSAGES,
  type BudgetState,
  type LeaseAnswer,
  type LeaseRequest,
  type ReleaseRequest,
} from '../contract/workspace-budget';
import { describeBudget } from '../domain/describe-budget';
import { fieldsProblem, leaseProblem } from '../domain/message-rules';
import { dropExpired, emptyBudget, grantLease, isIdle, releaseLease } from '../domain/workspace-budget';

const lease = defineUpdate<LeaseAnswer, [LeaseRequest]>(BUDGET_MESSAGES.lease);
const release = defineSignal<[ReleaseRequest]>(BUDGET_MESSAGES.release);
const describe = defineQuery<BudgetState, [EmptyRequest?]>(BUDGET_MESSAGES.describe);

/** What a workspace's budget goes on from. */
export interface WorkspaceBudgetInput {
  integration: string;
  state?: BudgetState;
}

/** How often it looks whether anybody is still there: a timer is about five events as well. */
const LOOK_EVERY = '1 minute';

/**
 * The requests that all worker processes together may send to one Braze workspace, shared out among those that send. It
 * begins with the first lease and ends when none is alive any more; nothing is lost with it but leases of seconds.
 */
export async function workspaceBudget(input: WorkspaceBudgetInput): Promise<void> {
  const { integration } = input;
  const state = input.state ?? emptyBudget();
  const show = () => setCurrentDetails(describeBudget(integration, state, Date.now()));

  setHandler(
    lease,
    (request) => {
      const answer = grantLease(state, request, Date.now());
      show();
      return answer;
    },
    {
      description: 'A worker process asks for its share of the requests, or renews it. Sent by workers only.',
      validator: (request: LeaseRequest) => {
        const problem = leaseProblem(request);
        if (problem) throw ApplicationFailure.nonRetryable(problem, 'INPUT_INVALID');
      },
    },
  );
  setHandler(
    release,
    (request) => {
      // A signal cannot be refused; one of the wrong shape must not stop the workflow.
      if (fieldsProblem(request, ['holder', 'grant'])) return;
      releaseLease(state, request);
      show();
    },
    { description: 'A worker process stops sending. Sent by workers only.' },
  );
  setHandler(describe, () => state, { description: 'Who holds how much, and which pauses Braze wants.' });
  show();

  while (!(await condition(() => workflowInfo().continueAsNewSuggested, LOOK_EVERY))) {
    dropExpired(state, Date.now());
    if (isIdle(state, Date.now())) return;
    show();
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof workspaceBudget>({ integration, state });
}
