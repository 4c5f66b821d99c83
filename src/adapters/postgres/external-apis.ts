import { createHash } from 'node:crypto';
import {
  type ExternalApiDefinition,
  type ExternalApiSummary,
  type ExternalApiVersion,
} from '../../contract/external-api';
import { canonicalText } from '../../domain/canonical-text';
import { type Queries, Refusal } from './database';

interface VersionRow {
  version: number;
  definition: ExternalApiDefinition;
  digest: string;
  saved_at: Date;
}

/** SHA-256 over what was defined, however it was written, in hex. */
export function definitionDigest(definition: unknown): string {
  return createHash('sha256').update(canonicalText(definition)).digest('hex');
}

/**
 * Saves a definition as the next version of its name, inside of a transaction; the same definition again is the version
 * that it was before, even where later ones have been saved.
 */
export async function saveExternalApi(
  queries: Queries,
  definition: ExternalApiDefinition,
  savedBy?: string,
): Promise<ExternalApiVersion> {
  const { name } = definition;
  const digest = definitionDigest(definition);
  await queries.execute('INSERT INTO brazier.external_api (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
  // Savers of one name take turns, so that versions have no gaps and no definition gets two.
  await queries.query('SELECT FROM brazier.external_api WHERE name = $1 FOR UPDATE', [name]);
  const [before] = await queries.query<VersionRow>(
    'SELECT version, definition, digest, saved_at FROM brazier.external_api_version WHERE name = $1 AND digest = $2',
    [name, digest],
  );
  if (before !== undefined) return versionOf(before);
  const [saved] = await queries.query<VersionRow>(
    `INSERT INTO brazier.external_api_version (name, version, definition, digest, saved_by)
     SELECT $1, coalesce(max(version), 0) + 1, $2::jsonb, $3, $4 FROM brazier.external_api_version WHERE name = $1
     RETURNING version, definition, digest, saved_at`,
    [name, JSON.stringify(definition), digest, savedBy ?? null],
  );
  if (saved === undefined) throw new Error('invariant: an insert returns its row');
  return versionOf(saved);
}

/** One version, or the latest; refused if it is not there. */
export async function readExternalApi(
  queries: Queries,
  name: string,
  version?: number,
): Promise<ExternalApiVersion> {
  const [found] = await queries.query<VersionRow>(
    `SELECT version, definition, digest, saved_at FROM brazier.external_api_version
     WHERE name = $1 AND ($2::int IS NULL OR version = $2) ORDER BY version DESC LIMIT 1`,
    [name, version ?? null],
  );
  if (found !== undefined) return versionOf(found);
  const what = version === undefined ? '' : ` version ${version}`;
  throw new Refusal('EXTERNAL_API_UNKNOWN', `No External API "${name}"${what} is saved.`);
}

/** All of them by name, each with its latest version. */
export async function listExternalApis(queries: Queries): Promise<ExternalApiSummary[]> {
  const rows = await queries.query<VersionRow>(
    `SELECT DISTINCT ON (name) version, definition, digest, saved_at
     FROM brazier.external_api_version ORDER BY name, version DESC`,
  );
  return rows.map(({ version, definition: { name, channel, description }, saved_at }) => ({
    name,
    channel,
    description,
    latestVersion: version,
    savedAt: saved_at.toISOString(),
  }));
}

function versionOf({ version, definition, digest, saved_at }: VersionRow): ExternalApiVersion {
  return { version, definition, digest, savedAt: saved_at.toISOString() };
}
