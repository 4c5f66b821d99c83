import { join } from 'node:path';
import { count, text, type Engine } from './engine';
import { type FreezeJob, type FreezeResult } from './jobs';
import { classifiedQuery } from './classified-rows';
import { isCountedByFile } from './counted-files';
import { requireJsonField } from './ndjson-fields';
import { JobFault, sourceFault } from './source-fault';
import { sourceQuery } from './source-sql';
import { writeUnusable } from './unusable-rows';

/** Reads every row once, sorts usable from unusable, and writes the distinct members. */
export async function freeze(engine: Engine, job: FreezeJob): Promise<FreezeResult> {
  const staged = join(job.scratch, 'staged.parquet');
  try {
    const source = await sourceQuery(engine, job);
    await engine.run(`COPY (${classifiedQuery(job, source, 'file')}) TO ${text(staged)} (FORMAT parquet)`);
  } catch (error) {
    throw error instanceof JobFault ? error : (sourceFault(error, job.files) ?? error);
  }
  if (isCountedByFile(job)) await requireRowsByFile(engine, job, staged);
  await engine.run(
    `COPY (SELECT DISTINCT id FROM ${text(staged)} WHERE reason IS NULL) TO ${text(job.snapshot)} (FORMAT parquet)`,
  );
  const result = await countRows(engine, job, staged);
  // No member in any row: more likely a wrong name than blank rows.
  if (job.format === 'ndjson' && result.rows > 0 && result.members === 0) await requireJsonField(engine, job);
  return result;
}

/** A file with other rows than its manifest says was cut, or written again. */
async function requireRowsByFile(engine: Engine, job: FreezeJob, staged: string): Promise<void> {
  const counted = await engine.rows(`SELECT file, count(*) AS n FROM ${text(staged)} GROUP BY file`);
  const rowsOf = new Map(counted.map((row) => [row['file'], count(row, 'n')]));
  for (const { path, name, expectedRows } of job.files) {
    const rows = rowsOf.get(path) ?? 0;
    if (expectedRows === undefined || rows === expectedRows) continue;
    const message = `${name}: has ${rows} rows; the manifest says ${expectedRows}.`;
    throw new JobFault({ code: 'SOURCE_INCOMPLETE', message });
  }
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
  const rejectedLines = unusableRows === 0 ? 0 : await writeUnusable(engine, job);
  return {
    rows: usable + blank + unusableRows,
    members,
    blank,
    duplicate: usable - members,
    unusable,
    rejectedLines,
  };
}
