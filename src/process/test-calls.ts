import { type BrazeConnection, type BrazeReply } from '../adapters/braze/connection';
import { exportProfiles } from '../adapters/braze/export-profiles';
import { type RequestBudget } from '../adapters/braze/budget';
import { type TestCalls } from '../activities/external-api-calls';
import { type BrazeAccount } from './braze-accounts';

/** Single requests over an account, each within the budget of its endpoint, which learns from the answers. */
export function createTestCalls({
  connection,
  budget,
  readBudget,
}: Pick<BrazeAccount, 'connection' | 'budget' | 'readBudget'>): TestCalls {
  const reading = within(connection, readBudget);
  const writing = within(connection, budget);
  return {
    post: (path, body, signal) => writing(signal, (open) => open.request({ method: 'POST', path, body })),
    read: (identifier, signal) => reading(signal, (open) => exportProfiles(open, identifier)),
  };
}

type Within = <T>(signal: AbortSignal, work: (open: BrazeConnection) => Promise<T>) => Promise<T>;

function within(connection: BrazeConnection, budget: RequestBudget): Within {
  const observed: BrazeConnection = {
    async request(request): Promise<BrazeReply> {
      const reply = await connection.request(request);
      // Before the release, which would let the next request start into the pause that this answer asks for.
      if (reply.kind === 'answer') budget.observe(reply.status, reply.headers);
      return reply;
    },
    close: () => connection.close(),
  };
  return async (signal, work) => {
    if ((await budget.take(signal)) === false) {
      signal.throwIfAborted();
      // The account was closed, and its connection says so.
      return work(observed);
    }
    try {
      return await work(observed);
    } finally {
      budget.release();
    }
  };
}
