import { type Command } from 'commander';
import { type Database } from '../adapters/postgres/database';
import { createRegistry } from '../adapters/postgres/registry';
import { type SegmentDefinition } from '../contract/engagement';
import { type SegmentVersion } from '../contract/segment';
import { EXIT_CODES } from '../contract/errors';
import { parseSegment } from '../contract/schemas/segment';
import { previewSegment } from '../process/preview-segment';
import { unwrap } from './cli-error';
import { finish, type CommandHost, type CommonOptions } from './host';
import { knowsIntegration, refuseUnknown } from './known-integration';
import { personName, wholeNumber } from './option-values';
import { formatPreview, formatSegment, SEGMENT_COLUMNS } from './segment-format';
import { formatTable } from './table';
import { withDatabase } from './with-database';

interface VersionOptions extends CommonOptions {
  segmentVersion?: number;
}
interface SaveOptions extends CommonOptions {
  file: string;
  by: string;
}
interface PreviewOptions extends VersionOptions {
  file?: string;
  sample: number;
}

/** `brazier segment`: conditions that make people members, and who would be. */
export function addSegment(program: Command, host: CommandHost): void {
  const group = program
    .command('segment')
    .description('Segments: save conditions over people and what they did, and see how many they fit.');
  const save = group
    .command('save')
    .description('Save a segment; another condition becomes another version.')
    .requiredOption('--file <path>', 'JSON of the segment, - for standard input')
    .requiredOption('--by <name>', 'who saves it', personName);
  finish(save, ['brazier segment save --file third-purchase.json --by "Ada Example"']).action(
    (options: SaveOptions) =>
      withDatabase(host, options, async (database) => {
        const segment = unwrap(parseSegment(await host.readJson(options.file)));
        const saved = unwrap(await createRegistry(database).saveSegment(segment, options.by));
        const { integration } = segment;
        if ((await knowsIntegration(host, database, integration)) === false)
          host.io.tell(
            `There is no integration "${integration}" yet: the segment is of use once it is set up.`,
          );
        return tell(host, options, saved);
      }),
  );
  const list = group
    .command('list')
    .description('List the segments of an integration, each in its latest version.')
    .argument('<integration>', 'integration that they belong to');
  finish(list, ['brazier segment list shop', 'brazier segment list shop --json']).action(
    (integration: string, options: CommonOptions) =>
      withDatabase(host, options, (database) => listAll(host, options, database, integration)),
  );
  const show = named(group.command('show').description('Show a segment with its condition.'));
  finish(show, [
    'brazier segment show shop third-purchase',
    'brazier segment show shop lapsed --json',
  ]).action((integration: string, name: string, options: VersionOptions) =>
    withDatabase(host, options, async (database) => {
      const found = await createRegistry(database).segmentVersion(integration, name, options.segmentVersion);
      if (!found.ok) await refuseUnknown(host, database, integration);
      return tell(host, options, unwrap(found));
    }),
  );
  addPreview(group, host);
}

function addPreview(group: Command, host: CommandHost): void {
  const command = group
    .command('preview')
    .description('Count who fits a segment now, and who will by time alone. Nothing is saved or sent.')
    .argument('[integration]', 'integration, of a saved segment')
    .argument('[segment]', 'name of a saved segment')
    .option('--file <path>', 'JSON of a segment that need not be saved, - for standard input')
    .option('--segment-version <n>', 'an older version', wholeNumber(1, 1_000_000))
    .option('--sample <n>', 'also print the ids of so many profiles', wholeNumber(0, 1_000), 0);
  finish(command, [
    'brazier segment preview shop third-purchase',
    'brazier segment preview --file lapsed.json --sample 5',
  ]).action((integration: string | undefined, name: string | undefined, options: PreviewOptions) => {
    if ((options.file === undefined) === (integration === undefined || name === undefined))
      command.error('error: name an integration and a segment, or give --file');
    return withDatabase(host, options, async (database) => {
      const segment = await previewed(host, database, { integration, name, ...options });
      const { sample } = options;
      const preview = unwrap(await previewSegment(database, { ...segment, nowMs: Date.now(), sample }));
      if (preview.people === 0) await refuseUnknown(host, database, segment.integration);
      for (const line of options.json ? [JSON.stringify(preview)] : formatPreview(preview))
        host.io.print(line);
      return EXIT_CODES.ok;
    });
  });
}

/** The saved segment that is named, or the one in the file. */
async function previewed(
  host: CommandHost,
  database: Database,
  {
    integration = '',
    name = '',
    file,
    segmentVersion,
  }: PreviewOptions & { integration: string | undefined; name: string | undefined },
): Promise<SegmentDefinition> {
  if (file !== undefined) return unwrap(parseSegment(await host.readJson(file)));
  const found = await createRegistry(database).segmentVersion(integration, name, segmentVersion);
  if (!found.ok) await refuseUnknown(host, database, integration);
  return unwrap(found);
}

function named(command: Command): Command {
  return command
    .argument('<integration>', 'integration that it belongs to')
    .argument('<segment>', 'its name')
    .option('--segment-version <n>', 'an older version', wholeNumber(1, 1_000_000));
}

function tell(host: CommandHost, { json }: CommonOptions, segment: SegmentVersion): number {
  for (const line of json ? [JSON.stringify(segment)] : formatSegment(segment)) host.io.print(line);
  return EXIT_CODES.ok;
}

async function listAll(
  host: CommandHost,
  { json }: CommonOptions,
  database: Database,
  integration: string,
): Promise<number> {
  const segments = unwrap(await createRegistry(database).listSegments(integration));
  if (segments.length === 0) await refuseUnknown(host, database, integration);
  const lines = json
    ? segments.map((segment) => JSON.stringify(segment))
    : formatTable(SEGMENT_COLUMNS, segments);
  const isNone = segments.length === 0 && !json;
  for (const line of isNone ? ['There is no segment yet: brazier segment save --help'] : lines)
    host.io.print(line);
  return EXIT_CODES.ok;
}
