import { type Endpoint, failure } from '../endpoint';
import { segmentLimits } from './segment-limits';

const PAGE_SIZE = 100;

/**
 * GET /segments/list: 100 per page, oldest first unless asked otherwise, archived ones left out, no total
 * (https://www.braze.com/docs/api/endpoints/export/segments/get_segment/, read 2026-11-21).
 */
export const segmentsList: Endpoint = {
  method: 'GET',
  path: '/segments/list',
  scope: 'segments.list',
  limits: segmentLimits,
  handle: (workspace, { query }) => {
    const page = Number(query.get('page') ?? 0);
    if (!Number.isInteger(page) || page < 0) return failure(400, "'page' must be a non-negative integer");
    const live = workspace.segments.all().filter(({ archived }) => !archived);
    const ordered = query.get('sort_direction') === 'desc' ? live.reverse() : live;
    const segments = ordered.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE).map((segment) => ({
      id: segment.id,
      name: segment.name,
      analytics_tracking_enabled: segment.analyticsTrackingEnabled,
      tags: segment.tags,
    }));
    return { status: 200, body: { message: 'success', segments } };
  },
};
