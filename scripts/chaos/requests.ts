import { audienceKey } from '../../src/activities/check-input';
import { type Outcome } from '../../src/contract/errors';
import { DEFAULT_ATTRIBUTE } from '../../src/contract/names';
import { type ObjectReference, type PlanReference, type SliceReference } from '../../src/contract/objects';
import { parseStateObject } from '../../src/activities/state-objects';
import {
  audiencePrefix,
  parseStartedKey,
  startedPrefix,
  type AudienceFolder,
} from '../../src/domain/state-layout';
import { type ChaosAudience } from './audience';
import { INTEGRATION, type Stage } from './stage';

/**
 * Changes that Braze was asked for more often than can be explained, person by person. A change is explained once for each
 * attempt at the slice that holds it, as its markers in the bucket tell, and once more for each of its requests whose
 * answer did not arrive whole. Generations up to `after` were counted in earlier rounds.
 */
export async function extraRequests(
  stage: Stage,
  audience: ChaosAudience,
  after: number,
): Promise<{ extra: string[]; generation: number }> {
  const key = audienceKey(DEFAULT_ATTRIBUTE, audience.name, 'external_id');
  const folder = { path: '', integration: INTEGRATION, audienceKey: key };
  const generation = (await stage.client.integration(INTEGRATION))?.audiences[key]?.generation ?? 0;
  const allowed = new Map<string, number>();
  for (let run = after + 1; run <= generation; run += 1) await allowAttempts(stage, folder, run, allowed);
  const extra: string[] = [];
  for (const { id, operation, accepted, spoilt } of stage.record.changes(audience.name)) {
    const explained = (allowed.get(`${operation} ${id}`) ?? 0) + spoilt;
    if (accepted > explained)
      extra.push(
        `${audience.name}: ${operation} of ${id} was accepted ${accepted} times, ${explained} explained`,
      );
  }
  return { extra, generation };
}

/** Every attempt of a generation may have sent its slice once. */
async function allowAttempts(
  { state }: Stage,
  folder: AudienceFolder,
  generation: number,
  allowed: Map<string, number>,
): Promise<void> {
  const attempts = new Map<string, number>();
  let plan: PlanReference | undefined;
  for (const { key } of valueOf(await state.list(startedPrefix(folder, generation)))) {
    const attempt = parseStartedKey(key);
    if (!attempt) throw new Error(`${audiencePrefix(folder)} has a marker of a strange name`);
    const slice = `${attempt.operation} ${attempt.index}`;
    attempts.set(slice, (attempts.get(slice) ?? 0) + 1);
    plan ??= valueOf(parseStateObject.startedMarker(key, valueOf(await state.read(key)))).plan;
  }
  if (!plan) return;
  const list = valueOf(await state.getBytes(plan.slices));
  for (const slice of valueOf(parseStateObject.sliceList(plan.slices.key, list))) {
    const times = attempts.get(`${slice.operation} ${slice.index}`) ?? 0;
    for (const id of await idsOf(state, slice)) {
      const name = `${slice.operation} ${id}`;
      allowed.set(name, (allowed.get(name) ?? 0) + times);
    }
  }
}

async function idsOf(
  state: { getBytes(reference: ObjectReference): Promise<Outcome<Buffer>> },
  { object }: SliceReference,
): Promise<string[]> {
  const lines = valueOf(await state.getBytes(object))
    .toString('utf8')
    .split('\n')
    .filter(Boolean);
  return lines.map((line) => String(JSON.parse(line)));
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(outcome.fault.message);
}
