import { number } from '../describe-run';
import { noCallSentence } from './describe-engagement';
import { type NoCallReason } from './vocabulary';
import { describeWait, type ShardWait } from './shard-wait';

/** What is told of a shard. */
export interface DescribableShard {
  epoch: number;
  cursor: number;
  backlog: number;
  events: number;
  delivered: number;
  refused: number;
  unknown: number;
  noCall?: Partial<Record<NoCallReason, number>> | undefined;
  isDrained: boolean;
  waiting?: ShardWait | undefined;
  notSeeing?: string | undefined;
}

/** Markdown of a shard for Temporal's current details, as of the end of its last stay at a worker. */
export function describeShard(shard: DescribableShard): string {
  const { epoch, cursor, backlog, events, delivered, refused, unknown, isDrained, waiting, notSeeing } =
    shard;
  const lines = [
    `Worked off up to entry ${number(cursor)} (epoch ${epoch}); ${number(backlog)} entries after it.`,
    `In its last stay at a worker: ${number(events)} events unified and worked off, ${number(delivered)} calls accepted by Braze, ${number(refused)} refused, ${number(unknown)} unknown.`,
  ];
  const silent = noCallSentence(shard.noCall ?? {});
  if (silent !== undefined) lines.push(`In that stay, ${silent}.`);
  if (waiting !== undefined) lines.push(`It ${describeWait(waiting)}`);
  if (notSeeing !== undefined)
    lines.push(`What Braze has accepted is not looked for on the profiles: ${notSeeing}`);
  lines.push(
    isDrained
      ? 'The layout was replaced, and everything of this shard is worked off.'
      : 'This is as of the end of that stay, each ten minutes; the heartbeat of its activity tells what is so now, and the engagements tell stages and latency.',
  );
  return lines.join('\n\n');
}
