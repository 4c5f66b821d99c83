import { type SegmentPeople } from '../../contract/engagement-calls';
import { success, type Outcome } from '../../contract/errors';
import { evaluate } from '../../domain/stream/evaluate';
import { type ProfileState, type SegmentCondition } from '../../domain/stream/vocabulary';
import { type Database } from './database';

const PAGE = 1_000;

/**
 * Counts whom a condition holds for now, by looking at every person of an integration, page by page: no statement takes
 * long, and nothing is held in memory. People who come or change meanwhile are counted or not.
 */
export async function countPeople(
  database: Database,
  integration: string,
  condition: SegmentCondition,
  nowMs: number,
): Promise<Outcome<SegmentPeople>> {
  const counted: SegmentPeople = { people: 0, inside: 0 };
  for (let after = '0'; ;) {
    const page = await database.run((queries) =>
      queries.query<{ profile_id: string; state: ProfileState }>(NEXT_PAGE, [integration, after]),
    );
    if (!page.ok) return page;
    for (const { state } of page.value) {
      counted.people += 1;
      if (evaluate(condition, state, nowMs).holds) counted.inside += 1;
    }
    const last = page.value.at(-1);
    if (last === undefined || page.value.length < PAGE) return success(counted);
    after = last.profile_id;
  }
}

/** People who turned out to be others are no people. */
const NEXT_PAGE = `SELECT s.profile_id, s.state FROM brazier.profile_state s
  WHERE s.profile_id > $2 AND s.integration = $1 AND NOT EXISTS (
    SELECT FROM brazier.profile p WHERE p.id = s.profile_id AND p.merged_into IS NOT NULL)
  ORDER BY s.profile_id LIMIT ${PAGE}`;
