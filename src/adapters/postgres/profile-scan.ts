import { type Outcome } from '../../contract/errors';
import { type ProfileState } from '../../domain/stream/vocabulary';
import { type Database } from './database';

/** People that are read at once: few enough that neither a statement nor a process holds on to much. */
const PAGE = 500;

interface PageRow {
  profile_id: string;
  bucket: number;
  state: ProfileState;
}

/**
 * Reads everybody of an integration, page by page, each a statement of its own: whoever comes or changes meanwhile is
 * seen or not. A page that cannot be read ends it with its fault.
 */
export async function* scanProfiles(
  database: Database,
  integration: string,
): AsyncGenerator<Outcome<ProfileState[]>, void> {
  let after: Pick<PageRow, 'bucket' | 'profile_id'> = { bucket: -1, profile_id: '0' };
  for (;;) {
    const { bucket, profile_id } = after;
    const page = await database.run((queries) =>
      queries.query<PageRow>(NEXT_PAGE, [integration, bucket, profile_id]),
    );
    if (!page.ok) {
      yield page;
      return;
    }
    const last = page.value.at(-1);
    if (last === undefined) return;
    yield { ok: true, value: page.value.map(({ state }) => state) };
    after = last;
  }
}

/** In the order of the index; whoever turned out to be somebody else is nobody. */
const NEXT_PAGE = `SELECT s.profile_id, s.bucket, s.state FROM brazier.profile_state s
  WHERE s.integration = $1 AND (s.bucket, s.profile_id) > ($2, $3) AND NOT EXISTS (
    SELECT FROM brazier.profile p WHERE p.id = s.profile_id AND p.merged_into IS NOT NULL)
  ORDER BY s.bucket, s.profile_id LIMIT ${PAGE}`;
