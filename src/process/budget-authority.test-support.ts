import { type LeaseAnswer, type LeaseRequest } from '../contract/workspace-budget';
import { emptyBudget, grantLease, releaseLease } from '../domain/workspace-budget';
import { type BudgetAuthority } from './budget-holder';

/** An authority in this process, by the rules of the real one; its leases and its reachability are the test's. */
export class TestAuthority implements BudgetAuthority {
  readonly state = emptyBudget();
  readonly requests: LeaseRequest[] = [];
  isReachable = true;
  /** Its clock is so much ahead of the holders'. */
  aheadMs = 0;
  private readonly shorten: Partial<LeaseAnswer>;

  constructor(shorten: Partial<Pick<LeaseAnswer, 'leaseMs' | 'renewAfterMs'>> = {}) {
    this.shorten = shorten;
  }

  lease(request: LeaseRequest): Promise<LeaseAnswer> {
    if (!this.isReachable) return Promise.reject(new Error('out of reach'));
    this.requests.push(request);
    const answer = grantLease(this.state, request, Date.now() + this.aheadMs);
    return Promise.resolve({ ...answer, ...(answer.renewAfterMs === 0 ? {} : this.shorten) });
  }

  release(request: { holder: string; grant: number }): Promise<void> {
    if (!this.isReachable) return Promise.reject(new Error('out of reach'));
    releaseLease(this.state, request);
    return Promise.resolve();
  }
}
