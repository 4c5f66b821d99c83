import { type UnifiedGroup } from '../../domain/stream/unify-group';
import { numberColumn } from './columns';
import { type Queries } from './database';

/** Ids for new profiles, ascending. */
export async function newProfileIds(queries: Queries, count: number): Promise<string[]> {
  if (count === 0) return [];
  const rows = await queries.query<{ id: string }>(NEW_IDS, [count]);
  return rows.map(({ id }) => id);
}

const NEW_IDS = {
  name: 'intake-new-ids',
  text: `SELECT nextval(pg_get_serial_sequence('brazier.profile', 'id'))::text AS id FROM generate_series(1, $1::int)`,
};

/** Writes what a group has made of people; nothing where all were known. */
export async function writePeople(
  queries: Queries,
  integration: string,
  { created, added, named, merged }: UnifiedGroup,
): Promise<void> {
  if (created.length > 0 || added.length > 0) {
    await queries.query(ADD, [
      integration,
      numberColumn(created.map(({ profileId }) => profileId)),
      numberColumn(created.map(({ bucket }) => bucket)),
      created.map(({ externalId }) => externalId ?? null),
      added.map(({ kind }) => kind),
      added.map(({ value }) => value),
      numberColumn(added.map(({ profileId }) => profileId)),
    ]);
  }
  if (named.length > 0) {
    await queries.query(NAME, [
      named.map(({ profileId }) => profileId),
      named.map(({ externalId }) => externalId ?? null),
    ]);
  }
  if (merged.length > 0) {
    await queries.query(MERGE, [merged.map(({ from }) => from), merged.map(({ into }) => into)]);
  }
}

const ADD = {
  name: 'intake-people',
  text: `WITH people AS (
  INSERT INTO brazier.profile (id, integration, bucket, external_id) OVERRIDING SYSTEM VALUE
  SELECT t.id, $1::text, t.bucket, t.external_id
  FROM unnest($2::bigint[], $3::smallint[], $4::text[]) AS t(id, bucket, external_id)
)
INSERT INTO brazier.identity (integration, kind, value, profile_id)
SELECT $1::text, t.kind, t.value, t.profile_id FROM unnest($5::text[], $6::text[], $7::bigint[]) AS t(kind, value, profile_id)`,
};

const NAME = {
  name: 'intake-names',
  text: `UPDATE brazier.profile p SET external_id = t.external_id
FROM unnest($1::bigint[], $2::text[]) AS t(id, external_id) WHERE p.id = t.id`,
};

const MERGE = {
  name: 'intake-merges',
  text: `WITH gone AS (
  UPDATE brazier.profile p SET merged_into = t.into_id
  FROM unnest($1::bigint[], $2::bigint[]) AS t(from_id, into_id) WHERE p.id = t.from_id
)
UPDATE brazier.identity i SET profile_id = t.into_id
FROM unnest($1::bigint[], $2::bigint[]) AS t(from_id, into_id) WHERE i.profile_id = t.from_id`,
};
