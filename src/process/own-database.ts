import { readFile } from 'node:fs/promises';
import { openDatabase, type Database } from '../adapters/postgres/database';
import { migrateDatabase } from '../adapters/postgres/migrate';
import { createSecretStore } from '../adapters/secrets/secrets';
import { fault, type Outcome } from '../contract/errors';
import { secretReferenceSchema } from '../contract/schemas/secret-reference';

/** Opens the deployment's database for a command, by BRAZIER_DATABASE_URL alone. */
export async function openDatabaseOf(env: NodeJS.ProcessEnv): Promise<Outcome<Database>> {
  const given = env['BRAZIER_DATABASE_URL'];
  if (given === undefined || given.trim() === '')
    return fault('STREAM_NOT_CONFIGURED', 'BRAZIER_DATABASE_URL names no database.');
  const reference = secretReferenceSchema.safeParse(given.trim());
  if (!reference.success)
    return fault('SECRET_LITERAL', 'BRAZIER_DATABASE_URL has to be a reference: env:NAME or file:/path.');
  const secrets = createSecretStore({
    declared: [reference.data],
    env,
    readFile: (path) => readFile(path, 'utf8'),
  });
  const url = await secrets.resolve(reference.data);
  if (!url.ok) return url;
  return openDatabase({
    url: url.value,
    applicationName: 'brazier cli',
    maxConnections: 2,
    prepare: migrateDatabase,
  });
}
