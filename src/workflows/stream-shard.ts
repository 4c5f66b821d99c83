import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { type RunShardInput } from '../activities/run-shard';
import { type ShardProgress } from '../contract/stream';
import { shardWork } from './activity-proxies';

/**
 * One shard of a stream: has a worker look after it for as long as its layout lasts. Events and people never come here; what
 * does is how far the shard has come.
 */
export async function streamShard(input: RunShardInput): Promise<ShardProgress> {
  for (let { waiting } = input; ;) {
    const progress = await shardWork.runShard({ ...input, waiting });
    waiting = progress.waiting;
    setCurrentDetails(detailsOf(progress));
    if (progress.isDrained) return progress;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof streamShard>({ ...input, waiting });
  }
}

function detailsOf({ epoch, cursor, delivered, refused, unknown, isDrained }: ShardProgress): string {
  const lines = [
    `Worked off up to entry ${cursor} (epoch ${epoch}).`,
    `In the last stay: ${delivered} calls delivered, ${refused} refused, ${unknown} unknown.`,
  ];
  if (isDrained) lines.push('The layout was replaced, and everything of this shard is worked off.');
  return lines.join('\n\n');
}
