import { fault, success, type Outcome } from '../../contract/errors';
import { identitiesOf } from '../../domain/stream/identity-rules';
import { type Identifiers, type Identity, type ProfileState } from '../../domain/stream/vocabulary';
import { type Database } from './database';

/** All that is kept of one unified person, apart from the log. */
export interface FoundProfile {
  integration: string;
  profileId: string;
  createdAt: string;
  /** All that lead to this person, as they are compared. */
  identities: Identity[];
  /** Ids of the profiles that turned out to be this person, the oldest first. */
  mergedFrom: string[];
  /** Absent until a worker has worked off the person's first entry of the log. */
  state?: ProfileState | undefined;
}

interface ProfileRow {
  id: string;
  created_at: string;
  identities: Identity[];
  merged_from: string[] | null;
  state: ProfileState | null;
}

/** Finds somebody by one identifier; `PROFILE_UNKNOWN` if it leads to nobody. No fault repeats it. */
export async function findProfile(
  database: Database,
  integration: string,
  identifiers: Identifiers,
): Promise<Outcome<FoundProfile>> {
  const [identity] = identitiesOf(identifiers);
  if (identity === undefined) return fault('INPUT_INVALID', 'An identifier must not be blank.');
  const found = await database.run((queries) =>
    queries.query<ProfileRow>(FIND, [integration, identity.kind, identity.value]),
  );
  if (!found.ok) return found;
  const [row] = found.value;
  if (row === undefined)
    return fault('PROFILE_UNKNOWN', `Nobody of "${integration}" has this ${identity.kind}.`);
  return success({
    integration,
    profileId: row.id,
    createdAt: row.created_at,
    identities: row.identities,
    mergedFrom: row.merged_from ?? [],
    ...(row.state === null ? {} : { state: row.state }),
  });
}

/** Identifiers of merged profiles lead to the survivor, so one step finds it; who merged into whom may take several. */
const FIND = `WITH RECURSIVE person AS (
  SELECT p.id, p.created_at FROM brazier.identity i JOIN brazier.profile p ON p.id = i.profile_id
  WHERE i.integration = $1 AND i.kind = $2 AND i.value = $3
), merged AS (
  SELECT p.id FROM brazier.profile p JOIN person ON p.merged_into = person.id
  UNION SELECT p.id FROM brazier.profile p JOIN merged ON p.merged_into = merged.id
)
SELECT person.id::text AS id, to_char(person.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
  (SELECT json_agg(json_build_object('kind', i.kind, 'value', i.value) ORDER BY i.kind, i.value)
    FROM brazier.identity i WHERE i.profile_id = person.id) AS identities,
  (SELECT json_agg(merged.id::text ORDER BY merged.id) FROM merged) AS merged_from,
  (SELECT s.state FROM brazier.profile_state s WHERE s.profile_id = person.id) AS state
FROM person`;
