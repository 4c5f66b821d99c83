import { z } from 'zod';
import { type Outcome, fault, success } from '../../contract/errors';
import { type BrazeConnection } from './connection';
import { readFromBraze } from './connection-read';

/** A segment of Braze's own. */
export interface BrazeSegment {
  id: string;
  name: string;
}

/** 100 a page, without a total. https://www.braze.com/docs/api/endpoints/export/segments/get_segment/ (read 2026-11-21) */
const PAGE_SIZE = 100;
/** Far above any workspace; it ends the loop if a server gave the same page for ever. */
const MAX_PAGES = 1000;

const segmentSchema = z.object({ id: z.string(), name: z.string() });
const listSchema = z.object({ segments: z.array(segmentSchema) });
const detailsSchema = z.object({ name: z.string() });

/** Every segment that is not archived, oldest first. */
export async function listSegments(connection: BrazeConnection): Promise<Outcome<BrazeSegment[]>> {
  const segments = new Map<string, BrazeSegment>();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await readFromBraze(connection, {
      method: 'GET',
      path: `/segments/list?page=${page}&sort_direction=asc`,
      scope: 'segments.list',
      schema: listSchema,
    });
    if (!answer.ok) return answer;
    const known = segments.size;
    for (const segment of answer.value.body.segments) segments.set(segment.id, segment);
    if (answer.value.body.segments.length < PAGE_SIZE || segments.size === known) break;
  }
  return success([...segments.values()]);
}

/** One segment by its API identifier, archived or not; SEGMENT_NOT_FOUND if the workspace has none of it. */
export async function segmentDetails(
  connection: BrazeConnection,
  id: string,
): Promise<Outcome<BrazeSegment>> {
  const answer = await readFromBraze(connection, {
    method: 'GET',
    path: `/segments/details?segment_id=${encodeURIComponent(id)}`,
    scope: 'segments.details',
    schema: detailsSchema,
  });
  if (answer.ok) return success({ id, name: answer.value.body.name });
  // The status for an unknown id is not documented; 400 is what the general error list suggests.
  return answer.fault.code === 'BRAZE_REQUEST_REFUSED'
    ? fault('SEGMENT_NOT_FOUND', 'Braze knows no segment of that API identifier.')
    : answer;
}
