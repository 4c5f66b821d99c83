import { type Outcome } from '../../contract/errors';
import { type Database } from './database';

/** Whether anything of an integration was ever captured or activated; one without may be set up all the same. */
export function hasStream(database: Database, integration: string): Promise<Outcome<boolean>> {
  return database.run(async (queries) => {
    const rows = await queries.query('SELECT FROM brazier.stream WHERE integration = $1', [integration]);
    return rows.length > 0;
  });
}
