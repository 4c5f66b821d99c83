import { type SegmentPeople } from '../../contract/engagement-calls';
import { success, type Outcome } from '../../contract/errors';
import { evaluate } from '../../domain/stream/evaluate';
import { type SegmentCondition } from '../../domain/stream/vocabulary';
import { type Database } from './database';
import { scanProfiles } from './profile-scan';

/** Counts whom a condition holds for now, by looking at every person of an integration. */
export async function countPeople(
  database: Database,
  integration: string,
  condition: SegmentCondition,
  nowMs: number,
): Promise<Outcome<SegmentPeople>> {
  const counted: SegmentPeople = { people: 0, inside: 0 };
  for await (const page of scanProfiles(database, integration)) {
    if (!page.ok) return page;
    counted.people += page.value.length;
    counted.inside += page.value.filter((state) => evaluate(condition, state, nowMs).holds).length;
  }
  return success(counted);
}
