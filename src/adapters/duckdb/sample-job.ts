import { count, text, type Engine } from './engine';
import { loadStretches, outcomesQuery } from './exceptions-sql';
import { type SampleJob, type SampleResult } from './jobs';

/** Draws accepted members: one of each slice before a second of any, in an order that the seed alone decides. */
export async function sample(engine: Engine, job: SampleJob): Promise<SampleResult> {
  await loadStretches(engine, job.exceptions);
  const picks = (['add', 'remove'] as const).map((operation) => {
    const file = job.plan[operation];
    return outcomesQuery(file === undefined ? {} : { [operation]: file });
  });
  const [add = '', remove = ''] = picks;
  const drawn = `(${drawnQuery(job, add, job.take.add)}) UNION ALL (${drawnQuery(job, remove, job.take.remove)})`;
  await engine.run(`CREATE TEMP TABLE drawn AS ${drawn}`);
  await engine.run(`COPY (SELECT id, operation FROM drawn) TO ${text(job.output)} (FORMAT json)`);
  const [row] = await engine.rows(
    `SELECT count(*) FILTER (operation = 'add') AS a, count(*) FILTER (operation = 'remove') AS r FROM drawn`,
  );
  return { add: count(row, 'a'), remove: count(row, 'r') };
}

function drawnQuery(job: SampleJob, members: string, take: number | 'all'): string {
  const accepted = `SELECT id, operation, row // ${job.membersPerSlice} AS slice FROM (${members}) WHERE outcome = 'accepted'`;
  if (take === 'all') return `SELECT id, operation FROM (${accepted})`;
  const ranked = `SELECT id, operation, md5(${text(job.seed)} || id) AS lot,
    row_number() OVER (PARTITION BY slice ORDER BY md5(${text(job.seed)} || id)) AS place
    FROM (${accepted}) QUALIFY place <= ${take}`;
  return `SELECT id, operation FROM (${ranked}) ORDER BY place, lot LIMIT ${take}`;
}
