import { join } from 'node:path';
import { type ChangeOperation } from '../../contract/objects';
import { type ListAction } from '../../contract/phases';
import { count, text, type Engine } from './engine';
import { encodedMemberSql } from './identifier-sql';
import { type PlanJob, type PlanResult } from './jobs';

/**
 * Compares snapshot and ledger in one full join that spills, and keeps only those who move: everybody who stays is told by
 * arithmetic.
 */
export async function plan(engine: Engine, job: PlanJob): Promise<PlanResult> {
  const changes = await findChanges(engine, job);
  const add = await writeOperation(engine, job, changes, 'add');
  const remove = await writeOperation(engine, job, changes, 'remove');
  const [sizes] = await engine.rows(
    `SELECT (SELECT count(*) FROM ${text(job.snapshot)}) AS source,
      ${job.ledger === undefined ? '0' : `(SELECT count(*) FROM ${text(job.ledger)})`} AS ledger`,
  );
  const totals = {
    source: count(sizes, 'source'),
    ledger: count(sizes, 'ledger'),
    add: add.members,
    addUnsure: add.unsure,
    remove: remove.members,
    removeUnsure: remove.unsure,
  };
  return { totals, digests: { add: add.digest, remove: remove.digest } };
}

/** A relation of `operation`, `id`, `unsure` with everybody who moves. */
async function findChanges(engine: Engine, job: PlanJob): Promise<string> {
  if (job.ledger === undefined) {
    const operation = job.action === 'remove' ? 'none' : 'add';
    return `(SELECT '${operation}' AS operation, id, false AS unsure FROM ${text(job.snapshot)})`;
  }
  const changes = join(job.scratch, 'changes.parquet');
  const joined = `SELECT ${changeSql(job.action)} AS operation, coalesce(s.id, l.id) AS id,
    coalesce(l.state = 'unsure', false) AS unsure
    FROM ${text(job.snapshot)} s FULL JOIN ${text(job.ledger)} l ON s.id = l.id`;
  await engine.run(
    `COPY (SELECT * FROM (${joined}) moved WHERE operation IS NOT NULL ${spellingSql(job)}) TO ${text(changes)} (FORMAT parquet)`,
  );
  return text(changes);
}

/**
 * Ids are never case-folded, but Braze finds a profile by its e-mail address in any spelling: taking the value off the old
 * spelling would take it off somebody who is in the source. Such a leaver keeps it, and leaves with the last spelling.
 */
function spellingSql({ action, identifier, snapshot }: PlanJob): string {
  if (action !== 'maintain' || identifier !== 'email') return '';
  const sameAddress = `SELECT 1 FROM ${text(snapshot)} other WHERE lower(other.id) = lower(moved.id)`;
  return `AND NOT (operation = 'remove' AND EXISTS (${sameAddress}))`;
}

/** The rule of `plannedChange` of the domain, for those who move. */
function changeSql(action: ListAction): string {
  const add = `WHEN s.id IS NOT NULL AND (l.id IS NULL OR l.state = 'unsure') THEN 'add'`;
  switch (action) {
    case 'maintain':
      return `CASE ${add} WHEN s.id IS NULL THEN 'remove' END`;
    case 'add':
      return `CASE ${add} END`;
    case 'remove':
      return `CASE WHEN s.id IS NOT NULL AND l.id IS NOT NULL THEN 'remove' END`;
  }
}

/** Writes one operation's Parquet and lines, and digests its members by sums of hashes, which know no order. */
async function writeOperation(engine: Engine, job: PlanJob, changes: string, operation: ChangeOperation) {
  const { parquet, lines } = job.files[operation];
  const chosen = `FROM ${changes} WHERE operation = '${operation}'`;
  const [sums] = await engine.rows(
    `SELECT count(*) AS members, count(*) FILTER (unsure) AS unsure,
      coalesce(sum(md5_number_lower(id)), 0)::VARCHAR || ':' || coalesce(sum(md5_number_upper(id)), 0)::VARCHAR AS digest
      ${chosen}`,
  );
  const members = count(sums, 'members');
  if (members > 0) {
    await engine.run(`COPY (SELECT id ${chosen}) TO ${text(parquet)} (FORMAT parquet)`);
    await exportLines(engine, parquet, lines, encodedMemberSql(job.identifier, 'id'));
  }
  return { members, unsure: count(sums, 'unsure'), digest: String(sums?.['digest']) };
}

/** Lines in the very order of the Parquet file's rows: a slice is the same stretch of both. */
async function exportLines(engine: Engine, parquet: string, lines: string, encoded: string): Promise<void> {
  await engine.run('SET preserve_insertion_order = true');
  // JSON escapes every control character, so none of the writer's own marks can occur in a line.
  await engine.run(
    `COPY (SELECT ${encoded} FROM ${text(parquet)}) TO ${text(lines)}
      (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001')`,
  );
  await engine.run('SET preserve_insertion_order = false');
}
