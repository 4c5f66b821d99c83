import { type BrazeReply, type BrazeRequest, type Endpoint, failure } from '../endpoint';
import { isJsonObject, type JsonObject } from '../json-values';
import { readAlias } from '../profiles/identity';
import { exportProfile, type Profile } from '../profiles/profile';
import { type Workspace } from '../workspace';

const MAX_IDS = 50;
const MESSAGE_FIELDS = ['campaigns_received', 'canvases_received'];

interface Found {
  profiles: Set<Profile>;
  unknown: string[];
}

/**
 * POST /users/export/ids: reads single profiles back. Two rate tiers, and fields that can be required, for workspaces
 * onboarded since 2024-08-22 (https://www.braze.com/docs/api/endpoints/export/user_data/post_users_identifier/, read 2026-11-21).
 */
export const usersExportIds: Endpoint = {
  method: 'POST',
  path: '/users/export/ids',
  scope: 'users.export.ids',
  limits: ({ exportIds }, request) =>
    asksForFewFields(request)
      ? [{ name: 'exportIdsFiltered', ...exportIds.filtered }]
      : [{ name: 'exportIds', ...exportIds.standard }],
  handle: (workspace, request) => {
    const body = request.json();
    if (!body.ok || !isJsonObject(body.value)) return failure(400, 'Invalid JSON in request body');
    const problem = check(body.value, workspace.settings.fieldsToExportRequired);
    return problem ?? answer(workspace, body.value);
  },
};

function asksForFewFields(request: BrazeRequest): boolean {
  const body = request.json();
  const fields: unknown = body.ok && isJsonObject(body.value) ? body.value['fields_to_export'] : undefined;
  return Array.isArray(fields) && !MESSAGE_FIELDS.some((field) => fields.includes(field));
}

function check(body: JsonObject, fieldsRequired: boolean): BrazeReply | undefined {
  const { external_ids: ids, user_aliases: aliases, fields_to_export: fields } = body;
  if (!isTextList(ids)) return failure(400, "'external_ids' must be an array of strings");
  if (aliases != null && !Array.isArray(aliases))
    return failure(400, "'user_aliases' must be an array of user alias objects");
  if (lengthOf(ids) > MAX_IDS || lengthOf(aliases) > MAX_IDS) {
    return failure(400, 'The max number of external_ids and aliases per request was exceeded');
  }
  const single = ['device_id', 'email_address', 'phone'].filter((name) => body[name] != null);
  if (single.length > 1) {
    return failure(400, "Only one of 'device_id', 'email_address' or 'phone' can be specified per request");
  }
  const named = lengthOf(ids) + lengthOf(aliases) + single.length + (body['braze_id'] == null ? 0 : 1);
  if (named === 0) return failure(400, 'At least one user identifier must be provided');
  if (!isTextList(fields)) return failure(400, "'fields_to_export' must be an array of strings");
  if (fieldsRequired && lengthOf(fields) === 0) return failure(400, "'fields_to_export' is required");
  return undefined;
}

function answer(workspace: Workspace, body: JsonObject): BrazeReply {
  const { profiles, unknown } = findAll(workspace, body);
  const fields = Array.isArray(body['fields_to_export'])
    ? new Set<unknown>(body['fields_to_export'])
    : undefined;
  const users = [...profiles].map((profile) => pick(exportUser(workspace, profile), fields));
  const reply: JsonObject = { message: 'success', users };
  if (unknown.length > 0) reply['invalid_user_ids'] = unknown;
  return { status: 201, body: reply };
}

function findAll({ profiles }: Workspace, body: JsonObject): Found {
  const found: Found = { profiles: new Set(), unknown: [] };
  const note = (profile: Profile | undefined, id: string): void => {
    if (profile === undefined) found.unknown.push(id);
    else found.profiles.add(profile);
  };
  for (const id of textsOf(body['external_ids'])) note(profiles.find({ kind: 'external_id', id }), id);
  const aliases: readonly unknown[] = Array.isArray(body['user_aliases']) ? body['user_aliases'] : [];
  for (const value of aliases) {
    const alias = readAlias(value);
    if (alias !== undefined) note(profiles.find({ kind: 'alias', ...alias }), alias.name);
  }
  const { braze_id: brazeId, email_address: email, phone, device_id: deviceId } = body;
  if (typeof brazeId === 'string') note(profiles.find({ kind: 'braze_id', id: brazeId }), brazeId);
  if (typeof deviceId === 'string') found.unknown.push(deviceId);
  if (typeof email === 'string') noteAll(found, profiles.findByContact('email', email), email);
  if (typeof phone === 'string') noteAll(found, profiles.findByContact('phone', phone), phone);
  return found;
}

function noteAll(found: Found, profiles: readonly Profile[], id: string): void {
  if (profiles.length === 0) found.unknown.push(id);
  for (const profile of profiles) found.profiles.add(profile);
}

/** An export shows the location as `last_coordinates`, longitude first. */
function exportUser(workspace: Workspace, profile: Profile): JsonObject {
  const user = exportProfile(profile, workspace.profiles.brazeIdOf(profile));
  const { current_location: location, ...rest } = user;
  return isJsonObject(location)
    ? { ...rest, last_coordinates: [location['longitude'], location['latitude']] }
    : user;
}

function pick(user: JsonObject, fields: ReadonlySet<unknown> | undefined): JsonObject {
  return fields === undefined
    ? user
    : Object.fromEntries(Object.entries(user).filter(([name]) => fields.has(name)));
}

function isTextList(value: unknown): boolean {
  return value == null || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
