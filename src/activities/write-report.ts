import { type Bucket } from '../adapters/bucket/bucket';
import { type RejectedSamples } from '../contract/rejected-samples';
import { type RunResult } from '../contract/run';
import { reportKey } from '../domain/state-layout';
import { valueOf } from './failure';
import { sampleRejected } from './rejected-samples';

/** Which run's report to write. */
export interface WriteReportInput {
  integration: string;
  audienceKey: string;
  result: RunResult;
}

/** Turns a run's result, and samples of what was rejected, into a page. */
export type ReportRenderer = (result: RunResult, rejected: readonly RejectedSamples[]) => string;

/** Activities that leave something for people to read. */
export function createReportActivities(ports: { stateBucket: Bucket; render: ReportRenderer }) {
  return {
    /**
     * Writes the run's report and answers its key; samples of rejected rows go from bucket to bucket, through no history.
     * Safe to retry: the same result and rejected files make the same page under the same name. Bounded by its time-out;
     * of each rejected file only the beginning is read. Reads fresh: nothing, rejected files never change.
     */
    async writeReport({ integration, audienceKey, result }: WriteReportInput): Promise<string> {
      const folder = { path: ports.stateBucket.path, integration, audienceKey };
      const key = reportKey(folder, result.generation ?? 0);
      const rejected = await sampleRejected(ports.stateBucket, result.rejectedKeys ?? []);
      valueOf(await ports.stateBucket.put(key, ports.render(result, rejected)));
      return key;
    },
  };
}
