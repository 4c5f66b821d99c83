import { type Bucket } from '../adapters/bucket/bucket';
import { type RunResult } from '../contract/run';
import { reportKey } from '../domain/state-layout';
import { valueOf } from './failure';

/** Which run's report to write. */
export interface WriteReportInput {
  integration: string;
  audienceKey: string;
  result: RunResult;
}

/** Turns a run's result into a page. */
export type ReportRenderer = (result: RunResult) => string;

/** Activities that leave something for people to read. */
export function createReportActivities(ports: { stateBucket: Bucket; render: ReportRenderer }) {
  return {
    /**
     * Writes the run's report and answers its key. Safe to retry: the same result makes the same page under the same
     * name. Bounded by its time-out. Reads nothing.
     */
    async writeReport({ integration, audienceKey, result }: WriteReportInput): Promise<string> {
      const folder = { path: ports.stateBucket.path, integration, audienceKey };
      const key = reportKey(folder, result.generation ?? 0);
      valueOf(await ports.stateBucket.put(key, ports.render(result)));
      return key;
    },
  };
}
