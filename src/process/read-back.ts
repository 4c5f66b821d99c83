import { idsPerRequest, readProfiles } from '../adapters/braze/export-ids';
import { type ReadBack } from '../activities/verify-sample';
import { type BrazeAccount } from './braze-accounts';

/** Read-back over an account, each request within the budget of `/users/export/ids`. */
export function createReadBack({ connection, readBudget }: BrazeAccount): ReadBack {
  return {
    batchSize: idsPerRequest,
    async read(kind, ids) {
      await readBudget.take();
      try {
        return await readProfiles(connection, kind, ids);
      } finally {
        readBudget.release();
      }
    },
  };
}
