import { type Verdict } from '../../contract/external-api';
import { type Queries } from './database';

/** What a verdict is about: a version, on an integration, with a REST key. */
export type VerdictSubject = Pick<Verdict, 'externalApi' | 'version' | 'integration' | 'keyFingerprint'>;

interface VerdictRow {
  external_api: string;
  version: number;
  integration: string;
  key_fingerprint: string;
  passed: boolean;
  proof: Verdict['proof'];
  accepted_by: string | null;
  reason: string | null;
  tested_at: Date;
}

/** Adds what a test has shown. Earlier verdicts stay, and count no more. */
export async function recordVerdict(queries: Queries, verdict: Verdict): Promise<void> {
  const { externalApi, version, integration, keyFingerprint, passed, proof } = verdict;
  await queries.execute(
    `INSERT INTO brazier.verdict
       (external_api, version, integration, key_fingerprint, passed, proof, accepted_by, reason, tested_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[externalApi, version, integration, keyFingerprint, passed, proof],
      ...[verdict.acceptedBy ?? null, verdict.reason ?? null, verdict.testedAt],
    ],
  );
}

/** The verdict that counts; absent if this was never tested. */
export async function latestVerdict(queries: Queries, subject: VerdictSubject): Promise<Verdict | undefined> {
  const [row] = await queries.query<VerdictRow>(
    `SELECT * FROM brazier.verdict
     WHERE external_api = $1 AND version = $2 AND integration = $3 AND key_fingerprint = $4
     ORDER BY seq DESC LIMIT 1`,
    [subject.externalApi, subject.version, subject.integration, subject.keyFingerprint],
  );
  return row && verdictOf(row);
}

/** The verdicts of an External API that count, newest versions first. */
export async function listVerdicts(queries: Queries, externalApi: string): Promise<Verdict[]> {
  const rows = await queries.query<VerdictRow>(
    `SELECT DISTINCT ON (version, integration, key_fingerprint) * FROM brazier.verdict
     WHERE external_api = $1 ORDER BY version DESC, integration, key_fingerprint, seq DESC`,
    [externalApi],
  );
  return rows.map(verdictOf);
}

function verdictOf(row: VerdictRow): Verdict {
  return {
    externalApi: row.external_api,
    version: row.version,
    integration: row.integration,
    keyFingerprint: row.key_fingerprint,
    passed: row.passed,
    proof: row.proof,
    acceptedBy: row.accepted_by ?? undefined,
    testedAt: row.tested_at.toISOString(),
    reason: row.reason ?? undefined,
  };
}
