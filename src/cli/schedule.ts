import { type Command, Option } from 'commander';
import { EXIT_CODES } from '../contract/errors';
import { addFieldOptions } from './activate';
import { finish, type CommandHost, type CommonOptions } from './host';
import { duration } from './option-values';
import { addScheduleDecisions } from './schedule-decisions';
import { formatPreview, formatSchedule, SCHEDULE_COLUMNS } from './schedule-format';
import { scheduleInput, type ScheduleFlags } from './schedule-input';
import { addTarget, scheduleIdOf, type TargetOptions } from './schedule-target';
import { formatTable } from './table';

interface CreateOptions extends CommonOptions, ScheduleFlags {
  file?: string;
  preview?: true;
  replace?: true;
}

/** `brazier schedule`: refreshes of audiences that nobody has to start or watch. */
export function addSchedule(program: Command, host: CommandHost): void {
  const group = program
    .command('schedule')
    .description('Refresh audiences on a schedule: one Temporal Schedule for each audience.');
  addCreate(group, host);
  addList(group, host);
  addShow(group, host);
  addScheduleDecisions(group, host);
}

function addCreate(group: Command, host: CommandHost): void {
  const command = group
    .command('create')
    .description('Create the schedule of an audience and show when it fires and what it reads then.')
    .option(
      '--file <path>',
      '{"schedule": …, "activation": …} as JSON; - reads standard input. Flags override it',
    )
    .option('--preview', 'show what it would do and create nothing')
    .option('--replace', 'replace the schedule that the audience has')
    .option('--cron <expression...>', 'when, as cron: minute hour day month weekday')
    .option('--every <duration>', 'at an interval instead, e.g. 15m, 6h; at least 10s', duration)
    .option('--time-zone <zone>', 'zone of cron and of dates in the source’s key (default: UTC)')
    .option('--jitter <duration>', 'spread starts over this time; dates do not move (default: 0s)', duration)
    .addOption(
      new Option(
        '--overlap <policy>',
        'if the last refresh is still under way: run one more afterwards, none, or all (default: bufferOne)',
      ).choices(['bufferOne', 'skip', 'bufferAll']),
    )
    .option(
      '--catchup-window <duration>',
      'how late a refresh may start after Temporal was away; later ones are missed (default: 1h)',
      duration,
    )
    .option('--late-after <duration>', 'alert if a refresh is not in Braze by then (default: 1h)', duration)
    .option('--pause-on-failure', 'pause at the first failed refresh (default: the next one tries again)')
    .option('--paused', 'create it paused')
    .option('--note <text>', 'note that the schedule shows');
  addFieldOptions(command);
  finish(command, [
    'brazier schedule create --file gold-daily.json --preview',
    'brazier schedule create --file gold-daily.json --cron "0 5 * * *" --time-zone Europe/Berlin',
    'brazier schedule create --integration shop --audience Gold --newest-under exports/ --every 6h --accept-terms-by "Ada Example"',
  ]).action((options: CreateOptions) => host.run(options, () => create(host, options)));
}

async function create(host: CommandHost, options: CreateOptions): Promise<number> {
  const file = options.file === undefined ? {} : await host.readJson(options.file);
  const input = scheduleInput(file, options);
  const change = options.preview ? 'previewed' : options.replace ? 'createdOrReplaced' : 'created';
  const preview = await host.connected(({ brazier: { schedules } }) =>
    options.preview
      ? schedules.preview(input)
      : schedules.create(input, { replace: options.replace ?? false }),
  );
  const lines = options.json ? [JSON.stringify({ change, ...preview })] : formatPreview(change, preview);
  for (const line of lines) host.io.print(line);
  return EXIT_CODES.ok;
}

function addList(group: Command, host: CommandHost): void {
  const command = group
    .command('list')
    .description('List every schedule that activates an audience, also those made in Temporal’s UI.')
    .option('--integration <name>', 'only those of this integration');
  finish(command, ['brazier schedule list', 'brazier schedule list --integration shop --json']).action(
    (options: CommonOptions & { integration?: string }) =>
      host.runConnected(options, async ({ brazier }) => {
        const views = [];
        for await (const view of brazier.schedules.list(options.integration)) views.push(view);
        const lines = options.json
          ? views.map((view) => JSON.stringify(view))
          : formatTable(SCHEDULE_COLUMNS, views);
        for (const line of lines) host.io.print(line);
        return EXIT_CODES.ok;
      }),
  );
}

function addShow(group: Command, host: CommandHost): void {
  const command = addTarget(
    group.command('show').description('Show a schedule, its next times, and how its last refreshes ended.'),
  );
  finish(command, ['brazier schedule show shop "Gold customers"']).action(
    (first: string, audience: string | undefined, options: TargetOptions) =>
      host.runConnected(options, async ({ brazier }) => {
        const view = await brazier.schedules.show(scheduleIdOf(first, audience, options));
        for (const line of options.json ? [JSON.stringify(view)] : formatSchedule(view)) host.io.print(line);
        return EXIT_CODES.ok;
      }),
  );
}
