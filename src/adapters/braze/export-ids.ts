import { z } from 'zod';
import { type Outcome, fault, success } from '../../contract/errors';
import { type IdentifierKind } from '../../contract/phases';
import { type BrazeConnection } from './connection';
import { readFromBraze } from './connection-read';

/** A profile as far as reading back needs it. */
export interface BrazeProfile {
  brazeId?: string | undefined;
  externalId?: string | undefined;
  aliases: { name: string; label: string }[];
  email?: string | undefined;
  phone?: string | undefined;
  customAttributes: Readonly<Record<string, unknown>>;
}

/** Named, since without them newer workspaces answer 250 requests a minute instead of 40 a second. */
const FIELDS = ['external_id', 'user_aliases', 'braze_id', 'email', 'phone', 'custom_attributes'];
/** Joins name and label of an alias in one member text. */
const ALIAS_SEPARATOR = '\u001f';
/** https://www.braze.com/docs/api/endpoints/export/user_data/post_users_identifier/ (read 2026-11-21) */
const MAX_IDS_PER_REQUEST = 50;

const aliasSchema = z.object({ alias_name: z.string(), alias_label: z.string() });
const userSchema = z.object({
  braze_id: z.string().nullish(),
  external_id: z.string().nullish(),
  user_aliases: z.array(aliasSchema).nullish().catch(null),
  email: z.string().nullish().catch(null),
  phone: z.string().nullish().catch(null),
  custom_attributes: z.record(z.string(), z.unknown()).nullish(),
});
const answerSchema = z.object({ users: z.array(userSchema) });

/** How many members one request can ask for. */
export function idsPerRequest(kind: IdentifierKind): number {
  return kind === 'external_id' || kind === 'user_alias' ? MAX_IDS_PER_REQUEST : 1;
}

/**
 * Reads the profiles of a few members in one request. Every id is a key of the result; one that Braze does not know has no
 * profiles, an e-mail address or a phone number may have several. Aliases are written as name, U+001F, label.
 */
export async function readProfiles(
  connection: BrazeConnection,
  kind: IdentifierKind,
  ids: readonly string[],
): Promise<Outcome<Map<string, BrazeProfile[]>>> {
  if (ids.length > idsPerRequest(kind)) {
    return fault('INVARIANT_BROKEN', `${ids.length} profiles were asked for in one request by ${kind}.`);
  }
  const found = new Map<string, BrazeProfile[]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return success(found);
  const answer = await readFromBraze(connection, {
    method: 'POST',
    path: '/users/export/ids',
    body: JSON.stringify({ ...selector(kind, ids), fields_to_export: FIELDS }),
    scope: 'users.export.ids',
    schema: answerSchema,
  });
  if (!answer.ok) return answer;
  for (const user of answer.value.body.users) {
    const profile = toProfile(user);
    for (const id of membersOf(profile, kind, ids)) found.get(id)?.push(profile);
  }
  return success(found);
}

function selector(kind: IdentifierKind, ids: readonly string[]): Record<string, unknown> {
  switch (kind) {
    case 'external_id':
      return { external_ids: ids };
    case 'user_alias':
      return { user_aliases: ids.map(toAlias) };
    case 'braze_id':
      return { braze_id: ids[0] };
    case 'email':
      return { email_address: ids[0] };
    case 'phone':
      return { phone: ids[0] };
  }
}

function toAlias(member: string): z.infer<typeof aliasSchema> {
  const [name = '', label = ''] = member.split(ALIAS_SEPARATOR);
  return { alias_name: name, alias_label: label };
}

function toProfile(user: z.infer<typeof userSchema>): BrazeProfile {
  return {
    brazeId: user.braze_id ?? undefined,
    externalId: user.external_id ?? undefined,
    aliases: (user.user_aliases ?? []).map(({ alias_name, alias_label }) => ({
      name: alias_name,
      label: alias_label,
    })),
    email: user.email ?? undefined,
    phone: user.phone ?? undefined,
    customAttributes: user.custom_attributes ?? {},
  };
}

/** Which of the ids asked for a profile answers; where one was asked for, Braze itself has decided. */
function membersOf(profile: BrazeProfile, kind: IdentifierKind, ids: readonly string[]): readonly string[] {
  switch (kind) {
    case 'external_id':
      return profile.externalId === undefined ? [] : [profile.externalId];
    case 'user_alias':
      return profile.aliases.map(({ name, label }) => `${name}${ALIAS_SEPARATOR}${label}`);
    case 'braze_id':
    case 'email':
    case 'phone':
      return ids;
  }
}
