import { type BrazeReply, type BrazeRequest, type Endpoint, failure } from '../endpoint';
import { isJsonObject, type JsonObject } from '../json-values';
import { type NamedLimit } from '../rate-windows';
import { type ObjectLimit, type SandboxSettings } from '../settings';
import { checkObject } from '../track/check-objects';
import { INPUT_ARRAYS, type InputArray, type Refusal, type TrackError, wordRefusal } from '../track/refusals';
import { countWrites, type TrackWrites } from '../track/track-writes';
import { type Workspace } from '../workspace';

const NOTHING_VALID = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";
const FORCED_REFUSAL: Refusal = { sentence: 'Invalid object' };

type Inputs = Partial<Record<InputArray, readonly unknown[]>>;

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
    const { writes, errors } = sift(inputs, workspace.settings, request.hideErrorIndex);
    workspace.statistics.refusedObjects += errors.length;
    if (countWrites(writes) === 0) return nothingValid(errors);
    return accept(workspace, inputs, writes, errors);
  },
};

function readInputs(request: BrazeRequest): Inputs | BrazeReply {
  const body = request.json();
  if (!body.ok || !isJsonObject(body.value)) return failure(400, 'Invalid JSON in request body');
  const inputs: Inputs = {};
  for (const name of INPUT_ARRAYS) {
    const value = body.value[name];
    if (value == null) continue;
    if (!Array.isArray(value)) return failure(400, `'${name}' must be an array`);
    inputs[name] = value;
  }
  return inputs;
}

function exceeds(inputs: Inputs, limit: ObjectLimit): boolean {
  const lengths = INPUT_ARRAYS.map((name) => inputs[name]?.length ?? 0);
  const most =
    limit.mode === 'total' ? lengths.reduce((sum, length) => sum + length, 0) : Math.max(...lengths);
  return most > limit.max;
}

function sift(
  inputs: Inputs,
  settings: SandboxSettings,
  hideErrorIndex: boolean,
): { writes: TrackWrites; errors: TrackError[] } {
  const errors: TrackError[] = [];
  const wording = hideErrorIndex ? { ...settings, errorsWithoutIndex: true } : settings;
  const keep = (name: InputArray): JsonObject[] => {
    const kept: JsonObject[] = [];
    inputs[name]?.forEach((item, index, items) => {
      const isLast = index === items.length - 1;
      const forced = hideErrorIndex && isLast && errors.length === 0 ? FORCED_REFUSAL : undefined;
      const refusal = checkObject(name, item, settings.refuse) ?? forced;
      if (refusal !== undefined) errors.push(wordRefusal(refusal, { input_array: name, index }, wording));
      else if (isJsonObject(item)) kept.push(item);
    });
    return kept;
  };
  const writes = { attributes: keep('attributes'), events: keep('events'), purchases: keep('purchases') };
  return { writes, errors };
}

/** Seen in https://github.com/rudderlabs/rudder-transformer, test/integrations/destinations/braze (read 2026-11-21). */
function nothingValid(errors: readonly TrackError[]): BrazeReply {
  const body: JsonObject = { message: NOTHING_VALID };
  if (errors.length > 0) body['errors'] = errors;
  return { status: 400, body };
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
    workspace.statistics.objects[name] += writes[name].length;
    if (inputs[name] !== undefined) body[`${name}_processed`] = writes[name].length;
  }
  if (errors.length > 0) body['errors'] = errors;
  return { status: 201, body, answered: workspace.accept(writes) };
}
