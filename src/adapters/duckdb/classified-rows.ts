import { text } from './engine';
import { memberSql, trimmedSql, unusableReasonSql } from './identifier-sql';
import { type FreezeJob } from './jobs';

/** Rows of a source as member and no reason, or as they were written and why that is unusable; one more column is passed on. */
export function classifiedQuery(job: FreezeJob, source: string, place: 'file' | 'row'): string {
  const label = job.aliasLabel === undefined ? trimmedSql('raw_label') : trimmedSql(text(job.aliasLabel));
  const reason = `CASE WHEN mistyped THEN 'notText' ELSE ${unusableReasonSql(job.identifier, 'name', 'label')} END`;
  return `SELECT CASE WHEN reason IS NULL THEN ${memberSql(job.identifier, 'name', 'label')} ELSE raw END AS id, reason, ${place}
    FROM (SELECT name, label, raw, ${place}, ${reason} AS reason
      FROM (SELECT raw, mistyped, ${place}, ${trimmedSql('raw')} AS name, ${label} AS label FROM (${source})))`;
}
