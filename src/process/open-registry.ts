import { readFile } from 'node:fs/promises';
import { openDatabase } from '../adapters/postgres/database';
import { createRegistry, type Registry } from '../adapters/postgres/registry';
import { createSecretStore } from '../adapters/secrets/secrets';
import { fault, type Outcome, success } from '../contract/errors';
import { isSecretReference } from '../contract/schemas/secret-reference';

/** A registry that has to be closed after use. */
export interface OpenRegistry {
  registry: Registry;
  close: () => Promise<void>;
}

/** The registry of the deployment by the one setting that it needs, for a process that is neither worker nor gateway. */
export async function openRegistry(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Outcome<OpenRegistry>> {
  const reference = env['BRAZIER_DATABASE_URL']?.trim();
  if (!isSecretReference(reference)) {
    return fault(
      'STREAM_NOT_CONFIGURED',
      'BRAZIER_DATABASE_URL is not set here, or is no reference such as env:NAME or file:/path.',
    );
  }
  const secrets = createSecretStore({
    declared: [reference],
    env,
    readFile: (path) => readFile(path, 'utf8'),
  });
  const url = await secrets.resolve(reference);
  if (!url.ok) return url;
  const database = openDatabase({ url: url.value, applicationName: 'brazier-cli', maxConnections: 2 });
  if (!database.ok) return database;
  return success({ registry: createRegistry(database.value), close: () => database.value.close() });
}
