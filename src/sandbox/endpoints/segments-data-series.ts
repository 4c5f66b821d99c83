import { type Endpoint, failure } from '../endpoint';
import { type Profile } from '../profiles/profile';
import { type Segment } from '../segment-list';
import { type Workspace } from '../workspace';
import { segmentLimits } from './segment-limits';

const DAY_MS = 86_400_000;

/**
 * GET /segments/data_series: the size of a segment, day by day
 * (https://www.braze.com/docs/api/endpoints/export/segments/get_segment_analytics/, read 2026-11-21). Braze's figures are
 * estimates of each day; the sandbox counts now and says the same for every day.
 */
export const segmentsDataSeries: Endpoint = {
  method: 'GET',
  path: '/segments/data_series',
  scope: 'segments.data_series',
  limits: segmentLimits,
  handle: (workspace, { query }) => {
    const segment = workspace.segments.get(query.get('segment_id') ?? '');
    if (segment === undefined) return failure(400, "Invalid 'segment_id'");
    const length = Number(query.get('length') ?? Number.NaN);
    if (!Number.isInteger(length) || length < 1 || length > 100)
      return failure(400, "'length' must be from 1 to 100");
    const endsAtMs = Date.parse(query.get('ending_at') ?? new Date(workspace.clock()).toISOString());
    if (Number.isNaN(endsAtMs)) return failure(400, "'ending_at' must be an ISO 8601 date");
    const size = countMembers(workspace, segment);
    const data = Array.from({ length }, (_, day) => ({
      time: new Date(endsAtMs - (length - 1 - day) * DAY_MS).toISOString().slice(0, 10),
      size,
    }));
    return { status: 200, body: { message: 'success', data } };
  },
};

function countMembers({ profiles }: Workspace, { predicate }: Segment): number {
  if (predicate === undefined) return 0;
  let members = 0;
  for (const profile of profiles.all())
    if (holdsValue(profile, predicate.attribute, predicate.value)) members += 1;
  return members;
}

/** Whether a profile's custom attribute equals the value or, as an array, contains it. */
export function holdsValue(profile: Profile, attribute: string, value: unknown): boolean {
  const held = profile.attributes?.get(attribute);
  return Array.isArray(held) ? held.includes(value) : held === value && held !== undefined;
}
