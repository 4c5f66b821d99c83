import { integrationQuerySchema, versionQuerySchema } from '../../contract/schemas/http-streaming';
import { BAD_BODY, BAD_QUERY, NO_INTEGRATION, type ApiOperation } from './operation';

const SEGMENT = '/segments/{integration}/{segment}';
const NO_SEGMENT = 'The integration has no segment of that name, or no such version.';
const COUNTED = 'Looks at everybody of the integration, each time. Nothing is saved or sent.';

/** What is done about segments, by operation id. */
export const SEGMENT_OPERATIONS = {
  listSegments: {
    method: 'GET',
    path: '/segments',
    permission: 'read',
    summary: 'List the segments of an integration',
    query: integrationQuerySchema,
    success: { status: 200, schema: 'SegmentList', description: 'Each in its latest version, by name.' },
    refusals: { 400: BAD_QUERY, 404: NO_INTEGRATION },
  },
  saveSegment: {
    method: 'POST',
    path: '/segments',
    permission: 'start',
    summary: 'Save a segment',
    description: 'A condition that is that of the latest version makes no new one.',
    body: 'Segment',
    largestBodyKiB: 256,
    success: { status: 200, schema: 'SegmentVersion', description: 'The version that it is now.' },
    refusals: { 400: BAD_BODY },
  },
  previewUnsavedSegment: {
    method: 'POST',
    path: '/segments/preview',
    permission: 'read',
    summary: 'Count who would be in a segment',
    description: COUNTED,
    body: 'Segment',
    largestBodyKiB: 256,
    success: { status: 200, schema: 'SegmentPreview', description: 'How many.' },
    refusals: { 400: BAD_BODY },
  },
  getSegment: {
    method: 'GET',
    path: SEGMENT,
    permission: 'read',
    summary: 'See a version of a segment',
    query: versionQuerySchema,
    success: { status: 200, schema: 'SegmentVersion', description: 'The version.' },
    refusals: { 400: BAD_QUERY, 404: NO_SEGMENT },
  },
  previewSegment: {
    method: 'POST',
    path: `${SEGMENT}/preview`,
    permission: 'read',
    summary: 'Count who is in a saved segment',
    description: COUNTED,
    query: versionQuerySchema,
    success: { status: 200, schema: 'SegmentPreview', description: 'How many.' },
    refusals: { 400: BAD_QUERY, 404: NO_SEGMENT },
  },
} as const satisfies Record<string, ApiOperation>;
