/** The Braze segment that uses the audience, or how to make it. */
export interface SegmentAdvice {
  exists: boolean;
  id?: string | undefined;
  name: string;
  /** What to do in Braze's dashboard, step by step. */
  steps: string[];
}

/**
 * Braze has no endpoint that makes a segment, so a person does; the filter on an array attribute matches a value exactly.
 * @see https://www.braze.com/docs/api/endpoints/export#segments (read 2026-11)
 */
export function segmentAdvice(
  audience: { audience: string; attribute: string },
  found?: { id: string; name: string },
): SegmentAdvice {
  if (found) return { exists: true, id: found.id, name: found.name, steps: [] };
  return {
    exists: false,
    name: audience.audience,
    steps: [
      'In Braze open Audience > Segments and choose Create Segment.',
      `Name it "${audience.audience}" and turn analytics tracking on, so that its size can be read.`,
      `Add the filter Custom Attributes > ${audience.attribute}.`,
      `Choose "includes value" and enter exactly: ${audience.audience}`,
      'Save. The next run finds the segment by its name.',
    ],
  };
}
