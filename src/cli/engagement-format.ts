import { type Command } from 'commander';
import { type EngagementStatus } from '../contract/engagement';
import { countLines, streamLines } from '../domain/stream/describe-engagement';
import { type CommandHost, type CommonOptions } from './host';
import { formatFacts } from './table';

/** One engagement for people. */
export function formatEngagement(status: EngagementStatus): string[] {
  const { segment, action, exitAction, counts, countedAt, changes } = status;
  const facts = formatFacts([
    ['engagement', status.name],
    ['integration', status.integration],
    ['state', status.state],
    ['goal', status.goal],
    ['segment', `${segment.name} v${segment.version}`],
    ['external api', `${action.externalApi} v${action.version}`],
    ['on exit', exitAction && `${exitAction.externalApi} v${exitAction.version}`],
    ['frequency', status.frequency === 'once' ? 'once for each person' : 'at every entry'],
    ['on unknown', status.onUnknown],
    ['on resume', status.onResume],
    ['active since', status.activatedAt],
    ['revision', String(status.revision)],
    ['counted at', countedAt],
  ]);
  const history = changes.map(({ change, by, at }) => `  ${at}  ${change} by ${by}`);
  return [
    ...facts,
    ...(counts ? countLines(counts) : []),
    ...(status.stream ? streamLines(status.stream) : []),
    ...(history.length > 0 ? ['changes', ...history] : []),
  ];
}

/** The two words by which an engagement is named. */
export function addEngagementArguments(command: Command): Command {
  return command
    .argument('<integration>', 'integration that it belongs to')
    .argument('<engagement>', 'its name');
}

/** Prints an engagement as it is now. */
export function tellEngagement(host: CommandHost, options: CommonOptions, status: EngagementStatus): void {
  for (const line of options.json ? [JSON.stringify(status)] : formatEngagement(status)) host.io.print(line);
}
