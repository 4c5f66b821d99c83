import { type Command } from 'commander';
import { type AudienceListing } from '../client/brazier-client';
import { EXIT_CODES } from '../contract/errors';
import { type AudienceState } from '../contract/entity';
import { number } from '../domain/describe-run';
import { FaultError } from './cli-error';
import { finish, type CommandHost, type CommonOptions, type Connected } from './host';
import { requireIntegration } from './integrations';
import { formatFacts, formatTable } from './table';

interface ListOptions extends CommonOptions {
  integration?: string;
}
interface ShowOptions extends CommonOptions {
  attribute?: string;
}

/** `brazier audiences`: who is in Braze through us, by audience. */
export function addAudiences(program: Command, host: CommandHost): void {
  const group = program.command('audiences').description('List audiences, or show one.');
  const list = group
    .command('list')
    .description('List audiences with their members, as the last committed ledger has them.')
    .option('--integration <name>', 'only those of this integration');
  finish(list, ['brazier audiences list', 'brazier audiences list --integration shop --json']).action(
    (options: ListOptions) =>
      host.runConnected(options, ({ brazier }) => listAudiences(host, brazier, options)),
  );
  const show = group
    .command('show')
    .description('Show one audience.')
    .argument('<integration>', 'integration that it belongs to')
    .argument('<audience>', 'its name, the value that is written')
    .option('--attribute <name>', 'custom attribute, where the name is used on several');
  finish(show, ['brazier audiences show shop "Gold customers"']).action(
    (integration: string, audience: string, options: ShowOptions) =>
      host.runConnected(options, async ({ brazier }) => {
        const { audiences } = await requireIntegration(brazier, integration);
        const found = findAudience(Object.values(audiences), audience, options.attribute);
        const listing = { integration, ...found };
        for (const line of options.json ? [JSON.stringify(listing)] : formatAudience(listing))
          host.io.print(line);
        return EXIT_CODES.ok;
      }),
  );
}

async function listAudiences(
  host: CommandHost,
  brazier: Connected['brazier'],
  options: ListOptions,
): Promise<number> {
  const { integration, json } = options;
  if (integration !== undefined) await requireIntegration(brazier, integration);
  const all: AudienceListing[] = [];
  for await (const audience of brazier.audiences(integration)) {
    if (json) host.io.print(JSON.stringify(audience));
    else all.push(audience);
  }
  if (json) return EXIT_CODES.ok;
  const lines = formatTable<AudienceListing>(
    [
      { title: 'INTEGRATION', of: (audience) => audience.integration },
      { title: 'AUDIENCE', of: ({ audience }) => audience },
      { title: 'ATTRIBUTE', of: ({ attribute }) => attribute },
      { title: 'MEMBERS', of: ({ ledger }) => ledger?.members },
      { title: 'UNSURE', of: ({ ledger }) => ledger?.unsure },
      { title: 'LAST RUN', of: ({ lastOutcome }) => lastOutcome?.outcome },
      { title: 'ENDED', of: ({ lastOutcome }) => lastOutcome?.at },
    ],
    all,
  );
  for (const line of all.length === 0 ? ['There is no audience yet: brazier activate --help'] : lines)
    host.io.print(line);
  return EXIT_CODES.ok;
}

/** The audience of that name; where several attributes have one, the attribute has to be said. */
export function findAudience(all: readonly AudienceState[], name: string, attribute?: string): AudienceState {
  const found = all.filter(
    (audience) => audience.audience === name && (attribute === undefined || audience.attribute === attribute),
  );
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  const message = only
    ? `"${name}" is on several attributes (${found.map((audience) => audience.attribute).join(', ')}).`
    : `The integration has no audience "${name}"${attribute === undefined ? '' : ` on ${attribute}`}.`;
  const help = only ? 'Choose one with --attribute.' : 'See "brazier audiences list".';
  throw new FaultError({ code: 'INPUT_INVALID', message }, help);
}

/** One audience for people. */
export function formatAudience(audience: AudienceListing): string[] {
  const { ledger, open, released, lastOutcome } = audience;
  return formatFacts([
    ['audience', audience.audience],
    ['integration', audience.integration],
    ['attribute', audience.attribute],
    ['identifier', audience.identifier],
    ['key', audience.key],
    [
      'members',
      ledger ? `${number(ledger.members)}, of them ${number(ledger.unsure)} unsure` : 'none committed yet',
    ],
    ['generation', String(audience.generation)],
    ['ledger', ledger?.file.key],
    [
      'last run',
      lastOutcome && `${lastOutcome.outcome} on ${lastOutcome.at} (generation ${lastOutcome.generation})`,
    ],
    ['waiting run', released?.workflowId],
    ...open.map((run): [string, string] => ['open run', `${run.workflowId} (generation ${run.generation})`]),
  ]);
}
