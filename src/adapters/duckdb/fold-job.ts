import { type ChangeOperation, type OutcomeCounts } from '../../contract/objects';
import { count, text, type Engine } from './engine';
import { loadStretches, outcomesQuery } from './exceptions-sql';
import { type CorrectJob, type FoldJob, type FoldResult, type LedgerSize } from './jobs';

/** Folds outcomes into the ledger by the rule of `nextRow` of the domain. */
export async function fold(engine: Engine, job: FoldJob): Promise<FoldResult> {
  await loadStretches(engine, job.exceptions);
  await writeLedger(engine, job.output, folded(job));
  const outcomes = await countOutcomes(engine, job);
  if (outcomes.add.rejected + outcomes.remove.rejected > 0) {
    const refused = `SELECT id, operation, reason FROM (${outcomesQuery(job.plan)}) WHERE outcome = 'rejected'`;
    await engine.run(`COPY (${refused}) TO ${text(job.rejected)} (FORMAT json)`);
  }
  return { ...(await ledgerSize(engine, job.output)), outcomes };
}

/** Applies corrections to the ledger by the rule of `correctedRow` of the domain. */
export async function correct(engine: Engine, job: CorrectJob): Promise<LedgerSize> {
  let ledger = ledgerQuery(job.ledger);
  for (const [index, { path, generation }] of job.corrections.entries()) {
    const step = index === job.corrections.length - 1 ? job.output : `${job.output}.${index}`;
    await writeLedger(engine, step, corrected(ledger, path, generation));
    ledger = ledgerQuery(step);
  }
  return ledgerSize(engine, job.output);
}

function folded(job: FoldJob): string {
  const { generation } = job;
  return `SELECT coalesce(l.id, c.id) AS id,
    CASE c.outcome
      WHEN 'accepted' THEN CASE c.operation WHEN 'add' THEN 'held' END
      WHEN 'rejected' THEN CASE WHEN c.operation = 'add' AND l.state IS DISTINCT FROM 'unsure' THEN NULL ELSE l.state END
      WHEN 'unknown' THEN 'unsure'
      ELSE l.state END AS state,
    CASE WHEN c.outcome IN ('accepted', 'unknown') OR l.generation IS NULL THEN ${generation} ELSE l.generation END::BIGINT
      AS generation
    FROM (${ledgerQuery(job.ledger)}) l FULL JOIN (${outcomesQuery(job.plan)}) c ON l.id = c.id`;
}

function corrected(ledger: string, path: string, generation: number): string {
  const findings = `SELECT id, any_value(operation) AS operation, any_value(finding) AS finding FROM read_json(
    ${text(path)}, format = 'newline_delimited', auto_detect = false,
    columns = {id: 'VARCHAR', operation: 'VARCHAR', finding: 'VARCHAR'}) GROUP BY id`;
  const present = 'l.id IS NOT NULL';
  const current = `c.operation = 'add' AND l.generation = ${generation}`;
  return `SELECT coalesce(l.id, c.id) AS id,
    CASE WHEN c.id IS NULL THEN l.state
      WHEN ${present} AND ${current} THEN CASE c.finding WHEN 'late' THEN 'unsure' END
      WHEN ${present} THEN l.state
      WHEN c.operation = 'remove' AND c.finding = 'late' THEN 'unsure' END AS state,
    coalesce(l.generation, ${generation})::BIGINT AS generation
    FROM (${ledger}) l FULL JOIN (${findings}) c ON l.id = c.id`;
}

function ledgerQuery(file: string | undefined): string {
  return file === undefined
    ? `SELECT ''::VARCHAR AS id, ''::VARCHAR AS state, 0::BIGINT AS generation WHERE false`
    : `SELECT id, state, generation FROM ${text(file)}`;
}

/** Rows without a state are the absent; a ledger does not list them. */
async function writeLedger(engine: Engine, file: string, query: string): Promise<void> {
  await engine.run(
    `COPY (SELECT * FROM (${query}) WHERE state IS NOT NULL) TO ${text(file)} (FORMAT parquet)`,
  );
}

async function ledgerSize(engine: Engine, file: string): Promise<LedgerSize> {
  const [row] = await engine.rows(
    `SELECT count(*) AS members, count(*) FILTER (state = 'unsure') AS unsure FROM ${text(file)}`,
  );
  return { members: count(row, 'members'), unsure: count(row, 'unsure') };
}

async function countOutcomes(engine: Engine, job: FoldJob): Promise<Record<ChangeOperation, OutcomeCounts>> {
  const rows = await engine.rows(
    'SELECT operation, outcome, sum(last - first + 1) AS n FROM stretches GROUP BY ALL',
  );
  const outcomes = { add: noOutcomes(), remove: noOutcomes() };
  for (const operation of ['add', 'remove'] as const) {
    const file = job.plan[operation];
    if (file === undefined) continue;
    const [total] = await engine.rows(`SELECT count(*) AS n FROM ${text(file)}`);
    const counts = outcomes[operation];
    for (const row of rows.filter((candidate) => candidate['operation'] === operation)) {
      const outcome = row['outcome'];
      if (outcome === 'rejected' || outcome === 'unknown' || outcome === 'unsent')
        counts[outcome] = count(row, 'n');
    }
    counts.accepted = count(total, 'n') - counts.rejected - counts.unknown - counts.unsent;
  }
  return outcomes;
}

function noOutcomes(): OutcomeCounts {
  return { accepted: 0, rejected: 0, unknown: 0, unsent: 0 };
}
