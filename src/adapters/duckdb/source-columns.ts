import { describeColumns } from '../../domain/column-names';
import { betterDelimiter } from '../../domain/csv-delimiter';
import { type FreezeJob } from './jobs';
import { JobFault } from './source-fault';

/** Refuses a file that lacks one of the columns asked for; `there` are the names that it has. */
export function requireColumns(job: FreezeJob, there: readonly string[], file: string): void {
  const wanted = [job.idColumn, job.aliasLabelColumn].filter((column) => column !== undefined);
  for (const column of wanted) {
    const found = there.filter((other) => other === column).length;
    if (found === 1) continue;
    const problem = found === 0 ? 'is not there' : 'is there more than once';
    const message = `${file}: column "${column}" ${problem}. ${advice(job, column, there)}`;
    throw new JobFault({ code: 'SOURCE_COLUMN_MISSING', message });
  }
}

function advice(job: FreezeJob, wanted: string, there: readonly string[]): string {
  const delimiter = job.format === 'csv' ? betterDelimiter(there, job.csv.delimiter) : undefined;
  return delimiter === undefined
    ? `${describeColumns(there, wanted)}.`
    : `The first row is one column with ${JSON.stringify(delimiter)} in it: is source.csv.delimiter right?`;
}
