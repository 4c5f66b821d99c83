import { type BrazeReply, type Endpoint, failure } from '../endpoint';
import { type JsonObject } from '../json-values';
import { type NamedLimit } from '../rate-windows';
import { type ObjectLimit } from '../settings';
import { INPUT_ARRAYS, type TrackError } from '../track/refusals';
import { type Inputs, lengthsOf, nothingValid, readInputs, siftObjects } from '../track/sift-objects';
import { countWrites, type TrackWrites } from '../track/track-writes';
import { type Workspace } from '../workspace';

/**
 * POST /users/track: takes up to 75 objects, refuses single ones by name, and queues the rest. 201 only means queued
 * (https://www.braze.com/docs/api/endpoints/user_data/post_user_track/, read 2026-11-21).
 */
export const usersTrack: Endpoint = {
  method: 'POST',
  path: '/users/track',
  scope: 'users.track',
  limits: ({ track }) => {
    const burst: NamedLimit = { name: 'track', ...track.burst };
    if (track.hourlyRequests === undefined) return [burst];
    return [burst, { name: 'trackHourly', requests: track.hourlyRequests, windowMs: 3_600_000 }];
  },
  handle: (workspace, request) => {
    const inputs = readInputs(request);
    if ('status' in inputs) return inputs;
    if (exceeds(inputs, workspace.settings.limits.objectsPerRequest)) {
      return failure(400, 'Max Input Length Exceeded');
    }
    const { writes, errors } = siftObjects(inputs, workspace.settings, request.hideErrorIndex);
    workspace.statistics.refusedObjects += errors.length;
    if (countWrites(writes) === 0) return nothingValid(errors);
    return accept(workspace, inputs, writes, errors);
  },
};

function exceeds(inputs: Inputs, limit: ObjectLimit): boolean {
  const lengths = lengthsOf(inputs);
  const most =
    limit.mode === 'total' ? lengths.reduce((sum, length) => sum + length, 0) : Math.max(...lengths);
  return most > limit.max;
}

/** The shape was measured on a real workspace: https://github.com/leemour/braze-cli, docs/journal, 2026-09-15. */
function accept(
  workspace: Workspace,
  inputs: Inputs,
  writes: TrackWrites,
  errors: readonly TrackError[],
): BrazeReply {
  const body: JsonObject = { message: 'success' };
  for (const name of INPUT_ARRAYS) {
    if (inputs[name] !== undefined) body[`${name}_processed`] = writes[name].length;
  }
  if (errors.length > 0) body['errors'] = errors;
  return { status: 201, body, answered: workspace.accept(writes) };
}
