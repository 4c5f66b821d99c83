import { type Command } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import { type IntegrationState } from '../contract/entity';
import { FaultError } from './cli-error';
import { finish, type CommandHost, type CommonOptions, type Connected } from './host';
import { formatFacts, formatTable } from './table';

/** `brazier integrations`: what is set up. */
export function addIntegrations(program: Command, host: CommandHost): void {
  const group = program.command('integrations').description('List integrations, or show one.');
  finish(group.command('list').description('List all integrations.'), [
    'brazier integrations list --json',
  ]).action((options: CommonOptions) =>
    host.runConnected(options, ({ brazier }) => list(host, brazier, options)),
  );
  const show = group
    .command('show')
    .description('Show one integration’s settings.')
    .argument('<name>', 'its name');
  finish(show, ['brazier integrations show shop']).action((name: string, options: CommonOptions) =>
    host.runConnected(options, async ({ brazier }) => {
      const state = await requireIntegration(brazier, name);
      for (const line of options.json ? [JSON.stringify(state)] : formatIntegration(state))
        host.io.print(line);
      return EXIT_CODES.ok;
    }),
  );
}

async function list(
  host: CommandHost,
  brazier: Connected['brazier'],
  { json }: CommonOptions,
): Promise<number> {
  const all: IntegrationState[] = [];
  for await (const state of brazier.integrations()) {
    if (json) host.io.print(JSON.stringify(state.settings));
    else all.push(state);
  }
  if (json) return EXIT_CODES.ok;
  const lines = formatTable(
    [
      { title: 'NAME', of: ({ settings }) => settings.name },
      { title: 'BRAZE', of: ({ settings }) => settings.braze.endpoint },
      { title: 'BUCKET', of: ({ settings }) => bucketPath(settings.exchange) },
      { title: 'AUDIENCES', of: ({ audiences }) => Object.keys(audiences).length },
    ],
    all.sort((left, right) => (left.settings.name < right.settings.name ? -1 : 1)),
  );
  for (const line of all.length === 0 ? ['No integration is set up yet: brazier setup --help'] : lines)
    host.io.print(line);
  return EXIT_CODES.ok;
}

/** An integration, or the failure that says that there is none. */
export async function requireIntegration(
  brazier: Connected['brazier'],
  name: string,
): Promise<IntegrationState> {
  const state = await brazier.integration(name);
  if (state) return state;
  throw new FaultError({ code: 'INTEGRATION_UNKNOWN', message: `There is no integration "${name}".` });
}

/** Settings for people; secrets are references, and stay that. */
export function formatIntegration({ settings, audiences }: IntegrationState): string[] {
  const { name, braze, exchange, exportSegmentId, attributes, features } = settings;
  return formatFacts([
    ['integration', name],
    ['Braze endpoint', braze.endpoint],
    ['REST key', braze.restKey],
    ['track limit', `${braze.requestsPerSecond} requests/s of ${braze.objectsPerRequest} objects`],
    ['apply lag', `${braze.applyLagSeconds} s`],
    ['exchange bucket', bucketPath(exchange)],
    ['bucket region', exchange.region],
    ['bucket server', exchange.endpoint],
    [
      'bucket keys',
      exchange.accessKeyId === undefined
        ? 'the worker’s own role'
        : `${exchange.accessKeyId}, ${exchange.secretAccessKey ?? ''}`,
    ],
    ['export segment', exportSegmentId],
    ['attributes', attributes.join(', ')],
    ['reading back', features.readBack ? 'on' : 'off'],
    ['import', features.import ? 'on' : 'off'],
    ['audiences', String(Object.keys(audiences).length)],
  ]);
}

function bucketPath({ bucket, path }: { bucket: string; path: string }): string {
  return path === '' ? bucket : `${bucket}/${path}`;
}
