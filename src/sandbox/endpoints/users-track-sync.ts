import { type Endpoint, failure } from '../endpoint';
import { type JsonObject } from '../json-values';
import { readIdentity } from '../profiles/identity';
import { type Profile, type Tally } from '../profiles/profile';
import { DIRECTIVE_KEYS, STANDARD_FIELDS } from '../profiles/standard-fields';
import { lengthsOf, nothingValid, readInputs, siftObjects } from '../track/sift-objects';
import { countWrites, type TrackWrites } from '../track/track-writes';
import { type Workspace } from '../workspace';

/**
 * POST /users/track/sync: one object, applied before the answer, which shows what the profile holds of it now. Not every
 * workspace has it: it is in beta (https://www.braze.com/docs/api/endpoints/user_data/post_user_track_synchronous/, read 2026-11-22).
 */
export const usersTrackSync: Endpoint = {
  method: 'POST',
  path: '/users/track/sync',
  scope: 'users.track.sync',
  limits: ({ trackSync }) => [{ name: 'trackSync', ...trackSync }],
  handle: (workspace, request) => {
    const { settings } = workspace;
    if (settings.trackSync === 'absent') return failure(404, 'Not Found');
    if (settings.trackSync === 'forbidden') return failure(403, 'Access Denied');
    const inputs = readInputs(request);
    if ('status' in inputs) return inputs;
    if (lengthsOf(inputs).reduce((sum, length) => sum + length, 0) > 1) {
      return failure(400, 'Max Input Length Exceeded');
    }
    const { writes, errors } = siftObjects(inputs, settings, request.hideErrorIndex);
    workspace.statistics.refusedObjects += errors.length;
    if (countWrites(writes) === 0) return nothingValid(errors);
    workspace.carryOut(writes);
    return { status: 201, body: { users: usersOf(workspace, writes), message: 'success' } };
  },
};

/** The profile by the identifier of the request, with only what the request named; nobody if it was not to be made. */
function usersOf(workspace: Workspace, { attributes, events, purchases }: TrackWrites): JsonObject[] {
  const [attribute, event, purchase] = [attributes[0], events[0], purchases[0]];
  const record = attribute ?? event ?? purchase ?? {};
  const identity = readIdentity(record);
  const profile = identity === undefined ? undefined : workspace.profiles.find(identity);
  if (profile === undefined) return [];
  const user = identifierOf(record);
  if (attribute !== undefined) user['custom_attributes'] = attributesNamed(profile, attribute);
  if (event !== undefined) {
    const name = String(event['name']);
    user['custom_events'] = tallyOf({ name }, profile.doings().events.get(name));
  }
  if (purchase !== undefined) {
    const productId = String(purchase['product_id']);
    user['purchase_events'] = tallyOf({ product_id: productId }, profile.doings().purchases.get(productId));
  }
  return [user];
}

function identifierOf(record: JsonObject): JsonObject {
  const name = ['external_id', 'user_alias', 'braze_id', 'email', 'phone'].find((key) => record[key] != null);
  return name === undefined ? {} : { [name]: record[name] };
}

function attributesNamed(profile: Profile, record: JsonObject): JsonObject {
  const names = Object.keys(record).filter((name) => !DIRECTIVE_KEYS.has(name) && !STANDARD_FIELDS.has(name));
  const held = names.flatMap((name) => {
    const value = profile.attributes?.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(held);
}

function tallyOf(name: JsonObject, tally: Tally | undefined): JsonObject[] {
  return tally === undefined ? [] : [{ ...name, ...tally }];
}
