import { scanProfiles } from '../adapters/postgres/profile-scan';
import { type Database } from '../adapters/postgres/database';
import { type SegmentPreview } from '../contract/segment';
import { success, type Outcome } from '../contract/errors';
import { nextTurn } from '../domain/stream/turn';
import { type SegmentCondition } from '../domain/stream/vocabulary';

/** What is looked for, and how many people of each kind are named: by the ids of their profiles, to whoever sits at the terminal. */
export interface PreviewRequest {
  integration: string;
  condition: SegmentCondition;
  nowMs: number;
  sample: number;
}

/** Looks at everybody of an integration and counts who fits a condition, now and by time alone. Writes nothing. */
export async function previewSegment(
  database: Database,
  { integration, condition, nowMs, sample }: PreviewRequest,
): Promise<Outcome<SegmentPreview>> {
  const preview: SegmentPreview = {
    at: new Date(nowMs).toISOString(),
    people: 0,
    inside: 0,
    willEnter: 0,
    willLeave: 0,
    ...(sample === 0 ? {} : { sample: { inside: [], willEnter: [] } }),
  };
  let nextEntryMs = Infinity;
  for await (const page of scanProfiles(database, integration)) {
    if (!page.ok) return page;
    for (const state of page.value) {
      const { holds, changesAt } = nextTurn(condition, state, nowMs);
      const entersAt = holds ? undefined : changesAt;
      preview.people += 1;
      if (holds) preview.inside += 1;
      if (holds && changesAt !== undefined) preview.willLeave += 1;
      if (entersAt !== undefined) preview.willEnter += 1;
      nextEntryMs = Math.min(nextEntryMs, entersAt ?? Infinity);
      const named = holds ? preview.sample?.inside : entersAt && preview.sample?.willEnter;
      if (named && named.length < sample) named.push(state.profileId);
    }
  }
  // ISO 8601 of JavaScript ends at this moment. https://tc39.es/ecma262/#sec-time-values-and-time-range (read 2026-11-22)
  if (nextEntryMs <= 8.64e15) preview.nextEntryAt = new Date(nextEntryMs).toISOString();
  return success(preview);
}
