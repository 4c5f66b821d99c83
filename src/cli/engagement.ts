import { type Command } from 'commander';
import { type EngagementStatus } from '../contract/engagement';
import { EXIT_CODES } from '../contract/errors';
import { addEngagementActivate } from './engagement-activate';
import { addEngagementChanges } from './engagement-changes';
import { addEngagementArguments, tellEngagement } from './engagement-format';
import { addEngagementPreview } from './engagement-preview';
import { addEngagementTail } from './engagement-tail';
import { finish, type CommandHost, type CommonOptions } from './host';
import { formatTable } from './table';

interface ListOptions extends CommonOptions {
  integration?: string;
}

/** `brazier engagement`: real-time engagements, from their activation to their end. */
export function addEngagement(program: Command, host: CommandHost): void {
  const group = program
    .command('engagement')
    .description('Engagements: whoever enters a segment is sent to Braze at once.');
  addEngagementActivate(group, host);
  const list = group
    .command('list')
    .description('List engagements with their state, versions and counts.')
    .option('--integration <name>', 'only those of this integration');
  finish(list, ['brazier engagement list', 'brazier engagement list --integration shop --json']).action(
    (options: ListOptions) => host.runConnected(options, ({ brazier }) => listAll(host, brazier, options)),
  );
  const show = addEngagementArguments(
    group
      .command('show')
      .description('Show an engagement as it is now: state, versions, who changed it, counts per stage.'),
  );
  finish(show, ['brazier engagement show shop third-purchase']).action(
    (integration: string, name: string, options: CommonOptions) =>
      host.runConnected(options, async ({ brazier }) => {
        tellEngagement(host, options, await brazier.engagements.refresh({ integration, name }));
        return EXIT_CODES.ok;
      }),
  );
  addEngagementPreview(group, host);
  addEngagementTail(group, host);
  addEngagementChanges(group, host);
}

async function listAll(
  host: CommandHost,
  { engagements }: { engagements: { list(integration?: string): AsyncGenerator<EngagementStatus> } },
  { integration, json }: ListOptions,
): Promise<number> {
  const all: EngagementStatus[] = [];
  for await (const status of engagements.list(integration)) {
    if (json) host.io.print(JSON.stringify(status));
    else all.push(status);
  }
  if (json) return EXIT_CODES.ok;
  const lines = formatTable<EngagementStatus>(
    [
      { title: 'INTEGRATION', of: (status) => status.integration },
      { title: 'ENGAGEMENT', of: ({ name }) => name },
      { title: 'STATE', of: ({ state }) => state },
      { title: 'SEGMENT', of: ({ segment }) => `${segment.name} v${segment.version}` },
      { title: 'EXTERNAL API', of: ({ action }) => `${action.externalApi} v${action.version}` },
      { title: 'ENTERED', of: ({ counts }) => counts?.stages.entered },
      { title: 'ACCEPTED', of: ({ counts }) => counts?.stages.accepted },
      { title: 'REFUSED', of: ({ counts }) => counts?.refused },
      { title: 'UNKNOWN', of: ({ counts }) => counts?.unknown },
    ],
    all,
  );
  for (const line of all.length === 0
    ? ['There is no engagement yet: brazier engagement activate --help']
    : lines)
    host.io.print(line);
  return EXIT_CODES.ok;
}
