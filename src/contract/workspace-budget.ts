export type { BudgetState } from '../domain/workspace-budget';
export type { LeaseAnswer, LeaseRequest, ReleaseRequest } from '../domain/workspace-budget';

/** Names of the messages that a workspace's budget handles. */
export const BUDGET_MESSAGES = {
  lease: 'lease',
  release: 'release',
  describe: 'describe',
} as const;
