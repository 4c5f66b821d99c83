import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { type RunShardInput } from '../activities/run-shard';
import { type ShardProgress } from '../contract/stream';
import { describeShard } from '../domain/stream/describe-shard';
import { shardWork } from './activity-proxies';

/**
 * One shard of a stream: has a worker look after it for as long as its layout lasts. Events and people never come here; what
 * does is how far the shard has come.
 */
export async function streamShard(input: RunShardInput): Promise<ShardProgress> {
  for (let { waiting } = input; ;) {
    const progress = await shardWork.runShard({ ...input, waiting });
    waiting = progress.waiting;
    setCurrentDetails(describeShard(progress));
    if (progress.isDrained) return progress;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof streamShard>({ ...input, waiting });
  }
}
