import { type FreezeJob } from './jobs';

/** What has to be known to count rows by file. */
type CountedJob = Pick<FreezeJob, 'files'>;

/** Whether a manifest tells how many rows some file has. */
export function isCountedByFile({ files }: CountedJob): boolean {
  return files.some((file) => file.expectedRows !== undefined);
}

/** The column with the path of a row's file; nothing is carried along that nobody asks for. */
export function fileColumn(job: CountedJob): string {
  return isCountedByFile(job) ? 'filename' : 'NULL';
}

/** The option that gives a reader that column. */
export function fileNameOption(job: CountedJob): string {
  return isCountedByFile(job) ? ', filename = true' : '';
}
