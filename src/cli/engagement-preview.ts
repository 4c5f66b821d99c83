import { type Command } from 'commander';
import { type EngagementPreview } from '../contract/engagement-preview';
import { EXIT_CODES } from '../contract/errors';
import { parseEngagement } from '../contract/schemas/engagement';
import {
  type EngagementPreviewRequest,
  type PreviewEvent,
  previewEngagement,
} from '../process/preview-engagement';
import { unwrap } from './cli-error';
import { given } from './activation-input';
import { formatEngagementPreview } from './engagement-preview-format';
import { finish, type CommandHost, type CommonOptions } from './host';
import { withDatabase } from './with-database';

interface PreviewOptions extends CommonOptions {
  file?: string;
  externalId?: string;
  email?: string;
  phone?: string;
  anonymousId?: string;
  event?: string;
  eventFile?: string;
}

/** `brazier engagement preview`: what an engagement would make of one real person. */
export function addEngagementPreview(group: Command, host: CommandHost): void {
  const command = group
    .command('preview')
    .description(
      'Try an engagement on a real profile: what would happen, and the call. Nothing is sent or kept.',
    )
    .argument('[integration]', 'integration, of a saved engagement')
    .argument('[engagement]', 'name of a saved engagement')
    .option('--file <path>', 'input of activateEngagement that need not be saved, - for standard input')
    .option('--external-id <id>', 'the person with this external id')
    .option('--email <address>', 'the person with this e-mail address')
    .option('--phone <number>', 'the person with this phone number')
    .option('--anonymous-id <id>', 'the person with this anonymous id')
    .option('--event <name>', 'fill event fields from the person’s last event of this name')
    .option('--event-file <path>', 'what would happen at this event, as JSON; - for standard input');
  finish(command, [
    'brazier engagement preview shop third-purchase --external-id c-17',
    'brazier engagement preview --file third-purchase.json --email ann@example.com --event Purchase',
  ]).action((integration: string | undefined, name: string | undefined, options: PreviewOptions) => {
    const person = personOf(options);
    if ((options.file === undefined) === (integration === undefined || name === undefined))
      command.error('error: name an integration and an engagement, or give --file');
    if (Object.keys(person).length !== 1)
      command.error('error: name one of --external-id, --email, --phone and --anonymous-id');
    if (options.event !== undefined && options.eventFile !== undefined)
      command.error('error: give --event or --event-file, not both');
    return withDatabase(host, options, async (database) => {
      const engagement: EngagementPreviewRequest['engagement'] =
        options.file === undefined
          ? { integration: integration ?? '', name: name ?? '' }
          : unwrap(parseEngagement(await host.readJson(options.file)));
      const event = await eventOf(host, options);
      const request = { engagement, person, event, nowMs: Date.now() };
      return tell(host, options, unwrap(await previewEngagement(database, request)));
    });
  });
}

function personOf({ externalId, email, phone, anonymousId }: PreviewOptions) {
  return given({ externalId, email, phone, anonymousId });
}

async function eventOf(
  host: CommandHost,
  { event, eventFile }: PreviewOptions,
): Promise<PreviewEvent | undefined> {
  if (eventFile !== undefined) return { posted: await host.readJson(eventFile) };
  return event === undefined ? undefined : { last: event };
}

function tell({ io }: CommandHost, { json }: CommonOptions, preview: EngagementPreview): number {
  for (const line of json ? [JSON.stringify(preview)] : formatEngagementPreview(preview)) io.print(line);
  return EXIT_CODES.ok;
}
