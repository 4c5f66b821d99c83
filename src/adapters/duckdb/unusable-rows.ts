import { SAMPLES_PER_REASON } from '../../contract/rejected-samples';
import { classifiedQuery } from './classified-rows';
import { count, text, type Engine } from './engine';
import { type FreezeJob } from './jobs';
import { sourceQuery } from './source-sql';

/** A file's number and a row's within it as one number: no file has as many rows. */
const ROWS_APART = 1_000_000_000_000;
/** Longer values stand behind the others, so that a bounded read of the file's beginning still sees every reason. */
const SHORT_BYTES = 10_000;

/**
 * Writes each unusable value once, with the object and the row where it stands first, and answers how many lines that makes.
 * The source is read once more for it: numbering rows takes one thread, and a source without such rows need not wait for that.
 */
export async function writeUnusable(engine: Engine, job: FreezeJob): Promise<number> {
  await engine.run('CREATE TEMP TABLE unusable (id VARCHAR, reason VARCHAR, place BIGINT)');
  for (const [index, file] of job.files.entries()) {
    const source = await sourceQuery(engine, { ...job, files: [file] });
    const numbered = `SELECT *, row_number() OVER () AS row FROM (${source})`;
    await engine.run(`INSERT INTO unusable SELECT id, reason, ${index * ROWS_APART} + row
      FROM (${classifiedQuery(job, numbered, 'row')}) WHERE reason IS NOT NULL AND reason <> 'blank'`);
  }
  const names = job.files.map(({ name }) => text(name)).join(', ');
  const [written] = await engine.rows(`COPY (
    SELECT id, rows, reason, [${names}][place // ${ROWS_APART} + 1] AS object, place % ${ROWS_APART} AS row FROM (
      SELECT *, row_number() OVER (PARTITION BY reason ORDER BY strlen(id) > ${SHORT_BYTES}, place) AS rank
      FROM (SELECT id, count(*) AS rows, reason, min(place) AS place FROM unusable GROUP BY id, reason))
    ORDER BY rank > ${SAMPLES_PER_REASON}, strlen(id) > ${SHORT_BYTES}, place) TO ${text(job.rejected)} (FORMAT json)`);
  await engine.run('DROP TABLE unusable');
  return count(written, 'Count');
}
