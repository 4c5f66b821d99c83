import { type JsonObject } from '../json-values';
import { readAlias } from '../profiles/identity';
import { type RefuseRule } from '../settings';
import { REFUSALS, type Refusal } from './refusals';

const MAX_EXTERNAL_ID_BYTES = 987;

/**
 * Why an object's identifiers are refused, if they are
 * (https://www.braze.com/docs/ja/api/endpoints/user_data/post_user_track/, read 2026-11-21).
 */
export function checkIdentity(record: JsonObject, refuse: readonly RefuseRule[]): Refusal | undefined {
  const { external_id: externalId, user_alias: alias, braze_id: brazeId } = record;
  const given = (externalId == null ? 0 : 1) + (alias == null ? 0 : 1) + (brazeId == null ? 0 : 1);
  if (record['push_token_import'] === true) {
    return externalId == null && brazeId == null ? undefined : REFUSALS.pushTokenImport;
  }
  if (given > 1) return REFUSALS.idAmbiguous;
  if (externalId != null) return checkExternalId(externalId, refuse);
  if (alias != null) return readAlias(alias) === undefined ? REFUSALS.aliasIncomplete : undefined;
  if (isFilledText(brazeId) || isFilledText(record['email']) || isFilledText(record['phone']))
    return undefined;
  return REFUSALS.idMissing;
}

function checkExternalId(externalId: unknown, refuse: readonly RefuseRule[]): Refusal | undefined {
  if (typeof externalId !== 'string') return REFUSALS.idNotText;
  if (externalId === '') return REFUSALS.idMissing;
  // No UTF-16 unit takes more than three bytes, so short ids need no counting.
  if (
    externalId.length * 3 > MAX_EXTERNAL_ID_BYTES &&
    Buffer.byteLength(externalId) > MAX_EXTERNAL_ID_BYTES
  ) {
    return REFUSALS.idTooLong;
  }
  const rule = refuse.find(({ externalIdPrefix }) => externalId.startsWith(externalIdPrefix));
  if (rule === undefined) return undefined;
  return rule.type === undefined ? REFUSALS.idBlocked : { sentence: rule.type };
}

function isFilledText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
