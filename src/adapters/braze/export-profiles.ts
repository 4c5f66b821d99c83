import { z } from 'zod';
import { type Outcome, success } from '../../contract/errors';
import { type CallIdentifier } from '../../domain/stream/call-identifier';
import { type JsonObject } from '../../domain/stream/vocabulary';
import { type BrazeConnection } from './connection';
import { readFromBraze } from './connection-read';

/** Named, since without them newer workspaces answer 250 requests a minute instead of 40 a second. */
const FIELDS = [
  ...['external_id', 'user_aliases', 'braze_id', 'email', 'phone', 'first_name', 'last_name'],
  ...['country', 'language', 'gender', 'dob', 'home_city', 'time_zone', 'email_subscribe', 'push_subscribe'],
  ...['last_coordinates', 'custom_attributes', 'custom_events', 'purchases'],
];

const answerSchema = z.object({ users: z.array(z.record(z.string(), z.json())) });

/**
 * Everything that Braze exports of the people whom an identifier means: nobody, one, or several that share an e-mail address
 * or a phone number. https://www.braze.com/docs/api/endpoints/export/user_data/post_users_identifier/ (read 2026-11-22)
 */
export async function exportProfiles(
  connection: BrazeConnection,
  identifier: CallIdentifier,
): Promise<Outcome<JsonObject[]>> {
  const answer = await readFromBraze(connection, {
    method: 'POST',
    path: '/users/export/ids',
    body: JSON.stringify({ ...selector(identifier), fields_to_export: FIELDS }),
    scope: 'users.export.ids',
    schema: answerSchema,
  });
  return answer.ok ? success(answer.value.body.users) : answer;
}

function selector(identifier: CallIdentifier): Record<string, unknown> {
  if ('external_id' in identifier) return { external_ids: [identifier.external_id] };
  if ('user_alias' in identifier) return { user_aliases: [identifier.user_alias] };
  if ('email' in identifier) return { email_address: identifier.email };
  return identifier;
}
