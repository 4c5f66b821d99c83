import { eventSourceSchema } from '../config/event-sources';
import { type Fault, type Outcome, fault, success } from '../contract/errors';

/** The integration that `dev` prepares, and that the examples are about. */
export const DEV_INTEGRATION = 'acme';

/** The source that `dev` always has, and the variable that its key is in. */
export const DEV_SOURCE = 'web';
export const DEV_SOURCE_KEY = 'BRAZIER_DEV_EVENT_KEY';

const refused = (message: string): { ok: false; fault: Fault } => fault('INPUT_INVALID', message);

/**
 * `BRAZIER_EVENT_SOURCES` for the gateway of `dev`: those of the environment with their keys, and `dev`'s own unless
 * the environment names that one itself.
 */
export function devEventSources(env: NodeJS.ProcessEnv): Outcome<Record<string, string>> {
  const given = (env['BRAZIER_EVENT_SOURCES'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const own = `${DEV_SOURCE}:${DEV_INTEGRATION}=env:${DEV_SOURCE_KEY}`;
  const variables: Record<string, string> = {};
  for (const text of given) {
    const read = eventSourceSchema.safeParse(text);
    if (!read.success) {
      const why = read.error.issues.map(({ message }) => message).join('; ');
      return refused(`BRAZIER_EVENT_SOURCES: ${why}.`);
    }
    const name = /^env:(.+)$/.exec(read.data.reference)?.[1];
    // Its own key is the stack's, whatever another stack has left in this shell.
    if (name === undefined || name === DEV_SOURCE_KEY) continue;
    const key = env[name] ?? '';
    if (key === '')
      return refused(`BRAZIER_EVENT_SOURCES names env:${name}, which is not set in this shell.`);
    variables[name] = key;
  }
  const isNamed = given.some((text) => text.startsWith(`${DEV_SOURCE}:${DEV_INTEGRATION}=`));
  return success({ ...variables, BRAZIER_EVENT_SOURCES: (isNamed ? given : [...given, own]).join(',') });
}
