import { type Database } from '../adapters/postgres/database';
import { openDatabaseOf } from '../process/own-database';
import { unwrap } from './cli-error';
import { type CommandHost, type CommonOptions } from './host';

/** Runs a command on the deployment's database; people never travel through Temporal. */
export async function withDatabase(
  host: CommandHost,
  options: CommonOptions,
  action: (database: Database) => Promise<number>,
): Promise<void> {
  await host.run(options, async () => {
    const database = unwrap(await openDatabaseOf(host.io.env));
    try {
      return await action(database);
    } finally {
      await database.close();
    }
  });
}
