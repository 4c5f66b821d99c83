import { type BrazeReply, type BrazeRequest, failure } from '../endpoint';
import { isJsonObject, type JsonObject } from '../json-values';
import { type SandboxSettings } from '../settings';
import { checkObject } from './check-objects';
import { INPUT_ARRAYS, type InputArray, type Refusal, type TrackError, wordRefusal } from './refusals';
import { type TrackWrites } from './track-writes';

const NOTHING_VALID = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";
const FORCED_REFUSAL: Refusal = { sentence: 'Invalid object' };

/** The arrays of a request, as far as they were sent. */
export type Inputs = Partial<Record<InputArray, readonly unknown[]>>;

/** The three arrays of a body, or the refusal of a body that has no such shape. */
export function readInputs(request: BrazeRequest): Inputs | BrazeReply {
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

/** How many objects each array holds. */
export function lengthsOf(inputs: Inputs): number[] {
  return INPUT_ARRAYS.map((name) => inputs[name]?.length ?? 0);
}

/** Parts the objects that are kept from those that are refused, each by its place in the array that it came in. */
export function siftObjects(
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
export function nothingValid(errors: readonly TrackError[]): BrazeReply {
  const body: JsonObject = { message: NOTHING_VALID };
  if (errors.length > 0) body['errors'] = errors;
  return { status: 400, body };
}
