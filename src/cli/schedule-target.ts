import { type Command, Option } from 'commander';
import { audienceScheduleId, DEFAULT_ATTRIBUTE } from '../contract/names';
import { audienceKey } from '../contract/schemas/audience-key';
import { type CommonOptions } from './host';

/** Options of every command that is about one schedule. */
export interface TargetOptions extends CommonOptions {
  attribute?: string;
  identifier?: string;
}

/** Lets a command name a schedule by its audience, or by its id. */
export function addTarget(command: Command): Command {
  return command
    .argument(
      '<integration-or-id>',
      'integration of the audience, or the schedule’s id as "schedule list" shows it',
    )
    .argument('[audience]', 'name of the audience, the value that is written')
    .option('--attribute <name>', `custom attribute of the audience (default: ${DEFAULT_ATTRIBUTE})`)
    .addOption(
      new Option('--identifier <kind>', 'identifier kind of the audience (default: external_id)').choices([
        'external_id',
        'user_alias',
        'braze_id',
        'email',
        'phone',
      ]),
    );
}

/** The schedule that the arguments name. */
export function scheduleIdOf(
  first: string,
  audience: string | undefined,
  { attribute = DEFAULT_ATTRIBUTE, identifier = 'external_id' }: TargetOptions,
): string {
  if (audience === undefined) return first;
  return audienceScheduleId(first, audienceKey(attribute, audience.trim(), identifier));
}
