import { type Command } from 'commander';
import { type AudienceSchedules } from '../client/audience-schedules';
import { EXIT_CODES } from '../contract/errors';
import { finish, type CommandHost } from './host';
import { moment, personName } from './option-values';
import { addTarget, scheduleIdOf, type TargetOptions } from './schedule-target';

interface Decision<Options extends TargetOptions> {
  name: string;
  description: string;
  example: string;
  options?: (command: Command) => Command;
  /** What has happened, for people; `{id}` stands for the schedule. */
  done: string;
  act: (schedules: AudienceSchedules, id: string, options: Options) => Promise<void>;
}

interface NoteOptions extends TargetOptions {
  by: string;
  note?: string;
}
interface BackfillOptions extends TargetOptions {
  from: Date;
  to: Date;
}

/** Everything that changes a schedule that is there. */
export function addScheduleDecisions(group: Command, host: CommandHost): void {
  add<NoteOptions>(group, host, {
    name: 'pause',
    description: 'Start no refresh until it is resumed; one that is under way goes on.',
    example:
      'brazier schedule pause shop "Gold customers" --by "Ada Example" --note "until the export is repaired"',
    options: withNote,
    done: 'Paused {id}.',
    act: (schedules, id, options) => schedules.pause(id, noteOf('paused', options)),
  });
  add<NoteOptions>(group, host, {
    name: 'resume',
    description: 'Go on with the next time; those that passed meanwhile are left out (see backfill).',
    example: 'brazier schedule resume shop "Gold customers" --by "Ada Example"',
    options: withNote,
    done: 'Resumed {id}.',
    act: (schedules, id, options) => schedules.resume(id, noteOf('resumed', options)),
  });
  add(group, host, {
    name: 'trigger',
    description: 'Refresh now, also while paused; after the refresh that is under way, if there is one.',
    example: 'brazier schedule trigger shop "Gold customers"',
    done: 'Triggered {id}.',
    act: (schedules, id) => schedules.trigger(id),
  });
  add<BackfillOptions>(group, host, {
    name: 'backfill',
    description:
      'Refresh for every time between two moments, oldest first, each from the file of its own day. After a later refresh, this sets a "maintain" audience back to the older list until the next one: include the newest time, or trigger a refresh afterwards.',
    example:
      'brazier schedule backfill shop "Gold customers" --from 2026-11-20T00:00Z --to 2026-11-22T00:00Z',
    options: (command) =>
      command
        .requiredOption('--from <moment>', 'first moment, ISO 8601 with a zone', moment)
        .requiredOption('--to <moment>', 'last moment', moment),
    done: 'Backfilling {id}.',
    act: (schedules, id, { from, to }) => schedules.backfill(id, { from, to }),
  });
  add(group, host, {
    name: 'delete',
    description: 'Delete a schedule; a refresh that is under way goes on, and the audience stays as it is.',
    example: 'brazier schedule delete shop "Gold customers"',
    done: 'Deleted {id}.',
    act: (schedules, id) => schedules.delete(id),
  });
}

function add<Options extends TargetOptions>(
  group: Command,
  host: CommandHost,
  { name, description, example, options: withOptions = (command) => command, done, act }: Decision<Options>,
): void {
  const command = withOptions(addTarget(group.command(name).description(description)));
  finish(command, [example]).action((first: string, audience: string | undefined, options: Options) =>
    host.runConnected(options, async ({ brazier }) => {
      const scheduleId = scheduleIdOf(first, audience, options);
      await act(brazier.schedules, scheduleId, options);
      const sentence = done.replace('{id}', scheduleId);
      host.io.print(options.json ? JSON.stringify({ scheduleId, done: name }) : sentence);
      return EXIT_CODES.ok;
    }),
  );
}

function withNote(command: Command): Command {
  return command.requiredOption('--by <name>', 'who decides', personName).option('--note <text>', 'why');
}

function noteOf(what: string, { by, note }: NoteOptions): string {
  return `${what} by ${by}${note === undefined ? '' : `: ${note}`}`.slice(0, 1000);
}
