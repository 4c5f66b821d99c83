import { number } from '../describe-run';
import { type Counted } from './engagement-watch';
import { describeWait, type ShardWait } from './shard-wait';
import { type EngagementState, type NoCallReason, STAGES, type Stage } from './vocabulary';

/** What is told of an engagement. */
export interface DescribableEngagement {
  integration: string;
  name: string;
  state: EngagementState;
  goal?: string | undefined;
  segment: { name: string; version: number };
  action: { externalApi: string; version: number };
  exitAction?: { externalApi: string; version: number } | undefined;
  frequency: 'once' | 'everyTime';
  onUnknown: 'hold' | 'resend';
  onResume: 'skip' | 'send';
  changes: readonly { change: string; by: string; at: string }[];
  counts?: (Counted & { latencyMs: { p50: number; p99: number; max: number } }) | undefined;
  countedAt?: string | undefined;
  stream?: DescribableStream | undefined;
}

/** What its shards tell. */
export interface DescribableStream {
  backlog: number;
  waiting: readonly (ShardWait & { shard: number })[];
  notSeeing?: string | undefined;
}

const STATES: Record<EngagementState, string> = {
  draft: 'a draft: nobody is sent',
  active: '**active**: who enters is sent',
  paused: '**paused**: who enters is recorded, not sent',
  stopped: 'stopped: nobody is sent any more',
};

const STAGE_WORDS: Record<Stage, string> = {
  captured: 'captured',
  unified: 'unified',
  entered: 'entered',
  sent: 'sent',
  accepted: 'accepted by Braze',
  seen: 'seen in Braze, of a sample',
};

const REASONS: Record<NoCallReason, string> = {
  noEngagement: 'no engagement asked',
  notInSegment: 'not in the segment',
  alreadyInside: 'in the segment already',
  alreadySent: 'sent once already',
  left: 'left the segment',
  paused: 'entered or left during a pause',
  skipped: 'skipped on resume',
  setAside: 'set aside',
  merged: 'merged with another person',
};

/** Names of changes, most recent ones shown. */
const SHOWN_CHANGES = 5;

/** Markdown of an engagement for Temporal's current details: state, versions, who changed what, counts. Never a person's data. */
export function describeEngagement(engagement: DescribableEngagement, trouble?: string): string {
  const { name, integration, state, goal, counts, countedAt, changes, stream } = engagement;
  return [
    `**${name}** on ${integration} is ${STATES[state]}`,
    '',
    ...(goal === undefined ? [] : [`- goal: ${goal}`]),
    `- ${versionsSentence(engagement)}`,
    `- ${engagement.frequency === 'once' ? 'once for each person' : 'every time that a person enters'}; unknown outcomes: ${engagement.onUnknown}; on resume: ${engagement.onResume}`,
    ...(counts ? countLines(counts) : ['- nothing is counted yet']),
    ...(stream === undefined ? [] : streamLines(stream)),
    ...(countedAt === undefined ? [] : [`- counted at ${countedAt}`]),
    ...(trouble === undefined ? [] : [`- **the counts cannot be read at present**: ${trouble}`]),
    '',
    ...changes.slice(-SHOWN_CHANGES).map(({ change, by, at }) => `- ${at} ${change} by ${by}`),
  ].join('\n');
}

/** Which versions an engagement works by, in one phrase. */
export function versionsSentence({
  segment,
  action,
  exitAction,
}: Pick<DescribableEngagement, 'segment' | 'action' | 'exitAction'>): string {
  const entry = `segment ${segment.name} v${segment.version} → ${action.externalApi} v${action.version}`;
  return exitAction ? `${entry}, on exit ${exitAction.externalApi} v${exitAction.version}` : entry;
}

/** How the stream stands, for people: what is left to do, who waits for what, and whether anything is looked for. */
export function streamLines({ backlog, waiting, notSeeing }: DescribableStream): string[] {
  return [
    `- ${number(backlog)} entries of the log are not worked off yet, those of other engagements among them`,
    ...waiting.map((wait) => `- shard ${wait.shard} ${describeWait(wait)}`),
    ...(notSeeing === undefined
      ? []
      : [`- what Braze has accepted is not looked for on the profiles: ${notSeeing}`]),
  ];
}

/** Counts for people: stages, what went wrong, latency, why events caused no call. */
export function countLines(counts: NonNullable<DescribableEngagement['counts']>): string[] {
  const { stages, refused, unknown, setAside, latencyMs } = counts;
  const way = STAGES.map((stage) => `${number(stages[stage])} ${STAGE_WORDS[stage]}`).join(' → ');
  const none = noCallSentence(counts.noCall);
  return [
    `- ${way}`,
    `- ${number(refused)} refused, ${number(unknown)} unknown, ${number(setAside)} set aside`,
    ...(stages.accepted > 0
      ? [
          `- from capture to Braze’s answer: half within ${latencyMs.p50} ms, 99 % within ${latencyMs.p99} ms, the slowest ${latencyMs.max} ms`,
        ]
      : []),
    ...(none === undefined ? [] : [`- ${none}`]),
  ];
}

/** Why events caused no call, in one line; absent where each caused one. */
export function noCallSentence(noCall: Partial<Record<NoCallReason, number>>): string | undefined {
  // Object.entries forgets the key type that the declaration guarantees.
  const counted = (Object.entries(noCall) as [NoCallReason, number][]).filter(([, count]) => count > 0);
  if (counted.length === 0) return undefined;
  const reasons = counted.map(([reason, count]) => `${number(count)} ${REASONS[reason]}`);
  return `events without a call: ${reasons.join(', ')}`;
}
