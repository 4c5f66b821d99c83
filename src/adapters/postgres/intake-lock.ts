import { type Queries } from './database';

/**
 * Puts everything that is written to an integration's log into one order, over all processes: held until the transaction has
 * ended, so that whoever reads the log after a place never finds something before it later.
 */
export async function lockIntake(queries: Queries, integration: string): Promise<void> {
  await queries.query(LOCK, [integration]);
}

/** Plans made while tables were empty would read them whole once they are large: index scans only, in this transaction. */
const LOCK = {
  name: 'intake-lock',
  text: `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true), pg_advisory_xact_lock(hashtextextended('brazier/intake/' || $1, 0))`,
};
