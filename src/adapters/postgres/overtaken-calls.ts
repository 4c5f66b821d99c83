/** SQL: the profiles by which the person of a row has gone, now or before a merge. `call` is what the row is called. */
const SAME_PERSON = `WITH RECURSIVE onward AS (
    SELECT id, merged_into FROM brazier.profile WHERE id = call.profile_id
    UNION ALL SELECT p.id, p.merged_into FROM onward JOIN brazier.profile AS p ON p.id = onward.merged_into
  ), same AS (
    SELECT coalesce((SELECT id FROM onward WHERE merged_into IS NULL), call.profile_id) AS id
    UNION ALL SELECT p.id FROM same JOIN brazier.profile AS p ON p.merged_into = same.id
  )`;

/**
 * SQL: whether a later call of the same engagement has reached the same person, by whichever profile that person went at the
 * time of either. `call` is what the row is called. Ids are given when a call is written, and a survivor's shard waits until
 * the other profile's are, so they are in the order of the person's calls.
 */
export const IS_OVERTAKEN = `EXISTS (
  ${SAME_PERSON}
  SELECT 1 FROM same JOIN brazier.call AS later ON later.profile_id = same.id
  WHERE later.engagement = call.engagement AND later.id > call.id AND later.state = 'delivered')`;

/** SQL: whether an earlier call of the person and the engagement may yet be sent: then this one is what tells that it is overtaken. */
export const MAY_OVERTAKE = `EXISTS (
  ${SAME_PERSON}
  SELECT 1 FROM same JOIN brazier.call AS open ON open.profile_id = same.id
  WHERE open.engagement = call.engagement AND open.id < call.id
    AND open.state IN ('planned', 'started', 'refused', 'unknown'))`;
