import { join } from 'node:path';
import { count, text, type Engine } from './engine';
import { memberSql, trimmedSql, unusableReasonSql } from './identifier-sql';
import { type FreezeJob, type FreezeResult } from './jobs';
import { requireJsonField, sourceQuery } from './source-sql';
import { JobFault, sourceFault } from './source-fault';

/** Reads every row once, sorts usable from unusable, and writes the distinct members. */
export async function freeze(engine: Engine, job: FreezeJob): Promise<FreezeResult> {
  const staged = join(job.scratch, 'staged.parquet');
  try {
    const source = await sourceQuery(engine, job);
    await engine.run(`COPY (${classified(job, source)}) TO ${text(staged)} (FORMAT parquet)`);
  } catch (error) {
    throw error instanceof JobFault ? error : (sourceFault(error, job.files) ?? error);
  }
  await engine.run(
    `COPY (SELECT DISTINCT id FROM ${text(staged)} WHERE reason IS NULL) TO ${text(job.snapshot)} (FORMAT parquet)`,
  );
  const result = await countRows(engine, job, staged);
  // No member in any row: more likely a wrong name than blank rows.
  if (job.format === 'ndjson' && result.rows > 0 && result.members === 0) await requireJsonField(engine, job);
  return result;
}

function classified(job: FreezeJob, source: string): string {
  const label = job.aliasLabel === undefined ? trimmedSql('raw_label') : trimmedSql(text(job.aliasLabel));
  const reason = `CASE WHEN mistyped THEN 'notText' ELSE ${unusableReasonSql(job.identifier, 'name', 'label')} END`;
  return `SELECT CASE WHEN reason IS NULL THEN ${memberSql(job.identifier, 'name', 'label')} ELSE raw END AS id, reason
    FROM (SELECT name, label, raw, ${reason} AS reason
      FROM (SELECT raw, mistyped, ${trimmedSql('raw')} AS name, ${label} AS label FROM (${source})))`;
}

async function countRows(engine: Engine, job: FreezeJob, staged: string): Promise<FreezeResult> {
  const reasons = await engine.rows(
    `SELECT coalesce(reason, '') AS reason, count(*) AS n FROM ${text(staged)} GROUP BY ALL`,
  );
  const byReason = new Map(reasons.map((row) => [String(row['reason']), count(row, 'n')]));
  const [size] = await engine.rows(`SELECT count(*) AS members FROM ${text(job.snapshot)}`);
  const members = count(size, 'members');
  const usable = byReason.get('') ?? 0;
  const blank = byReason.get('blank') ?? 0;
  const unusable = Object.fromEntries(
    [...byReason].filter(([reason]) => reason !== '' && reason !== 'blank'),
  );
  const unusableRows = Object.values(unusable).reduce((sum, n) => sum + n, 0);
  const rejectedLines = unusableRows === 0 ? 0 : await writeRejected(engine, job, staged);
  return {
    rows: usable + blank + unusableRows,
    members,
    blank,
    duplicate: usable - members,
    unusable,
    rejectedLines,
  };
}

async function writeRejected(engine: Engine, job: FreezeJob, staged: string): Promise<number> {
  const grouped = `SELECT id, count(*) AS rows, reason FROM ${text(staged)}
    WHERE reason IS NOT NULL AND reason <> 'blank' GROUP BY ALL`;
  const [written] = await engine.rows(`COPY (${grouped}) TO ${text(job.rejected)} (FORMAT json)`);
  return count(written, 'Count');
}
