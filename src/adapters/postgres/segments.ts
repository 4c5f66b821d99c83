import { type SegmentCondition, type SegmentDefinition } from '../../contract/engagement';
import { type SegmentVersion } from '../../contract/segment';
import { canonicalText } from '../../domain/canonical-text';
import { type Queries, Refusal } from './database';
import { definitionDigest } from './external-apis';

interface SegmentRow {
  integration: string;
  name: string;
  version: number;
  condition: SegmentCondition;
  description: string | null;
  digest: string;
  saved_by: string | null;
  saved_at: Date;
}

/** Saves a segment inside of a transaction; a condition that is that of the latest version makes no new one. */
export async function saveSegment(
  queries: Queries,
  segment: SegmentDefinition,
  savedBy?: string,
): Promise<SegmentVersion> {
  const { integration, name, condition, description } = segment;
  await queries.query("SELECT pg_advisory_xact_lock(hashtextextended('brazier/segment/' || $1, 0))", [
    canonicalText([integration, name]),
  ]);
  const latest = await findSegment(queries, integration, name);
  const digest = definitionDigest(condition);
  if (latest?.digest === digest) return latest;
  const [saved] = await queries.query<SegmentRow>(
    `INSERT INTO brazier.segment_version (integration, name, version, condition, description, digest, saved_by)
     VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7) RETURNING *`,
    [
      integration,
      name,
      (latest?.version ?? 0) + 1,
      JSON.stringify(condition),
      description ?? latest?.description ?? null,
      digest,
      savedBy ?? null,
    ],
  );
  if (saved === undefined) throw new Error('invariant: an insert returns its row');
  return segmentOf(saved);
}

/** One version, or the latest; refused if it is not there. */
export async function readSegment(
  queries: Queries,
  integration: string,
  name: string,
  version?: number,
): Promise<SegmentVersion> {
  const found = await findSegment(queries, integration, name, version);
  if (found !== undefined) return found;
  const what = version === undefined ? '' : ` version ${version}`;
  throw new Refusal('SEGMENT_UNKNOWN', `Integration "${integration}" has no segment "${name}"${what}.`);
}

/** The latest versions of an integration's segments, by name. */
export async function listSegments(queries: Queries, integration: string): Promise<SegmentVersion[]> {
  const rows = await queries.query<SegmentRow>(
    `SELECT DISTINCT ON (name) * FROM brazier.segment_version WHERE integration = $1 ORDER BY name, version DESC`,
    [integration],
  );
  return rows.map(segmentOf);
}

async function findSegment(
  queries: Queries,
  integration: string,
  name: string,
  version?: number,
): Promise<SegmentVersion | undefined> {
  const [row] = await queries.query<SegmentRow>(
    `SELECT * FROM brazier.segment_version
     WHERE integration = $1 AND name = $2 AND ($3::int IS NULL OR version = $3) ORDER BY version DESC LIMIT 1`,
    [integration, name, version ?? null],
  );
  return row && segmentOf(row);
}

function segmentOf({ description, saved_at, saved_by: _savedBy, ...row }: SegmentRow): SegmentVersion {
  return { ...row, description: description ?? undefined, savedAt: saved_at.toISOString() };
}
