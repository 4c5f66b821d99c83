import { type BrazeConnection } from '../adapters/braze/connection';
import { idsPerRequest, readProfiles } from '../adapters/braze/export-ids';
import { type ReadBack } from '../activities/verify-sample';
import { type BrazeAccount } from './braze-accounts';

/** Read-back over an account, each request within the budget of `/users/export/ids`, which learns from the answers. */
export function createReadBack({
  connection,
  readBudget,
}: Pick<BrazeAccount, 'connection' | 'readBudget'>): ReadBack {
  const observed: BrazeConnection = {
    async request(request) {
      const reply = await connection.request(request);
      // Before the release, which would let the next request start into the pause that this answer asks for.
      if (reply.kind === 'answer') readBudget.observe(reply.status, reply.headers);
      return reply;
    },
    close: () => connection.close(),
  };
  return {
    batchSize: idsPerRequest,
    async read(kind, ids, signal) {
      // A pause can last an hour: a run that is cancelled meanwhile does not wait for its end.
      if ((await readBudget.take(signal)) === false) {
        signal.throwIfAborted();
        // The account was closed, and its connection says so.
        return readProfiles(observed, kind, ids);
      }
      try {
        return await readProfiles(observed, kind, ids);
      } finally {
        readBudget.release();
      }
    },
  };
}
