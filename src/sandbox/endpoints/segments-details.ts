import { type Endpoint, failure } from '../endpoint';
import { segmentLimits } from './segment-limits';

/**
 * GET /segments/details: what a person wrote about a segment; no size
 * (https://www.braze.com/docs/api/endpoints/export/segments/get_segment_details/, read 2026-11-21).
 */
export const segmentsDetails: Endpoint = {
  method: 'GET',
  path: '/segments/details',
  scope: 'segments.details',
  limits: segmentLimits,
  handle: (workspace, { query }) => {
    const id = query.get('segment_id');
    if (id === null || id === '') return failure(400, "'segment_id' is required");
    const segment = workspace.segments.get(id);
    if (segment === undefined) return failure(400, "Invalid 'segment_id'");
    const { name, description, tags, createdAt, updatedAt } = segment;
    return {
      status: 200,
      body: {
        message: 'success',
        created_at: createdAt,
        updated_at: updatedAt,
        name,
        description,
        text_description: description,
        tags,
        teams: [],
      },
    };
  },
};
